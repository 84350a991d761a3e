"""A parameter that narrows a list, and what is read along where it leads. Knows nothing of what makes it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, literal
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from app.database import bind
from app.model.resource import Resource
from app.query.filters.operators import Binds


@dataclass(frozen=True, kw_only=True, eq=False)
class OrderedIndexScan:
    """What holds the records that one value asks for in the order of their numbers: a list of any length can be read along it."""

    id: ColumnElement[Any]
    """The number of the record that a row belongs to or, of a link, of the record at the other end."""
    conditions: Callable[[Binds], list[ColumnElement[bool]]]
    """Made of what is bound for the one value; they hold once for each record."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Filter:
    """One parameter that narrows a list."""

    name: str
    annotation: Any
    many: bool
    help: str
    example: Any
    condition: Callable[[Binds], ColumnElement[bool]]
    """Made of as many binds as there are values."""
    values: Callable[[Any], list[Any]] = list
    """What is bound for what a client gives or, for records, for the numbers of those that it names."""
    fixed: bool = False
    """Whether what is given is part of the condition itself, as whether something is known."""
    vocabulary: InstrumentedAttribute[Any] | None = None
    related: Resource | None = None
    """Values are slugs or ids of this kind's records; their numbers are bound."""
    ids: bool = False
    """Values are ids of records of any kind; the numbers of those that there are are bound."""

    by_link: bool = False
    """Whether it keeps the records that a link ties to any of those named."""
    along: OrderedIndexScan | None = None
    """What to read along where the filter is given one value and is alone."""
    drives_scan: bool = False
    """Whether the list is read along it also where other filters narrow it."""
    binds_a_value: int = 1
    """How many binds one value takes, as far as `along` has use for it."""

    def place(self, n: int) -> str:
        """The name of a place for a value: none that SQLAlchemy gives to a constant, as `kind_1` beside a column `kind`."""
        return f"{self.name}_v{n}"

    def binds(self, count: int) -> list[BindParameter[Any]]:
        """Named places for values."""
        return [bind(self.place(n)) for n in range(count)]

    def of(self, values: Sequence[Any]) -> ColumnElement[bool]:
        """The condition on values that are known already."""
        return self.condition(values if self.fixed else [literal(value) for value in self.values(values)])
