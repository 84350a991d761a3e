"""Order and keyset paging: after which row a page begins, said in values and not in a count.

A cursor carries the sort values and the public key of the last row, so it goes on correctly also after a new release.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Date, Float, Integer, and_, false, func, or_, select, tuple_
from sqlalchemy.sql.elements import ColumnElement

from app.catalog.error import InvalidQuery, Problem
from app.catalog.record import Record
from app.catalog.resource import Resource, core, table

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
        """Rows that come after the row with these values of the keys."""
        *rest, last = self.keys
        if not any(key.nullable or key.descending != last.descending for key in rest):
            row, at = tuple_(*(key.column for key in self.keys)), tuple_(*values)
            return row < at if last.descending else row > at
        condition = last.beyond(values[-1])
        for key, value in reversed(list(zip(rest, values, strict=False))):
            condition = or_(key.beyond(value), and_(key.same(value), condition))
        return condition


def order(resource: Resource, sort: Sequence[str]) -> Order:
    """The order that `sort=` asks for."""
    keys = []
    for name in dict.fromkeys(key.removeprefix("-") for key in sort):
        field, descending = resource.fields[name], f"-{name}" in sort
        column = field.expression if field.sort is True or field.sort is False else core(field.sort)
        keys.append(Key(column, descending, getattr(column, "nullable", True)))
    return Order(resource, (*keys, Key(resource.id, bool(keys) and keys[0].descending, False)))


def fingerprint(*parts: object) -> str:
    """A short digest of what a query asks for, whatever the page."""
    return hashlib.sha256(orjson.dumps(parts, default=str, option=orjson.OPT_NON_STR_KEYS)).hexdigest()[:16]


def encode(asked: str, values: Sequence[Any], key: str) -> str:
    """The cursor after the row with these sort values and this public key."""
    return base64.urlsafe_b64encode(orjson.dumps([asked, *values, key])).decode().rstrip("=")


def decode(cursor: str, asked: str, order_: Order) -> list[Any]:
    """The values that a cursor carries, the id as an expression. InvalidQuery where it is not of this query."""
    try:
        if not re.fullmatch(r"[A-Za-z0-9_-]+", cursor):
            raise ValueError
        given, *values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if given != asked or len(values) != len(order_.keys):
            raise ValueError
        typed = [_typed(key, value) for key, value in zip(order_.keys[:-1], values[:-1], strict=True)]
        return [*typed, _id_at(order_, values[-1])]
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


def _id_at(order_: Order, key: Any) -> Any:
    """The id that the row of a public key has, or would have: records are numbered in the order of (kind, slug)."""
    resource, last = order_.resource, order_.keys[-1]
    if resource is None or not resource.is_record:
        return _typed(last, key)
    if not isinstance(key, str) or "\x00" in key:
        raise ValueError
    own = table(Record)
    at, place = tuple_(own.c.kind, own.c.slug), tuple_(*key.split(":", 1))
    if last.descending:
        return func.coalesce(
            select(own.c.id).where(at >= place).order_by(own.c.kind, own.c.slug).limit(1).scalar_subquery(), FARTHEST
        )
    near = select(own.c.id).where(at <= place).order_by(own.c.kind.desc(), own.c.slug.desc()).limit(1)
    return func.coalesce(near.scalar_subquery(), 0)
