"""Fields of many values: the rows that hold them, in a table of their own, and what ties these to the record."""

from typing import Any

from sqlalchemy import FromClause, inspect
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from app.model.record import Record
from app.model.resource import Field, Resource, table


def belonging(field: Field) -> FromClause:
    """The rows of a field of many values: its own table, joined with the one that its column is of."""
    assert field.of is not None  # noqa: S101 - asked only of fields of many values
    own = table(field.of)
    further = inspect(field.column).parent.local_table if isinstance(field.column, InstrumentedAttribute) else own
    return own if further is own else own.join(further)


def parent_column(resource: Resource, field: Field) -> ColumnElement[Any]:
    """The column of a field's own table that holds the id of the record that a row belongs to."""
    assert field.of is not None  # noqa: S101 - asked only of fields of many values
    owners = {table(Record).c.id, *table(resource.model).primary_key.columns}
    return next(column for column in table(field.of).c if any(key.column in owners for key in column.foreign_keys))
