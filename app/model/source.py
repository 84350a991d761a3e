"""Sources, their sections, and their passages by locator and digest. The text of a source is never stored."""

from datetime import date
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import PRECISION, Base, is_digest, not_empty, one_of, partial_date

SourceKind = Literal["article", "official_list", "resolution_collection", "dataset", "report"]
PassageKind = Literal["sentence", "list_item", "lead_in"]


class Source(Base):
    """A document or dataset that records and links cite."""

    __tablename__ = "source"
    __table_args__ = (
        Index(None, "sort_name", "slug"),
        *not_empty("slug", "name", "publisher", "url", "licence", "attribution"),
        *partial_date("published"),
        is_digest("sha256"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    sort_name: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[str] = mapped_column(one_of(SourceKind, "kind"))
    publisher: Mapped[str | None]
    published: Mapped[date | None]
    published_precision: Mapped[str | None] = mapped_column(PRECISION)
    url: Mapped[str | None]
    licence: Mapped[str | None]
    attribution: Mapped[str | None]
    sha256: Mapped[str | None]
    citations: Mapped[int] = mapped_column(server_default=text("0"))
    """The number of citations of the source, counted by the loader."""


class Section(Base):
    """A section of a source; `position` is its place in the text."""

    __tablename__ = "section"
    __table_args__ = (
        UniqueConstraint("source_id", "slug"),
        UniqueConstraint("source_id", "position"),
        UniqueConstraint("source_id", "id"),
        CheckConstraint("position > 0", name="position_from_one"),
        *not_empty("slug", "heading"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    position: Mapped[int]
    slug: Mapped[str]
    heading: Mapped[str]


class Passage(Base):
    """A sentence or list item of a source: its locator, `<section>:<paragraph>.<sentence>`, and a digest of its text."""

    __tablename__ = "passage"
    __table_args__ = (
        ForeignKeyConstraint(["source_id", "section_id"], ["section.source_id", "section.id"]),
        UniqueConstraint("source_id", "locator"),
        UniqueConstraint("section_id", "paragraph", "sentence"),
        UniqueConstraint("source_id", "id"),
        CheckConstraint("paragraph > 0 AND sentence > 0", name="counted_from_one"),
        CheckConstraint("characters > 0", name="characters_positive"),
        is_digest("sha256"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int]
    section_id: Mapped[int]
    locator: Mapped[str]
    paragraph: Mapped[int]
    sentence: Mapped[int]
    kind: Mapped[str] = mapped_column(one_of(PassageKind, "kind"))
    sha256: Mapped[str]
    characters: Mapped[int]
