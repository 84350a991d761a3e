"""The operators of filters, one row each: what they are called, what they accept, and the condition that they make.

A condition is made of binds, before any value is known; the values that go into them are made of what a client gives. A date
stands for the range of days that it means. Unknown counts as different (`__ne`), never as before or after.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Date, Text, and_, false, not_, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from app.model.partial_date import day_range
from app.query.filters.types import is_ordered, is_text

Binds = Sequence[ColumnElement[Any]]
Condition = Callable[[ColumnElement[Any], Binds], ColumnElement[bool]]
Values = Callable[[ColumnElement[Any], Any], list[Any]]


def as_given(_column: ColumnElement[Any], value: Any) -> list[Any]:
    """Values as they are."""
    return list(value) if isinstance(value, list) else [value]


@dataclass(frozen=True)
class Operator:
    """One way to compare a field with values."""

    suffix: str
    help: str
    condition: Condition
    values: Values = as_given
    """What is bound for what a client gives: as many for each value."""
    many: bool = False
    """Whether it may be given again."""
    fits: Callable[[ColumnElement[Any]], bool] = lambda _column: True


class Lower(FunctionElement[str]):
    """Text in lower case, beyond ASCII as well: by a function of ours on SQLite, by a collation on PostgreSQL (17 or newer)."""

    type = Text()
    inherit_cache = True


@compiles(Lower, "sqlite")
def _on_sqlite(element: Lower, compiler: Any, **kw: Any) -> str:
    return f"lower({compiler.process(element.clauses, **kw)})"


@compiles(Lower, "postgresql")
def _on_postgresql(element: Lower, compiler: Any, **kw: Any) -> str:
    return f'lower({compiler.process(element.clauses, **kw)} COLLATE "pg_c_utf8")'


def equal(column: ColumnElement[Any], binds: Binds) -> ColumnElement[bool]:
    """The column is one of the values; a date lies in one of the ranges."""
    if isinstance(column.type, Date):
        ranges = zip(binds[::2], binds[1::2], strict=True)
        return or_(false(), *(and_(column >= first, column < after) for first, after in ranges))
    return column == binds[0] if len(binds) == 1 else column.in_(binds)


def ranges_of(column: ColumnElement[Any], values: Iterable[Any]) -> list[Any]:
    """The values, or for dates where each range begins and what comes after it."""
    return [day for value in values for day in day_range(value)] if isinstance(column.type, Date) else list(values)


def contains(column: ColumnElement[Any], binds: Binds) -> ColumnElement[bool]:
    """The text holds one of the values, in either case."""
    return or_(false(), *(Lower(column).like(bind, escape="/") for bind in binds))


def patterns_of(_column: ColumnElement[Any], values: Iterable[str]) -> list[str]:
    """Patterns of texts that hold the values."""
    marks = str.maketrans({mark: f"/{mark}" for mark in "/%_"})
    return [f"%{value.lower().translate(marks)}%" for value in values]


def _from(column: ColumnElement[Any], binds: Binds) -> ColumnElement[bool]:
    return column >= binds[0]


def _before(column: ColumnElement[Any], binds: Binds) -> ColumnElement[bool]:
    return column < binds[0]


def _after(column: ColumnElement[Any], binds: Binds) -> ColumnElement[bool]:
    return column >= binds[0] if isinstance(column.type, Date) else column > binds[0]


def _until(column: ColumnElement[Any], binds: Binds) -> ColumnElement[bool]:
    return column < binds[0] if isinstance(column.type, Date) else column <= binds[0]


def _first(column: ColumnElement[Any], value: Any) -> list[Any]:
    return [day_range(value)[0] if isinstance(column.type, Date) else value]


def _day_after(column: ColumnElement[Any], value: Any) -> list[Any]:
    return [day_range(value)[1] if isinstance(column.type, Date) else value]


def differs(column: ColumnElement[Any], binds: Binds) -> ColumnElement[bool]:
    """The column is none of the values, or unknown."""
    return or_(column.is_(None), not_(equal(column, binds)))


SINGLE = (
    Operator("", "given again, any of the values", equal, ranges_of, many=True),
    Operator("__ne", "other than the value, or unknown; given again, other than all of them", differs, ranges_of, many=True),
    Operator(
        "__contains", "holds this text, in either case; given again, any of them", contains, patterns_of, many=True, fits=is_text
    ),
    Operator("__gte", "from this on; a year or month means its first day", _from, _first, fits=is_ordered),
    Operator("__gt", "after this; a year or month means its last day", _after, _day_after, fits=is_ordered),
    Operator("__lte", "until this; a year or month means its last day", _until, _day_after, fits=is_ordered),
    Operator("__lt", "before this; a year or month means its first day", _before, _first, fits=is_ordered),
)
"""For fields of one value."""

ANY, NONE, ALL, ISNULL = "", "__ne", "__all", "__isnull"
"""For fields of many values and for related records: any of the values, none of them, every one of them, nothing at all."""
