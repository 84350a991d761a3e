"""The columns that answer a resource's fields, and rows as the public values of these fields."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.sql.elements import ColumnElement

from app.catalog import partial_date
from app.catalog.aggregate import array_of
from app.catalog.resource import Field, Resource, core, table
from app.query.filters import belonging, parent_column


def columns(resource: Resource, names: Iterable[str]) -> list[ColumnElement[Any]]:
    """What to select so that `item` can make these fields."""
    selected: list[ColumnElement[Any]] = []
    for name in names:
        field = resource.fields[name]
        selected.append((_values(resource, field) if field.of is not None else field.shown).label(name))
        if field.precision is not None:
            selected.append(core(field.precision).label(f"{name}_precision"))
    return selected


def item(resource: Resource, names: Sequence[str], row: Row[Any]) -> dict[str, Any]:
    """The fields of one row as a client sees them."""
    values, made = row._mapping, {}
    for name in names:
        field, value = resource.fields[name], values[name]
        if field.precision is not None:
            value = partial_date.text(value, values[f"{name}_precision"])
        elif field.of is not None and name in resource.optional:
            value = value or None  # no value is known, which says nothing of what there is
        made[name] = value
    return made


def _values(resource: Resource, field: Field) -> ColumnElement[Any]:
    """The values of a field of many, in their order, each once, as one JSON array."""
    assert field.of is not None  # noqa: S101 - asked only of fields of many values
    own, column = table(field.of), field.expression
    rows = select(column).select_from(belonging(field)).where(parent_column(resource, field) == resource.id, column.is_not(None))
    return array_of(rows.group_by(column).order_by(func.min(own.c.position)).correlate(resource.id.table))
