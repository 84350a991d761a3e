"""Multivalued fields: the rows that hold their values, and the foreign key from these to the record."""

from typing import Any

from sqlalchemy import FromClause, inspect
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from app.model.record import Record
from app.model.resource import Field, Resource, table


def value_rows(field: Field) -> FromClause:
    """Return the rows of a multivalued field: its child table, joined with the table of its column if that is another."""
    assert field.of is not None  # noqa: S101 - called only for multivalued fields
    child = table(field.of)
    value_table = inspect(field.column).parent.local_table if isinstance(field.column, InstrumentedAttribute) else child
    return child if value_table is child else child.join(value_table)


def parent_column(resource: Resource, field: Field) -> ColumnElement[Any]:
    """Return the column of a field's child table that refers to the record."""
    assert field.of is not None  # noqa: S101 - called only for multivalued fields
    parent_keys = {table(Record).c.id, *table(resource.model).primary_key.columns}
    return next(column for column in table(field.of).c if any(key.column in parent_keys for key in column.foreign_keys))
