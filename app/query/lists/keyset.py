"""Order and keyset paging: after which row a page begins, said in values and not in a count.

A cursor carries the sort values and the public key of the last row, so it goes on correctly also after a new release.
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

REFUSED = "is not a cursor of this query: follow `page.next` as it came, or leave it out to begin again"
FARTHEST = 2**31 - 1


@dataclass(frozen=True)
class Key:
    """One key of an order. Unknown values come last in either direction."""

    column: ColumnElement[Any]
    descending: bool
    nullable: bool

    @property
    def ordering(self) -> ColumnElement[Any]:
        ordered = self.column.desc() if self.descending else self.column.asc()
        return ordered.nulls_last() if self.nullable else ordered

    def beyond(self, value: Any) -> ColumnElement[bool]:
        """Rows whose value of this key comes after `value`."""
        if value is None:
            return false()
        after = self.column < value if self.descending else self.column > value
        return or_(after, self.column.is_(None)) if self.nullable else after

    def same(self, value: Any) -> ColumnElement[bool]:
        return self.column.is_(None) if value is None else self.column == value


@dataclass(frozen=True)
class Order:
    """The keys of a list's order; the last is the id, in the direction of the first."""

    resource: Resource | None
    """Whose id the last key is; None where cursors remember that key as it stands."""
    keys: tuple[Key, ...]

    def after(self, values: Sequence[Any]) -> ColumnElement[bool]:
        """Rows that come after the row with these values of the keys; a value is a bind, or None where it is unknown."""
        *rest, last = self.keys
        if not any(key.nullable or key.descending != last.descending for key in rest):
            row, at = tuple_(*(key.column for key in self.keys)), tuple_(*values)
            return row < at if last.descending else row > at
        condition = last.beyond(values[-1])
        for key, value in reversed(list(zip(rest, values, strict=False))):
            condition = or_(key.beyond(value), and_(key.same(value), condition))
        first = self.keys[0]
        if first.nullable:
            return condition
        # It goes without saying, but an index can go by it and not by what is joined by OR.
        return and_(first.column <= values[0] if first.descending else first.column >= values[0], condition)

    @property
    def segments(self) -> "tuple[Segment, ...]":
        """The stretches that make up the order, each of which an index can be read along."""
        first, *rest = self.keys
        if not first.nullable:
            return (Segment(self, (), 0),)
        known = Order(self.resource, (replace(first, nullable=False), *rest))
        unknown = Order(self.resource, tuple(rest))
        return (Segment(known, (first.column.is_not(None),), 0), Segment(unknown, (first.column.is_(None),), 1))


@dataclass(frozen=True)
class Segment:
    """A stretch of an order: where the first key is known, or where it is unknown and so no key."""

    order: Order
    where: tuple[ColumnElement[bool], ...]
    skipped: int
    """How many of the keys it does without."""


def order(resource: Resource, sort: Sequence[str]) -> Order:
    """The order that `sort=` asks for. InvalidQuery where it names a field again."""
    names = [key.removeprefix("-") for key in sort]
    if again := [name for place, name in enumerate(names) if name in names[:place]]:
        raise InvalidQuery(Problem(loc=("query", "sort"), msg=f"names {again[0]} again: a list is sorted by a field once"))
    if resource.is_kind and sort and sort[0].removeprefix("-") == "slug":  # numbers ascend with it, and it is unique
        return Order(resource, (Key(resource.id, sort[0].startswith("-"), False),))
    keys = []
    for name in names:
        field, descending = resource.fields[name], f"-{name}" in sort
        column = field.expression if field.sort is True or field.sort is False else core(field.sort)
        keys.append(Key(column, descending, getattr(column, "nullable", True)))
    first = keys[0].column if keys else None
    shared = resource.is_record and isinstance(first, Column) and first.table is table(Record)
    id_ = table(Record).c.id if shared else resource.id  # of the table whose index the rows are read along
    return Order(resource, (*keys, Key(id_, bool(keys) and keys[0].descending, False)))


def fingerprint(*parts: object) -> str:
    """A short digest of what a query asks for, whatever the page."""
    return hashlib.sha256(orjson.dumps(parts, default=str, option=orjson.OPT_NON_STR_KEYS)).hexdigest()[:16]


def encode(asked: str, values: Sequence[Any], key: str) -> str:
    """The cursor after the row with these sort values and this public key."""
    return base64.urlsafe_b64encode(orjson.dumps([asked, *values, key])).decode().rstrip("=")


def decode(cursor: str, asked: str, order_: Order) -> list[Any]:
    """The values that a cursor carries, the last a public key. InvalidQuery where it is not of this query."""
    try:
        if not re.fullmatch(r"[A-Za-z0-9_-]+", cursor):
            raise ValueError
        given, *values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if given != asked or len(values) != len(order_.keys):
            raise ValueError
        typed = [_typed(key, value) for key, value in zip(order_.keys[:-1], values[:-1], strict=True)]
        return [*typed, _key(order_, values[-1])]
    except (ValueError, TypeError):
        raise InvalidQuery(Problem(loc=("query", "cursor"), msg=REFUSED)) from None


def _typed(key: Key, value: Any) -> Any:
    """A sort value as its column's type has it; ValueError where it cannot be one."""
    if value is None and key.nullable:
        return None
    if isinstance(key.column.type, Date):
        return date.fromisoformat(value)
    wanted = (int,) if isinstance(key.column.type, Integer) else (int, float) if isinstance(key.column.type, Float) else (str,)
    if not isinstance(value, wanted) or isinstance(value, bool) or (isinstance(value, int) and abs(value) > FARTHEST):
        raise ValueError
    if isinstance(value, str) and "\x00" in value:
        raise ValueError
    return value


def _key(order_: Order, key: Any) -> Any:
    """A public key, of a form that can be one; ValueError where it cannot."""
    if order_.resource is None or not order_.resource.is_record:
        return _typed(order_.keys[-1], key)
    if not isinstance(key, str) or "\x00" in key or ":" not in key:
        raise ValueError
    return key


async def placed(snapshot: Snapshot, order_: Order, values: Sequence[Any]) -> list[Any]:
    """The same values with the id that the row of the public key has, or would have. A statement where it is a record's."""
    if order_.resource is None or not order_.resource.is_record:
        return list(values)
    kind, _, slug = values[-1].partition(":")
    found = await snapshot.fetch(_LAST if order_.keys[-1].descending else _FIRST, kind=kind, slug=slug)
    return [*values[:-1], found[0][0] if found else FARTHEST if order_.keys[-1].descending else 0]


def _place(*, descending: bool) -> CompiledStatement:
    """Where a name stands: records are numbered in the order of (kind, slug)."""
    own = table(Record)
    at, place = tuple_(own.c.kind, own.c.slug), tuple_(bind("kind"), bind("slug"))
    if descending:
        return CompiledStatement(select(own.c.id).where(at >= place).order_by(own.c.kind, own.c.slug).limit(1))
    return CompiledStatement(select(own.c.id).where(at <= place).order_by(own.c.kind.desc(), own.c.slug.desc()).limit(1))


_FIRST, _LAST = _place(descending=False), _place(descending=True)
