"""What was loaded, and when: one row a load; the newest names the data version. And how everything stood, by digests."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, DateTime, ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import Base, is_digest, not_empty

ENDLESS, ENDED = text("ended IS NULL"), text("ended IS NOT NULL")


class Release(Base):
    """One load of seed_data. `version` is the beginning of `digest`, so equal data has an equal version everywhere."""

    __tablename__ = "release"
    __table_args__ = (CheckConstraint("version <> ''", name="version_not_empty"), is_digest("digest"))

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str]
    digest: Mapped[str]
    loaded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    kept: Mapped[bool] = mapped_column(server_default=false())
    """Whether the revisions still say how everything stood in it."""
    written: Mapped[bool] = mapped_column(server_default=false())
    """Whether its records are written down as they are served, as those that an older version loaded are not."""


class Tally(Base):
    """How many rows of a resource there are of each value of one grouping, counted by the loader."""

    __tablename__ = "tally"
    __table_args__ = not_empty("resource", "grouping")

    resource: Mapped[str] = mapped_column(primary_key=True)
    grouping: Mapped[str] = mapped_column(primary_key=True)
    counts: Mapped[list[list[Any]]] = mapped_column(JSON)
    """Pairs of a value and how many there are, the most frequent first."""


class Sample(Base):
    """Every so many-th row of a resource that has more than are counted for one answer; the loader chooses them."""

    __tablename__ = "sample"
    __table_args__ = (CheckConstraint("stands_for > 0", name="stands_for_some"), *not_empty("resource"))

    resource: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[int] = mapped_column(primary_key=True)
    stands_for: Mapped[int]
    """How many rows it is one of."""


class Revision(Base):
    """How one record, source or fact was served from one release until another: a digest for each of its fields.

    Written only where something differs, so that many releases of much data cost what changed, not all there is.
    """

    __tablename__ = "revision"
    __table_args__ = (
        CheckConstraint("ended > begun", name="ends_after_it_begins"),
        *not_empty("id", "digests"),
        Index("uq_revision_current", "id", unique=True, sqlite_where=ENDLESS, postgresql_where=ENDLESS),
        Index(None, "ended", sqlite_where=ENDED, postgresql_where=ENDED),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    """Its public id, `kind:name`: numbers change from release to release."""
    begun: Mapped[int] = mapped_column(ForeignKey("release.id"), primary_key=True, index=True)
    ended: Mapped[int | None] = mapped_column(ForeignKey("release.id"))
    """The first release in which it was otherwise or not there; null: it is so now."""
    digests: Mapped[str]
    """JSON with sorted keys, so that equal text means equal fields."""
