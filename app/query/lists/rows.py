"""The columns that answer a resource's fields, and rows of them as the public values of these fields."""

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
from app.query.filters.multivalued import belonging, parent_column

Item = dict[str, Any]
Readable = Item | orjson.Fragment
"""An item, or the JSON of one."""
Convert = Callable[[Any], Any]


class Shape:
    """Some fields of a resource: what to select, and how a row becomes an item as a client sees it.

    Fields come first in a row, in their order; then the precision of each date, and the lists; then whatever else is selected.
    """

    def __init__(self, resource: Resource, names: Iterable[str]) -> None:
        self.names = tuple(names)
        fields = {name: resource.fields[name] for name in self.names}
        dates = {name: core(field.precision) for name, field in fields.items() if field.precision is not None}
        self._lists = [(name, name in resource.optional) for name in self.names if name in resource.lists]
        own = [(null() if name in resource.lists else field.public_expression).label(name) for name, field in fields.items()]
        precisions = [column.label(f"{name}_precision") for name, column in dates.items()]
        self.columns = [*own, *precisions, *([table(Record).c.lists] if self._lists else [])]
        self._dates = [(name, len(own) + n) for n, name in enumerate(dates)]
        self._all_lists = len(own) + len(precisions)
        conversions = {name: conversion(column) for name, column in zip(self.names, own, strict=True)}
        self._conversions = [(name, convert) for name, convert in conversions.items() if convert is not None]

    def item(self, row: Row) -> Item:
        """The fields of one row."""
        made = dict(zip(self.names, row, strict=False))
        for name, convert in self._conversions:
            made[name] = convert(made[name])
        for name, precision in self._dates:
            made[name] = partial_date.isoformat(made[name], row[precision])
        if self._lists:
            lists = orjson.loads(row[self._all_lists])
            for name, optional in self._lists:
                made[name] = lists[name] or None if optional else lists[name]  # none is known, not: there are none
        return made

    def json(self, row: Row) -> Readable:
        """The same, to be written as JSON."""
        return self.item(row)


class RenderedRow:
    """The same of a kind, from what the loader has written down: one value holds all fields of a record.

    A subquery: in a join SQLite could choose to walk what is written in place of an index.
    """

    def __init__(self, resource: Resource, names: Iterable[str]) -> None:
        self.names = tuple(names)
        self._is_whole = self.names == tuple(resource.fields)
        written = table(RecordJSON)
        self.columns: list[ColumnElement[Any]] = [
            select(written.c.item).where(written.c.record_id == resource.id).scalar_subquery().label("item")
        ]

    def item(self, row: Row) -> Item:
        """The fields of one row."""
        whole: Item = orjson.loads(row[0])
        return whole if self._is_whole else {name: whole[name] for name in self.names}

    def json(self, row: Row) -> Readable:
        """The same, to be written as JSON."""
        return orjson.Fragment(row[0]) if self._is_whole else self.item(row)


def shape_of(resource: Resource, names: Iterable[str]) -> Shape | RenderedRow:
    """How some fields of a resource are read."""
    return RenderedRow(resource, names) if resource.is_kind else Shape(resource, names)


def conversion(column: ColumnElement[Any]) -> Convert | None:
    """What makes the public value of what the driver gives; None where that is it."""
    if isinstance(column.type, JSON):
        return orjson.loads
    return _truth if isinstance(column.type, Boolean) else None


def _truth(value: Any) -> bool | None:
    return None if value is None else bool(value)


def rows_of(names: Sequence[str], columns: Sequence[ColumnElement[Any]], rows: Iterable[Row]) -> Iterable[Item]:
    """Rows as dictionaries of public values."""
    conversions = [(name, made) for name, column in zip(names, columns, strict=True) if (made := conversion(column)) is not None]
    for row in rows:
        item = dict(zip(names, row, strict=True))
        for name, convert in conversions:
            item[name] = convert(item[name])
        yield item


def looks_at_records(parts: Iterable[ColumnElement[Any]]) -> bool:
    """Whether something looks at what all records share, beyond a kind's own table."""
    record = table(Record)
    return any(isinstance(found, Column) and found.table is record for part in parts for found in iterate(part))


def all_lists(resource: Resource) -> ColumnElement[Any]:
    """`Record.lists` of a kind, made of the rows that the values stand in."""
    fields = {name: resource.fields[name] for name in resource.lists}
    return json_build_object({name: _values(resource, field) if field.of else field.expression for name, field in fields.items()})


def _values(resource: Resource, field: Field) -> ColumnElement[Any]:
    """The values of a field of many, in their order, each once, as one JSON array."""
    assert field.of is not None  # noqa: S101 - asked only of fields of many values
    own, column = table(field.of), field.expression
    rows = select(column).select_from(belonging(field)).where(parent_column(resource, field) == table(Record).c.id)
    known = rows.where(column.is_not(None)).group_by(column).order_by(func.min(own.c.position))
    return json_agg(known.correlate(table(Record)))
