"""Releases, one for each load, and what the loader computes for them: counts, samples, and the history of everything served."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, DateTime, ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import Base, is_digest, not_empty

IS_CURRENT, HAS_ENDED = text("ended IS NULL"), text("ended IS NOT NULL")


class Release(Base):
    """One load of seed_data; the newest is the current one.

    `version`, the public data version, is the beginning of `digest`, so equal data has the same version everywhere.
    """

    __tablename__ = "release"
    __table_args__ = (CheckConstraint("version <> ''", name="version_not_empty"), is_digest("digest"))

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str]
    digest: Mapped[str]
    loaded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    kept: Mapped[bool] = mapped_column(server_default=false())
    """True if `revision` still covers the release, so that changes since it can be listed."""
    written: Mapped[bool] = mapped_column(server_default=false())
    """True if the loader rendered the records to `served`, as versions without that table did not."""


class FacetCount(Base):
    """The number of rows of a resource for each value of one grouping, over the unfiltered list; counted by the loader."""

    __tablename__ = "tally"
    __table_args__ = not_empty("resource", "grouping")

    resource: Mapped[str] = mapped_column(primary_key=True)
    grouping: Mapped[str] = mapped_column(primary_key=True)
    counts: Mapped[list[list[Any]]] = mapped_column(JSON)
    """Pairs of a value and its number of rows, the most frequent value first."""


class Sample(Base):
    """A sampled row of a resource that has too many rows to count for one response. The loader chooses every n-th row."""

    __tablename__ = "sample"
    __table_args__ = (CheckConstraint("stands_for > 0", name="stands_for_some"), *not_empty("resource"))

    resource: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[int] = mapped_column(primary_key=True)
    stands_for: Mapped[int]
    """The sampling interval n: the number of rows that this one represents."""


class Revision(Base):
    """The state of one record, source or fact over a range of releases, as a digest of each of its fields.

    Written only when a digest changes, so that the history of many releases takes space for changes only.
    """

    __tablename__ = "revision"
    __table_args__ = (
        CheckConstraint("ended > begun", name="ends_after_it_begins"),
        *not_empty("id", "digests"),
        Index("uq_revision_current", "id", unique=True, sqlite_where=IS_CURRENT, postgresql_where=IS_CURRENT),
        Index(None, "ended", sqlite_where=HAS_ENDED, postgresql_where=HAS_ENDED),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    """The public id, `kind:name`, since row numbers change from release to release."""
    begun: Mapped[int] = mapped_column(ForeignKey("release.id"), primary_key=True, index=True)
    ended: Mapped[int | None] = mapped_column(ForeignKey("release.id"))
    """The first release in which the state differed or the item was gone; NULL if the state is current."""
    digests: Mapped[str]
    """JSON with sorted keys, so that equal texts mean equal fields."""
