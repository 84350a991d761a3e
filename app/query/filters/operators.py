"""The operators of filters, one row each: suffix, values to bind, and SQL condition.

A condition is built from bind parameters, so that it is compiled once; `values` then turns the values of a request into the
values to bind. A date of partial precision means its range of days. NULL differs from every value (`__ne`), and is neither
before nor after any.
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
FIRST_DAY, LAST_DAY = "a year or month means its first day.", "a year or month means its last day."


def unchanged(_column: ColumnElement[Any], value: Any) -> list[Any]:
    """Return one value or several as a list."""
    return list(value) if isinstance(value, list) else [value]


@dataclass(frozen=True)
class Operator:
    """One way to compare a field with values."""

    suffix: str
    help: str
    condition: Condition
    values: Values = unchanged
    """Return the values to bind, the same number for each value of the parameter."""
    many: bool = False
    """True if the parameter can be repeated."""
    fits: Callable[[ColumnElement[Any]], bool] = lambda _column: True
    """Return whether fields with this column have the operator."""
    date_help: str = ""
    """The description for dates, if it differs from `help`."""

    def help_for(self, column: ColumnElement[Any]) -> str:
        """Return the description of the parameter for a field with this column."""
        return self.date_help or self.help if isinstance(column.type, Date) else self.help


class Lower(FunctionElement[str]):
    """Text in lower case, beyond ASCII too: by a function of Casebook's on SQLite, by a collation on PostgreSQL (17+)."""

    type = Text()
    inherit_cache = True


@compiles(Lower, "sqlite")
def _on_sqlite(element: Lower, compiler: Any, **kw: Any) -> str:
    return f"lower({compiler.process(element.clauses, **kw)})"


@compiles(Lower, "postgresql")
def _on_postgresql(element: Lower, compiler: Any, **kw: Any) -> str:
    return f'lower({compiler.process(element.clauses, **kw)} COLLATE "pg_c_utf8")'


def equal(column: ColumnElement[Any], binds: Binds) -> ColumnElement[bool]:
    """Return the condition that a column equals one of the values or, for dates, lies in one of the ranges."""
    if isinstance(column.type, Date):
        ranges = zip(binds[::2], binds[1::2], strict=True)
        return or_(false(), *(and_(column >= first, column < after) for first, after in ranges))
    return column == binds[0] if len(binds) == 1 else column.in_(binds)


def equal_values(column: ColumnElement[Any], values: Iterable[Any]) -> list[Any]:
    """Return the values to bind for `equal`: for dates, the first day of each range and the day after its last."""
    return [day for value in values for day in day_range(value)] if isinstance(column.type, Date) else list(values)


def contains(column: ColumnElement[Any], binds: Binds) -> ColumnElement[bool]:
    """Return the condition that a text contains one of the values, ignoring case."""
    return or_(false(), *(Lower(column).like(bind, escape="/") for bind in binds))


def contains_values(_column: ColumnElement[Any], values: Iterable[str]) -> list[str]:
    """Return the values to bind for `contains`: LIKE patterns, with `/` as the escape character."""
    escapes = str.maketrans({character: f"/{character}" for character in "/%_"})
    return [f"%{value.lower().translate(escapes)}%" for value in values]


def _gte(column: ColumnElement[Any], binds: Binds) -> ColumnElement[bool]:
    return column >= binds[0]


def _lt(column: ColumnElement[Any], binds: Binds) -> ColumnElement[bool]:
    return column < binds[0]


def _gt(column: ColumnElement[Any], binds: Binds) -> ColumnElement[bool]:
    return column >= binds[0] if isinstance(column.type, Date) else column > binds[0]


def _lte(column: ColumnElement[Any], binds: Binds) -> ColumnElement[bool]:
    return column < binds[0] if isinstance(column.type, Date) else column <= binds[0]


def _first_day(column: ColumnElement[Any], value: Any) -> list[Any]:
    """Return the first day of a date's range, or a number as it is."""
    return [day_range(value)[0] if isinstance(column.type, Date) else value]


def _day_after(column: ColumnElement[Any], value: Any) -> list[Any]:
    """Return the day after a date's range, or a number as it is. With it, `_gt` is `>=` and `_lte` is `<`."""
    return [day_range(value)[1] if isinstance(column.type, Date) else value]


def differs(column: ColumnElement[Any], binds: Binds) -> ColumnElement[bool]:
    """Return the condition that a column equals none of the values, or is NULL."""
    return or_(column.is_(None), not_(equal(column, binds)))


SINGLE = (
    Operator("", "Repeat to match any of several values (OR).", equal, equal_values, many=True),
    Operator(
        "__ne",
        "Excludes this value; records without a value are kept. Repeat to exclude several.",
        differs,
        equal_values,
        many=True,
    ),
    Operator(
        "__contains",
        "Contains this text, ignoring case. Repeat to match any of several texts (OR).",
        contains,
        contains_values,
        many=True,
        fits=is_text,
    ),
    Operator(
        "__gte", "Greater than or equal to.", _gte, _first_day, fits=is_ordered, date_help=f"On or after this date; {FIRST_DAY}"
    ),
    Operator("__gt", "Greater than.", _gt, _day_after, fits=is_ordered, date_help=f"After this date; {LAST_DAY}"),
    Operator(
        "__lte", "Less than or equal to.", _lte, _day_after, fits=is_ordered, date_help=f"On or before this date; {LAST_DAY}"
    ),
    Operator("__lt", "Less than.", _lt, _first_day, fits=is_ordered, date_help=f"Before this date; {FIRST_DAY}"),
)
"""The operators of fields with one value."""

ANY, NONE, ALL, ISNULL = "", "__ne", "__all", "__isnull"
"""The suffixes for multivalued fields and related records: any of the values, none of them, all of them, no value."""
