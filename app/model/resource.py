"""The declaration of a resource, from which query parameters, statements, OpenAPI, exports and the seed format are made.

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
    """One public field: the column behind it, and how lists can use it. The schema holds its type and description."""

    column: InstrumentedAttribute[Any] | ColumnElement[Any]
    """A column of the resource's table or of the table `of`, or an expression."""
    precision: InstrumentedAttribute[Any] | None = None
    """For a partial date: the column of its precision."""
    of: type[Base] | None = None
    """For a multivalued field: the table with a row for each value of a record. `column` may be of a table that it refers to."""
    singular: str | None = None
    """For a multivalued field: the name of its filter, such as `country` for `countries`."""
    vocabulary: InstrumentedAttribute[Any] | None = None
    """For a closed set of values that only the database knows: the column that lists them."""
    filter: bool = True
    """True if lists can be filtered by the field."""
    facet: bool = False
    """True if lists can be counted by its values. By closed sets, booleans and dates they always can."""
    sort: bool | InstrumentedAttribute[Any] = False
    """The column to sort by; True for `column` itself. It needs an index that ends with the id."""
    naming: bool = False
    """True if its values are names of the record, such as an acronym: search gives them the weight of aliases."""
    record: str | None = None
    """For a reference to a record: the kind of that record. The column holds the slug, and the public value is the id."""
    made_of: tuple[str, ...] = ()
    """For a key that seed files do not contain: the fields whose values, joined by hyphens, are the key."""

    @cached_property
    def expression(self) -> ColumnElement[Any]:
        """The Core column or expression."""
        return core(self.column)

    @cached_property
    def public_expression(self) -> ColumnElement[Any]:
        """The expression of the public value."""
        return literal(f"{self.record}:") + self.expression if self.record else self.expression


@dataclass(frozen=True, kw_only=True, eq=False)
class Include:
    """Child rows of a record, embedded in its detail, and in lists by `include=`."""

    schema: type[BaseModel]
    rows: Select[Any]
    """The child rows in order; the column `parent` holds the id of the record that each belongs to."""
    table: type[Base] | None = None
    """The table of child rows that stand in the record's seed file; None if they come from elsewhere."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Relation:
    """A predicate of links whose subjects are records of the declaring kind."""

    name: str
    object_kind: str
    inverse: str
    meaning: str
    single: bool = False
    """True if a record is the subject of at most one such link. `one_link` makes the unique index."""
    required: bool = False
    """True if every record of the kind is the subject of such a link."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Resource:
    """A resource with a list and a detail of each item."""

    name: str
    """The plural, as in its path, its seed file and its OpenAPI tag."""
    summary: str
    model: type[Base]
    schema: type[BaseModel]
    fields: Mapping[str, Field]
    key: InstrumentedAttribute[Any]
    """The column whose value identifies an item in the path of its detail."""
    example: str
    """The key of an item that the seed data has, for documentation and tests."""
    include: Mapping[str, Include] = field(default_factory=dict)
    relations: Sequence[Relation] = ()

    @cached_property
    def kind(self) -> str:
        """The singular, which is the name of the table and, for records, their kind."""
        return str(table(self.model).name)  # a plain str: drivers take twice as long to bind SQLAlchemy's quoted_name

    @cached_property
    def is_record(self) -> bool:
        """True if its rows are records, which are cited, verified and linked."""
        return issubclass(self.model, Record | RecordTable)

    @cached_property
    def is_kind(self) -> bool:
        """True if its rows are records of one kind."""
        return issubclass(self.model, RecordTable)

    @cached_property
    def id(self) -> Column[Any]:
        """The primary key, which also breaks ties in sorting. For a kind it is the key of its own table, equal to `record.id`."""
        return table(self.model).primary_key.columns[0]

    @cached_property
    def seeded(self) -> tuple[str, ...]:
        """The fields that seed files contain; the others are derived from them."""
        return tuple(name for name, field in self.fields.items() if self.stored(field) is not None and not field.made_of)

    @cached_property
    def optional(self) -> frozenset[str]:
        """The fields that may be null, which means unknown."""
        public = self.schema.model_fields
        return frozenset(name for name in self.fields if type(None) in get_args(public[name].annotation))

    @cached_property
    def lists(self) -> tuple[str, ...]:
        """The multivalued fields and other JSON values, which are read from `Record.lists`."""
        return tuple(name for name, field in self.fields.items() if self.is_record and isinstance(_type(field), JSON))

    def stored(self, field: Field) -> Column[Any] | None:
        """Return the column that the loader writes values of the field to; None if it writes none."""
        for column in table(field.of or self.model).c:
            if column is field.expression or any(key.column is field.expression for key in column.foreign_keys):
                return column
        return None

    @cached_property
    def rows(self) -> FromClause:
        """The FROM clause of statements over this resource."""
        model_table = table(self.model)
        return table(Record).join(model_table, model_table.c.id == table(Record).c.id) if self.is_kind else model_table


def _type(field: Field) -> Any:
    return JSON() if field.of is not None else field.expression.type


def child_rows(model: type[Base], *, parent: InstrumentedAttribute[Any]) -> Select[Any]:
    """Return the `rows` of an `Include`: all rows of a table, in the order of its primary key."""
    children = table(model)
    values = [column for column in children.c if column is not core(parent)]
    return select(core(parent).label("parent"), *values).order_by(*children.primary_key)


def core(column: InstrumentedAttribute[Any] | ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the Core column of a mapped attribute; return an expression unchanged."""
    if isinstance(column, InstrumentedAttribute):
        core_column: ColumnElement[Any] = inspect(column.class_).columns[column.key]
        return core_column
    return column


def table(model: type[Base]) -> Table:
    """Return the table of a mapped class."""
    return cast(Table, model.__table__)
