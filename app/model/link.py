"""Links between records, and the predicates that define which links are legal. Knows no kind and no predicate by name."""

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, and_
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import Base, not_empty, one_of
from app.model.record import Verification


class Predicate(Base):
    """A legal combination of subject kind, predicate and object kind."""

    __tablename__ = "predicate"
    __table_args__ = not_empty("name", "inverse", "meaning")

    subject_kind: Mapped[str] = mapped_column(ForeignKey("kind.name"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    object_kind: Mapped[str] = mapped_column(ForeignKey("kind.name"), primary_key=True)
    inverse: Mapped[str]
    meaning: Mapped[str]


class Link(Base):
    """A link: subject, predicate, object. A composite foreign key refuses combinations that `predicate` does not list."""

    __tablename__ = "link"
    __table_args__ = (
        ForeignKeyConstraint(["subject_id", "subject_kind"], ["record.id", "record.kind"]),
        ForeignKeyConstraint(["object_id", "object_kind"], ["record.id", "record.kind"]),
        ForeignKeyConstraint(
            ["subject_kind", "predicate", "object_kind"],
            ["predicate.subject_kind", "predicate.name", "predicate.object_kind"],
        ),
        UniqueConstraint("subject_id", "predicate", "object_id"),
        CheckConstraint("subject_id <> object_id", name="not_to_itself"),
        Index(None, "object_id", "predicate", "subject_id"),
        Index(None, "object_id", "subject_kind", "subject_id"),
        Index(None, "subject_id", "object_kind", "object_id"),
        *not_empty("note"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int]
    subject_kind: Mapped[str]
    predicate: Mapped[str]
    object_id: Mapped[int]
    object_kind: Mapped[str]
    verification: Mapped[str] = mapped_column(one_of(Verification, "verification"))
    note: Mapped[str | None]


class LinkCount(Base):
    """The number of records of one kind that a record is linked to, in either direction; counted by the loader."""

    __tablename__ = "degree"
    __table_args__ = (CheckConstraint("records > 0", name="records_positive"),)

    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(ForeignKey("kind.name"), primary_key=True)
    records: Mapped[int]


def one_link(kind: str, predicate: str) -> Index:
    """Return a unique index by which a record of a kind is the subject of at most one link with a predicate."""
    where = and_(Link.subject_kind == kind, Link.predicate == predicate)
    return Index(f"uq_link_{kind}_{predicate}", Link.subject_id, unique=True, sqlite_where=where, postgresql_where=where)
