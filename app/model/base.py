"""The metadata of all tables, and the column types and constraints that several of them share."""

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

# Compared by bytes on both engines, so that lists sort alike on SQLite and PostgreSQL, whatever the server's locale.
TEXT = Text().with_variant(Text(collation="C"), "postgresql")
PRECISION = String(5)


class Base(DeclarativeBase):
    """The base of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {str: TEXT}


def one_of(literal: Any, name: str) -> Enum:
    """Return the type of a text column that holds one of the values of a `Literal`, enforced by a CHECK constraint `name`."""
    return Enum(*get_args(literal), name=name, native_enum=False, create_constraint=True, length=40)


def not_empty(*names: str) -> tuple[CheckConstraint, ...]:
    """Return constraints that refuse empty strings in the columns: unknown is NULL."""
    return tuple(CheckConstraint(column(name) != "", name=f"{name}_not_empty") for name in names)


def partial_date(name: str) -> tuple[CheckConstraint, ...]:
    """Return the constraints of the columns `name` and `name_precision` of a partial date.

    Both are NULL or neither is, and the date is the first day of its year, month or day.
    """
    first, precision = column(name, Date), column(f"{name}_precision", TEXT)
    return (
        CheckConstraint(first.is_(None) == precision.is_(None), name=f"{name}_has_precision"),
        CheckConstraint(precision.in_(["year", "month", "day"]), name=f"{name}_precision"),
        CheckConstraint(or_(precision == "day", extract("day", first) == 1), name=f"{name}_first_day"),
        CheckConstraint(or_(precision != "year", extract("month", first) == 1), name=f"{name}_first_month"),
    )


def in_order(first: str, last: str) -> CheckConstraint:
    """Return the constraint that the partial date `first` is not after the end of the partial date `last`."""
    start, end, precision = column(first, Date), column(last, Date), column(f"{last}_precision", TEXT)
    same_year = extract("year", start) == extract("year", end)
    same_month = and_(same_year, extract("month", start) == extract("month", end))
    within = or_(and_(precision == "year", same_year), and_(precision == "month", same_month))
    return CheckConstraint(or_(start <= end, within), name=f"{first}_not_after_{last}")


def is_digest(name: str) -> CheckConstraint:
    """Return the constraint that a column holds a SHA-256 digest in hexadecimal."""
    return CheckConstraint(f"length({name}) = 64", name=f"{name}_is_sha256")
