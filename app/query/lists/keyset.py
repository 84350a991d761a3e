"""Keyset pagination: a page begins after the sort values of the last row of the page before, instead of at an offset.

A cursor holds these sort values and the public key of that row, so it stays valid after a new release of the data.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Column, Date, Float, Integer, and_, false, or_, select, tuple_
from sqlalchemy.sql.elements import ColumnElement

from app.database import CompiledStatement, Snapshot, bind
from app.model.error import InvalidQuery, Problem
from app.model.record import Record
from app.model.resource import Resource, core, table

INVALID_CURSOR = "not a cursor of this query: use `page.next` of its previous page unchanged, or omit it for the first page"
MAX_INTEGER = 2**31 - 1
"""The largest value of an integer column, and larger than every id."""


@dataclass(frozen=True)
class Key:
    """One sort key. NULL comes last in both directions."""

    column: ColumnElement[Any]
    descending: bool
    nullable: bool

    @property
    def ordering(self) -> ColumnElement[Any]:
        ordered = self.column.desc() if self.descending else self.column.asc()
        return ordered.nulls_last() if self.nullable else ordered

    def beyond(self, value: Any) -> ColumnElement[bool]:
        """Return the condition on rows that this key puts after a row with `value`."""
        if value is None:
            return false()
        after = self.column < value if self.descending else self.column > value
        return or_(after, self.column.is_(None)) if self.nullable else after

    def same(self, value: Any) -> ColumnElement[bool]:
        """Return the condition on rows with this value of the key."""
        return self.column.is_(None) if value is None else self.column == value


@dataclass(frozen=True)
class Order:
    """The sort keys of a list. The last is the id, in the direction of the first key, so that the order is total."""

    resource: Resource | None
    """The resource whose id the last key is. None if the last key is stored in cursors as it is."""
    keys: tuple[Key, ...]

    def after(self, values: Sequence[Any]) -> ColumnElement[bool]:
        """Return the condition on rows after the row with these values of the keys: bind parameters, or None for NULL.

        Two cases. If no key is nullable and all have one direction, a comparison of row values, which an index answers. Else a
        condition nested from the last key to the first: beyond in this key, or equal in it and beyond in those that follow.
        """
        *rest, last = self.keys
        if not any(key.nullable or key.descending != last.descending for key in rest):
            row, last_row = tuple_(*(key.column for key in self.keys)), tuple_(*values)
            return row < last_row if last.descending else row > last_row
        condition = last.beyond(values[-1])
        for key, value in reversed(list(zip(rest, values, strict=False))):
            condition = or_(key.beyond(value), and_(key.same(value), condition))
        first = self.keys[0]
        if first.nullable:
            return condition
        # Implied by the rest, but an index can be searched by it, and cannot by a condition with OR.
        return and_(first.column <= values[0] if first.descending else first.column >= values[0], condition)

    @property
    def segments(self) -> "tuple[Segment, ...]":
        """The consecutive parts of the list, each of which an index can be read along.

        If the first key is nullable, there are two: the rows with a value, then the rows without, in the order of the other keys.
        NULLS LAST as one statement would sort all rows.
        """
        first, *rest = self.keys
        if not first.nullable:
            return (Segment(self, (), 0),)
        known = Order(self.resource, (replace(first, nullable=False), *rest))
        unknown = Order(self.resource, tuple(rest))
        return (Segment(known, (first.column.is_not(None),), 0), Segment(unknown, (first.column.is_(None),), 1))


@dataclass(frozen=True)
class Segment:
    """A part of a list: all of it, the rows with a value of the first key, or the rows without."""

    order: Order
    conditions: tuple[ColumnElement[bool], ...]
    skipped: int
    """The number of keys that are left out at the beginning: 1 for the rows without a value of the first key, else 0."""


def order(resource: Resource, sort: Sequence[str]) -> Order:
    """Return the order for the values of `sort`. InvalidQuery if a field is repeated."""
    names = [key.removeprefix("-") for key in sort]
    if repeated := [name for position, name in enumerate(names) if name in names[:position]]:
        raise InvalidQuery(Problem(loc=("query", "sort"), msg=f"repeats {repeated[0]}: name each field once"))
    if resource.is_kind and sort and names[0] == "slug":  # unique within a kind, and ids ascend with it
        return Order(resource, (Key(resource.id, sort[0].startswith("-"), False),))
    keys = []
    for name in names:
        field, descending = resource.fields[name], f"-{name}" in sort
        column = field.expression if field.sort is True or field.sort is False else core(field.sort)
        keys.append(Key(column, descending, getattr(column, "nullable", True)))
    first = keys[0].column if keys else None
    by_record_table = resource.is_record and isinstance(first, Column) and first.table is table(Record)
    id_ = table(Record).c.id if by_record_table else resource.id  # of the same table, so that one index has both keys
    return Order(resource, (*keys, Key(id_, bool(keys) and keys[0].descending, False)))


def fingerprint(*parts: object) -> str:
    """Return a short digest of a query without its page, which ties a cursor to the query."""
    return hashlib.sha256(orjson.dumps(parts, default=str, option=orjson.OPT_NON_STR_KEYS)).hexdigest()[:16]


def encode(query: str, values: Sequence[Any], key: str) -> str:
    """Return the cursor after the row with these sort values and this public key. `query` is a fingerprint."""
    return base64.urlsafe_b64encode(orjson.dumps([query, *values, key])).decode().rstrip("=")


def decode(cursor: str, query: str, order_: Order) -> list[Any]:
    """Return the sort values in a cursor, then the public key. InvalidQuery if it is not a cursor of this query."""
    try:
        if not re.fullmatch(r"[A-Za-z0-9_-]+", cursor):
            raise ValueError
        cursor_query, *values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if cursor_query != query or len(values) != len(order_.keys):
            raise ValueError
        typed = [_typed(key, value) for key, value in zip(order_.keys[:-1], values[:-1], strict=True)]
        return [*typed, _public_key(order_, values[-1])]
    except (ValueError, TypeError):
        raise InvalidQuery(Problem(loc=("query", "cursor"), msg=INVALID_CURSOR)) from None


def _typed(key: Key, value: Any) -> Any:
    """Return a sort value as the type of its column. ValueError if it cannot have that type."""
    if value is None and key.nullable:
        return None
    if isinstance(key.column.type, Date):
        return date.fromisoformat(value)
    types = (int,) if isinstance(key.column.type, Integer) else (int, float) if isinstance(key.column.type, Float) else (str,)
    if not isinstance(value, types) or isinstance(value, bool) or (isinstance(value, int) and abs(value) > MAX_INTEGER):
        raise ValueError
    if isinstance(value, str) and "\x00" in value:
        raise ValueError
    return value


def _public_key(order_: Order, key: Any) -> Any:
    """Return a public key. ValueError if it does not have the form of one."""
    if order_.resource is None or not order_.resource.is_record:
        return _typed(order_.keys[-1], key)
    if not isinstance(key, str) or "\x00" in key or ":" not in key:
        raise ValueError
    return key


async def placed(snapshot: Snapshot, order_: Order, values: Sequence[Any]) -> list[Any]:
    """Return the values of a cursor with the id in the database in place of the public key. One statement for records, else none.

    If the record no longer exists, the id is that of its neighbour, so that the page begins where the record would be.
    """
    if order_.resource is None or not order_.resource.is_record:
        return list(values)
    kind, _, slug = values[-1].partition(":")
    descending = order_.keys[-1].descending
    rows = await snapshot.fetch(_ID_AT_OR_AFTER if descending else _ID_AT_OR_BEFORE, kind=kind, slug=slug)
    before_first = MAX_INTEGER if descending else 0
    return [*values[:-1], rows[0][0] if rows else before_first]


def _id_statement(*, at_or_after: bool) -> CompiledStatement:
    """Build the statement for the id of a record or its neighbour: records are numbered in the order of (kind, slug)."""
    record = table(Record)
    name, last_name = tuple_(record.c.kind, record.c.slug), tuple_(bind("kind"), bind("slug"))
    if at_or_after:
        return CompiledStatement(select(record.c.id).where(name >= last_name).order_by(record.c.kind, record.c.slug).limit(1))
    before = select(record.c.id).where(name <= last_name).order_by(record.c.kind.desc(), record.c.slug.desc())
    return CompiledStatement(before.limit(1))


_ID_AT_OR_BEFORE, _ID_AT_OR_AFTER = _id_statement(at_or_after=False), _id_statement(at_or_after=True)
