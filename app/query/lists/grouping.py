"""What a list can be grouped by: the values of its fields, of dates their years and decades."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Date, Enum, FromClause, Integer, cast, extract, inspect
from sqlalchemy.sql.elements import ColumnElement

from app.model.resource import Field, Resource, table
from app.query.filters.multivalued import parent_column


@dataclass(frozen=True)
class Grouping:
    """One way to group a resource's rows."""

    name: str
    help: str
    example: Any
    column: ColumnElement[Any]
    joined: tuple[tuple[FromClause, ColumnElement[bool]], ...] = ()
    """For a field of many values: its rows under another name and what ties them to the record, and so on from table to table.

    One after the other, for SQLite makes the whole of a join that is joined before it looks for a row in it.
    """
    closed: tuple[Any, ...] = ()
    """All values that there can be, where the schema says so."""
    step: int = 0
    """For years and other numbers: how far one is from the next."""


def groupings(resource: Resource) -> Mapping[str, Grouping]:
    """What a resource's list can be grouped by, by name."""
    made = [grouping for name, field in resource.fields.items() for grouping in _of_field(resource, name, field)]
    return {grouping.name: grouping for grouping in made}


def _of_field(resource: Resource, name: str, field: Field) -> list[Grouping]:
    public = resource.schema.model_fields[name]
    column, help_ = field.public_expression, public.description or ""
    example = (public.examples or [None])[0]
    if isinstance(column.type, Date):
        year = cast(extract("year", column), Integer)
        return [
            Grouping(f"{name}_year", f"Year of: {help_}", 1993, year, step=1),
            Grouping(f"{name}_decade", f"Decade of: {help_}", 1990, year // 10 * 10, step=10),
        ]
    counted = field.facet or field.vocabulary is not None or field.record is not None
    if not field.filter or not (counted or isinstance(column.type, Enum | Boolean)):
        return []
    closed = (
        tuple(column.type.enums) if isinstance(column.type, Enum) else (True, False) if isinstance(column.type, Boolean) else ()
    )
    if field.of is None:
        return [Grouping(name, help_, example, column, (), closed, step=1 if isinstance(column.type, Integer) else 0)]
    example = example[0] if isinstance(example, list) and example else None
    return [Grouping(field.singular or name, help_, example, *_joined(resource, field), closed)]


def _joined(resource: Resource, field: Field) -> tuple[ColumnElement[Any], tuple[tuple[FromClause, ColumnElement[bool]], ...]]:
    """The values of a field of many under names of their own, so that filters by the same table stay apart."""
    assert field.of is not None  # noqa: S101 - asked only of fields of many values
    own = table(field.of).alias()
    ties = own.c[parent_column(resource, field).key or ""] == resource.id
    further = inspect(field.column).parent.local_table
    if further is table(field.of):
        return own.c[field.expression.key or ""], ((own, ties),)
    other = further.alias()
    (key,) = (column for column in own.c if column.references(*other.element.primary_key))
    return other.c[field.expression.key or ""], ((own, ties), (other, next(iter(other.primary_key)) == key))
