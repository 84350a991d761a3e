"""Groupings: the values that the rows of a list can be counted by. Of dates these are years and decades."""

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
    """The tables of a multivalued field, under aliases, each with the condition of its join.

    They are joined one after the other: SQLite materializes a nested join before it looks up a row in it.
    """
    closed: tuple[Any, ...] = ()
    """All values of an enumeration or a boolean."""
    step: int = 0
    """The distance between consecutive values of years, decades and other numbers; 0 for everything else."""


def groupings(resource: Resource) -> Mapping[str, Grouping]:
    """Return the groupings of a resource by name."""
    all_ = [grouping for name, field in resource.fields.items() for grouping in _field_groupings(resource, name, field)]
    return {grouping.name: grouping for grouping in all_}


def _field_groupings(resource: Resource, name: str, field: Field) -> list[Grouping]:
    public = resource.schema.model_fields[name]
    column, help_ = field.public_expression, public.description or ""
    example = (public.examples or [None])[0]
    if isinstance(column.type, Date):
        year = cast(extract("year", column), Integer)
        return [
            Grouping(f"{name}_year", f"Year of: {help_}", 1993, year, step=1),
            Grouping(f"{name}_decade", f"Decade of: {help_}", 1990, year // 10 * 10, step=10),
        ]
    is_facet = field.facet or field.vocabulary is not None or field.record is not None
    if not field.filter or not (is_facet or isinstance(column.type, Enum | Boolean)):
        return []
    closed = (
        tuple(column.type.enums) if isinstance(column.type, Enum) else (True, False) if isinstance(column.type, Boolean) else ()
    )
    if field.of is None:
        return [Grouping(name, help_, example, column, (), closed, step=1 if isinstance(column.type, Integer) else 0)]
    example = example[0] if isinstance(example, list) and example else None
    return [Grouping(field.singular or name, help_, example, *_joined(resource, field), closed)]


def _joined(resource: Resource, field: Field) -> tuple[ColumnElement[Any], tuple[tuple[FromClause, ColumnElement[bool]], ...]]:
    """Return the value column and the joins of a multivalued field, under aliases, so that filters can use the same tables."""
    assert field.of is not None  # noqa: S101 - called only for multivalued fields
    child = table(field.of).alias()
    on_parent = child.c[parent_column(resource, field).key or ""] == resource.id
    value_table = inspect(field.column).parent.local_table
    if value_table is table(field.of):
        return child.c[field.expression.key or ""], ((child, on_parent),)
    values = value_table.alias()
    (key,) = (column for column in child.c if column.references(*values.element.primary_key))
    return values.c[field.expression.key or ""], ((child, on_parent), (values, next(iter(values.primary_key)) == key))
