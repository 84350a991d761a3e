"""Records, the supertype of all kinds; their other names, and the verification status of their fields.

Knows no kind: the table of a kind is a `RecordTable`, which refers to `record` by a composite foreign key.
"""

from typing import Any, ClassVar, Literal

from sqlalchemy import JSON, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.schema import SchemaItem

from app.model.base import Base, not_empty, one_of

Verification = Literal["disputed", "corroborated", "single_source"]


class Kind(Base):
    """A kind of record. The loader writes a row for each kind that the application declares."""

    __tablename__ = "kind"

    name: Mapped[str] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(unique=True)


class Record(Base):
    """A record of any kind. The loader assigns ids that ascend with (kind, slug), and keyset pagination relies on it."""

    __tablename__ = "record"
    __table_args__ = (
        UniqueConstraint("kind", "slug"),
        UniqueConstraint("id", "kind"),
        Index(None, "sort_name", "id"),
        Index(None, "verification", "id"),
        Index(None, "kind", "sort_name", "id"),
        Index(None, "kind", "verification", "id"),
        *not_empty("slug", "name", "summary"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(ForeignKey("kind.name"))
    slug: Mapped[str]
    name: Mapped[str]
    sort_name: Mapped[str]
    summary: Mapped[str | None]
    verification: Mapped[str] = mapped_column(one_of(Verification, "verification"))
    lists: Mapped[dict[str, Any]] = mapped_column(JSON, server_default="{}")
    """The values of the multivalued fields, by field. The loader copies them from their tables, so that one row holds them all
    and reading a record takes no look-up in each table."""


class Alias(Base):
    """Another name of a record or, if `name` is NULL, a former slug."""

    __tablename__ = "alias"
    __table_args__ = (
        ForeignKeyConstraint(["record_id", "kind"], ["record.id", "record.kind"]),
        UniqueConstraint("record_id", "position"),
        Index(None, "name", "record_id"),
        *not_empty("slug", "name"),
    )

    kind: Mapped[str] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[int]
    position: Mapped[int]
    name: Mapped[str | None]


class FieldStatus(Base):
    """The verification status of one field of a record, computed from the citations whose `about` names the field."""

    __tablename__ = "field_status"

    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    verification: Mapped[str] = mapped_column(one_of(Verification, "verification"))


class RecordTable(Base):
    """The base of the tables of kinds. A composite foreign key and a CHECK make sure that each row is a record of that kind."""

    __abstract__ = True
    own_constraints: ClassVar[tuple[SchemaItem, ...]] = ()
    """Further constraints and indexes of a kind's table. A sortable column needs an index that ends with `id`."""

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)

    @declared_attr
    def kind(cls) -> Mapped[str]:  # noqa: N805 - SQLAlchemy passes the class
        return mapped_column(server_default=cls.__tablename__)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805 - SQLAlchemy passes the class
        return (
            ForeignKeyConstraint(["id", "kind"], ["record.id", "record.kind"]),
            CheckConstraint(f"kind = '{cls.__tablename__}'", name="kind"),
            *cls.own_constraints,
        )
