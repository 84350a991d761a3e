"""The metadata that every table hangs on, and the column types and constraints that recur.

Knows nothing of any single table.
"""

from typing import Any, ClassVar, get_args

from sqlalchemy import CheckConstraint, Date, Enum, MetaData, String, Text, and_, column, extract, or_
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

# Byte order on both engines, so that a list sorts alike on SQLite and on PostgreSQL whatever the server's locale.
TEXT = Text().with_variant(Text(collation="C"), "postgresql")
PRECISION = String(5)


class Base(DeclarativeBase):
    """Every table of Casebook."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {str: TEXT}


def one_of(literal: Any, name: str) -> Enum:
    """A text column that holds one of the values of a `Literal`, kept so by a CHECK constraint called `name`."""
    return Enum(*get_args(literal), name=name, native_enum=False, create_constraint=True, length=40)


def not_empty(*names: str) -> tuple[CheckConstraint, ...]:
    """Unknown is NULL, never the empty string."""
    return tuple(CheckConstraint(column(name) != "", name=f"{name}_not_empty") for name in names)


def partial_date(name: str) -> tuple[CheckConstraint, ...]:
    """The date `name` and `name_precision` are known together; the date is the first day of what is known of it."""
    first, precision = column(name, Date), column(f"{name}_precision", TEXT)
    return (
        CheckConstraint(first.is_(None) == precision.is_(None), name=f"{name}_has_precision"),
        CheckConstraint(precision.in_(["year", "month", "day"]), name=f"{name}_precision"),
        CheckConstraint(or_(precision == "day", extract("day", first) == 1), name=f"{name}_first_day"),
        CheckConstraint(or_(precision != "year", extract("month", first) == 1), name=f"{name}_first_month"),
    )


def in_order(first: str, last: str) -> CheckConstraint:
    """The partial date `first` is not after the end of the partial date `last`."""
    start, end, precision = column(first, Date), column(last, Date), column(f"{last}_precision", TEXT)
    same_year = extract("year", start) == extract("year", end)
    same_month = and_(same_year, extract("month", start) == extract("month", end))
    within = or_(and_(precision == "year", same_year), and_(precision == "month", same_month))
    return CheckConstraint(or_(start <= end, within), name=f"{first}_not_after_{last}")


def is_digest(name: str) -> CheckConstraint:
    """A SHA-256 in hexadecimal."""
    return CheckConstraint(f"length({name}) = 64", name=f"{name}_is_sha256")
