"""Citations: each ties exactly one record or link to one place in one source."""

from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import Base, not_empty, one_of

Stance = Literal["supports", "disputes"]


class Citation(Base):
    """A place in a source that supports or disputes a record, one of its fields, or a link."""

    __tablename__ = "citation"
    __table_args__ = (
        ForeignKeyConstraint(["source_id", "passage_id"], ["passage.source_id", "passage.id"]),
        CheckConstraint("(record_id IS NULL) <> (link_id IS NULL)", name="of_one_record_or_link"),
        CheckConstraint("(passage_id IS NULL) <> (locator IS NULL)", name="at_one_place"),
        CheckConstraint("about IS NULL OR record_id IS NOT NULL", name="about_a_field_of_a_record"),
        *not_empty("locator", "about", "note"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[int | None] = mapped_column(ForeignKey("record.id"), index=True)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("link.id"), index=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"), index=True)
    passage_id: Mapped[int | None] = mapped_column(index=True)
    locator: Mapped[str | None]
    stance: Mapped[str] = mapped_column(one_of(Stance, "stance"))
    about: Mapped[str | None]
    note: Mapped[str | None]
