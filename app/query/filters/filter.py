"""A query parameter that filters a list, and the index scan that it makes possible."""

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
    """An index that returns the matching records of one filter value in the order of their ids.

    A page read along it costs the same however long the list is: nothing has to be sorted.
    """

    id: ColumnElement[Any]
    """The column with the record's id: of a row that belongs to the record, or the record's end of a link."""
    conditions: Callable[[Binds], list[ColumnElement[bool]]]
    """Build the conditions from the bind parameters of one value. At most one row of each record meets them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Filter:
    """One query parameter that filters a list."""

    name: str
    annotation: Any
    """The type of one value, for Pydantic."""
    many: bool
    """True if the parameter can be repeated."""
    help: str
    """The description of the parameter in the API's documentation."""
    example: Any
    condition: Callable[[Binds], ColumnElement[bool]]
    """Build the SQL condition from bind parameters, or from the value itself if `inlined`."""
    values: Callable[[Any], list[Any]] = list
    """Return the values to bind for a value of the parameter or, if it names records, for their ids."""
    inlined: bool = False
    """True if the value decides the condition instead of being bound, as in `__isnull`."""
    vocabulary: InstrumentedAttribute[Any] | None = None
    """The column whose distinct values are the valid ones."""
    related: Resource | None = None
    """The kind that values name records of, by slug or id; the ids of these records in the database are bound."""
    ids: bool = False
    """True if values are public ids of records of any kind; the ids in the database of those that exist are bound."""

    by_link: bool = False
    """True if it selects the records that a link connects to any of the named records."""
    scan: OrderedIndexScan | None = None
    """The scan that can replace the condition if this is the only filter and it has one value."""
    drives_scan: bool = False
    """True if the scan is used beside other filters as well."""
    binds_per_value: int = 1
    """The number of bind parameters that one value takes in `scan`."""

    def bind_name(self, n: int) -> str:
        """Return the name of the n-th bind parameter.

        It differs from the names that SQLAlchemy gives to constants, such as `kind_1` for a column `kind`.
        """
        return f"{self.name}_v{n}"

    def binds(self, count: int) -> list[BindParameter[Any]]:
        """Return the first `count` bind parameters."""
        return [bind(self.bind_name(n)) for n in range(count)]

    def condition_on(self, values: Sequence[Any]) -> ColumnElement[bool]:
        """Return the condition with the values as literals, for statements that are not shared between queries."""
        return self.condition(values if self.inlined else [literal(value) for value in self.values(values)])
