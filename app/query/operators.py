"""The operators of filters, one row each: what they are called, what they accept, and the condition that they make.

A date stands for the range of days that it means. Unknown counts as different (`__ne`), never as before or after.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Date, Text, and_, false, not_, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from app.catalog.partial_date import days
from app.query.value import is_ordered, is_text

Condition = Callable[[ColumnElement[Any], Any], ColumnElement[bool]]


@dataclass(frozen=True)
class Operator:
    """One way to compare a field with values."""

    suffix: str
    help: str
    condition: Condition
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


def equal(column: ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    """The column is one of the values; a date lies in one of the ranges."""
    if isinstance(column.type, Date):
        return or_(false(), *(and_(column >= first, column < after) for first, after in map(days, values)))
    return column.in_(values)


def contains(column: ColumnElement[Any], values: Sequence[str]) -> ColumnElement[bool]:
    """The text holds one of the values, in either case."""
    return or_(false(), *(Lower(column).contains(value.lower(), autoescape=True) for value in values))


def _after(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    return column >= days(value)[1] if isinstance(column.type, Date) else column > value


def _until(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    return column < days(value)[1] if isinstance(column.type, Date) else column <= value


def _from(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    return column >= (days(value)[0] if isinstance(column.type, Date) else value)


def _before(column: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
    return column < (days(value)[0] if isinstance(column.type, Date) else value)


def differs(column: ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    """The column is none of the values, or unknown."""
    return or_(column.is_(None), not_(equal(column, values)))


SINGLE = (
    Operator("", "given again, any of the values", equal, many=True),
    Operator("__ne", "other than the value, or unknown; given again, other than all of them", differs, many=True),
    Operator("__contains", "holds this text, in either case; given again, any of them", contains, many=True, fits=is_text),
    Operator("__gte", "from this on; a year or month means its first day", _from, fits=is_ordered),
    Operator("__gt", "after this; a year or month means its last day", _after, fits=is_ordered),
    Operator("__lte", "until this; a year or month means its last day", _until, fits=is_ordered),
    Operator("__lt", "before this; a year or month means its first day", _before, fits=is_ordered),
)
"""For fields of one value."""

ANY, NONE, ALL, ISNULL = "", "__ne", "__all", "__isnull"
"""For fields of many values and for related records: any of the values, none of them, every one of them, nothing at all."""
