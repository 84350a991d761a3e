"""The columns to select for the fields of a resource, and the conversion of rows to items as clients see them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import JSON, Boolean, Column, func, null, select
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.visitors import iterate

from app.database import Row
from app.model import partial_date
from app.model.aggregate import json_agg, json_build_object
from app.model.record import Record
from app.model.resource import Field, Resource, core, table
from app.model.served import RecordJSON
from app.query.filters.multivalued import parent_column, value_rows

Item = dict[str, Any]
Readable = Item | orjson.Fragment
"""An item, or its JSON."""
Convert = Callable[[Any], Any]


class Shape:
    """Reads some fields of a resource from the columns of its tables.

    A row has the fields in their order, then the precision of each date, then the JSON of the multivalued fields if there are
    any. Further columns can follow.
    """

    def __init__(self, resource: Resource, names: Iterable[str]) -> None:
        self.names = tuple(names)
        fields = {name: resource.fields[name] for name in self.names}
        dates = {name: core(field.precision) for name, field in fields.items() if field.precision is not None}
        self._lists = [(name, name in resource.optional) for name in self.names if name in resource.lists]
        columns = [(null() if name in resource.lists else field.public_expression).label(name) for name, field in fields.items()]
        precisions = [column.label(f"{name}_precision") for name, column in dates.items()]
        self.columns = [*columns, *precisions, *([table(Record).c.lists] if self._lists else [])]
        self._dates = [(name, len(columns) + n) for n, name in enumerate(dates)]
        self._lists_position = len(columns) + len(precisions)
        conversions = {name: conversion(column) for name, column in zip(self.names, columns, strict=True)}
        self._conversions = [(name, convert) for name, convert in conversions.items() if convert is not None]

    def item(self, row: Row) -> Item:
        """Return the item of a row."""
        item = dict(zip(self.names, row, strict=False))
        for name, convert in self._conversions:
            item[name] = convert(item[name])
        for name, precision in self._dates:
            item[name] = partial_date.isoformat(item[name], row[precision])
        if self._lists:
            lists = orjson.loads(row[self._lists_position])
            for name, optional in self._lists:
                item[name] = lists[name] or None if optional else lists[name]  # null: no value is known, not "there are none"
        return item

    def json(self, row: Row) -> Readable:
        """Return what to write as the JSON of a row: its item."""
        return self.item(row)


class RenderedRow:
    """Reads some fields of a kind from the JSON that the loader has rendered: one column with all fields of a record.

    The JSON is selected by a subquery: in a join, SQLite could choose to scan the table of JSON instead of an index.
    """

    def __init__(self, resource: Resource, names: Iterable[str]) -> None:
        self.names = tuple(names)
        self._has_all_fields = self.names == tuple(resource.fields)
        rendered = table(RecordJSON)
        self.columns: list[ColumnElement[Any]] = [
            select(rendered.c.item).where(rendered.c.record_id == resource.id).scalar_subquery().label("item")
        ]

    def item(self, row: Row) -> Item:
        """Return the item of a row."""
        item: Item = orjson.loads(row[0])
        return item if self._has_all_fields else {name: item[name] for name in self.names}

    def json(self, row: Row) -> Readable:
        """Return what to write as the JSON of a row: the rendered JSON if all fields are read, else its item."""
        return orjson.Fragment(row[0]) if self._has_all_fields else self.item(row)


def shape_of(resource: Resource, names: Iterable[str]) -> Shape | RenderedRow:
    """Return the reader of some fields of a resource: from rendered JSON for kinds, from columns for everything else."""
    return RenderedRow(resource, names) if resource.is_kind else Shape(resource, names)


def conversion(column: ColumnElement[Any]) -> Convert | None:
    """Return the function from the driver's value of a column to the public one; None if they are the same."""
    if isinstance(column.type, JSON):
        return orjson.loads
    return _boolean if isinstance(column.type, Boolean) else None


def _boolean(value: Any) -> bool | None:
    return None if value is None else bool(value)


def rows_of(names: Sequence[str], columns: Sequence[ColumnElement[Any]], rows: Iterable[Row]) -> Iterable[Item]:
    """Yield rows as items with these names."""
    conversions = [
        (name, convert) for name, column in zip(names, columns, strict=True) if (convert := conversion(column)) is not None
    ]
    for row in rows:
        item = dict(zip(names, row, strict=True))
        for name, convert in conversions:
            item[name] = convert(item[name])
        yield item


def reads_record_table(expressions: Iterable[ColumnElement[Any]]) -> bool:
    """Return whether any expression has a column of the table of all records, rather than of a kind's own table only."""
    record = table(Record)
    return any(isinstance(node, Column) and node.table is record for expression in expressions for node in iterate(expression))


def all_lists(resource: Resource) -> ColumnElement[Any]:
    """Return the expression for `Record.lists` of a kind: a JSON object of its multivalued fields, read from their rows."""
    fields = {name: resource.fields[name] for name in resource.lists}
    return json_build_object({name: _values(resource, field) if field.of else field.expression for name, field in fields.items()})


def _values(resource: Resource, field: Field) -> ColumnElement[Any]:
    """Return the expression for a JSON array of the distinct values of a multivalued field, in the order of their positions."""
    assert field.of is not None  # noqa: S101 - called only for multivalued fields
    child, column = table(field.of), field.expression
    rows = select(column).select_from(value_rows(field)).where(parent_column(resource, field) == table(Record).c.id)
    known = rows.where(column.is_not(None)).group_by(column).order_by(func.min(child.c.position))
    return json_agg(known.correlate(table(Record)))
