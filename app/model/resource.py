"""One declaration a resource: from it come parameters, statements, the OpenAPI page, the catalogue and the seed format.

Columns are attributes, never strings. Knows no kind.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast, get_args

from pydantic import BaseModel
from sqlalchemy import JSON, Column, FromClause, Select, Table, inspect, literal, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from app.model.base import Base
from app.model.record import Record, RecordTable


@dataclass(frozen=True, kw_only=True, eq=False)
class Field:
    """One public field: the column behind it, and what a client may do with it. Its meaning stands in the schema."""

    column: InstrumentedAttribute[Any] | ColumnElement[Any]
    """A column of the resource's own table, of the table `of`, or an expression."""
    precision: InstrumentedAttribute[Any] | None = None
    """For a date of reduced precision: the column that says how much is known."""
    of: type[Base] | None = None
    """For a field of many values: the table whose rows belong to the record; the column may be of a table that it refers to."""
    singular: str | None = None
    """For a field of many values: the name of its filter, as `country` is of `countries`."""
    vocabulary: InstrumentedAttribute[Any] | None = None
    """The column that lists every legal value, where that is known only to the database."""
    filter: bool = True
    facet: bool = False
    """Whether to count by its values; closed sets and dates are counted by anyway."""
    sort: bool | InstrumentedAttribute[Any] = False
    """True sorts by the column itself."""
    naming: bool = False
    """Whether its values name the record, as an acronym does: search weighs them as it does other names."""
    record: str | None = None
    """For a field that names a record: its kind. The column holds the slug; clients see the id."""
    made_of: tuple[str, ...] = ()
    """For a key that no seed file gives: the fields whose values make it, joined by hyphens."""

    @cached_property
    def expression(self) -> ColumnElement[Any]:
        """The column as Core knows it."""
        return core(self.column)

    @cached_property
    def shown(self) -> ColumnElement[Any]:
        """What clients see of it."""
        return literal(f"{self.record}:") + self.expression if self.record else self.expression


@dataclass(frozen=True, kw_only=True, eq=False)
class Include:
    """Rows that belong to a record and come with it: always in its detail, in lists on request."""

    schema: type[BaseModel]
    rows: Select[Any]
    """Ordered; its column `parent` holds the id of the record that each row belongs to."""
    table: type[Base] | None = None
    """Where a seed file's rows go; none where the rows are seeded elsewhere."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Relation:
    """A predicate whose subjects are records of the kind that declares it."""

    name: str
    object_kind: str
    inverse: str
    meaning: str
    single: bool = False
    """A record is the subject of at most one such link; `one_link` makes the index."""
    required: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Resource:
    """What a list-and-detail resource is, whole."""

    name: str
    """The plural that its path, its seed file and its tag are called by."""
    summary: str
    model: type[Base]
    schema: type[BaseModel]
    fields: Mapping[str, Field]
    key: InstrumentedAttribute[Any]
    """What a detail's path names it by."""
    example: str
    include: Mapping[str, Include] = field(default_factory=dict)
    relations: Sequence[Relation] = ()

    @cached_property
    def kind(self) -> str:
        """The singular: the kind of a record, the name of the table."""
        return str(table(self.model).name)  # SQLAlchemy's own sort of string, which drivers take twice as long to bind

    @cached_property
    def is_record(self) -> bool:
        """Whether its rows are records: cited, verified and linked."""
        return issubclass(self.model, Record | RecordTable)

    @cached_property
    def is_kind(self) -> bool:
        """Whether it is one of the kinds of record."""
        return issubclass(self.model, RecordTable)

    @cached_property
    def id(self) -> Column[Any]:
        """The column that identifies a row and breaks ties; of a kind's own table, which has the same numbers as `record`."""
        return table(self.model).primary_key.columns[0]

    @cached_property
    def seeded(self) -> tuple[str, ...]:
        """The fields that a seed file gives; the others are derived from them."""
        return tuple(name for name, field in self.fields.items() if self.stored(field) is not None and not field.made_of)

    @cached_property
    def optional(self) -> frozenset[str]:
        """The fields that may be null, for what is unknown."""
        public = self.schema.model_fields
        return frozenset(name for name in self.fields if type(None) in get_args(public[name].annotation))

    @cached_property
    def lists(self) -> tuple[str, ...]:
        """The fields that are read from `Record.lists`: those that are made of several rows."""
        return tuple(name for name, field in self.fields.items() if self.is_record and isinstance(_type(field), JSON))

    def stored(self, field: Field) -> Column[Any] | None:
        """The column that a value of the field is written to, if it is written at all."""
        for column in table(field.of or self.model).c:
            if column is field.expression or any(key.column is field.expression for key in column.foreign_keys):
                return column
        return None

    @cached_property
    def rows(self) -> FromClause:
        """What a statement over this resource selects from."""
        own = table(self.model)
        return table(Record).join(own, own.c.id == table(Record).c.id) if self.is_kind else own


def _type(field: Field) -> Any:
    return JSON() if field.of is not None else field.expression.type


def columns(model: type[Base], *, parent: InstrumentedAttribute[Any]) -> Select[Any]:
    """The rows of a table that belong to records, in their order, as an `Include` wants them."""
    own = table(model)
    return select(core(parent).label("parent"), *[column for column in own.c if column is not core(parent)]).order_by(
        *own.primary_key
    )


def core(column: InstrumentedAttribute[Any] | ColumnElement[Any]) -> ColumnElement[Any]:
    """A mapped attribute's column, free of the ORM; an expression as it is."""
    if isinstance(column, InstrumentedAttribute):
        own: ColumnElement[Any] = inspect(column.class_).columns[column.key]
        return own
    return column


def table(model: type[Base]) -> Table:
    """A mapped class's table."""
    return cast(Table, model.__table__)
