"""What a list is narrowed to: which filters, with how many values each, and the values themselves, checked and bound.

Queries with the same filters share their statements, whatever the values.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy import BindParameter
from sqlalchemy.sql.elements import ColumnElement

from app.database import Snapshot, bind
from app.query.filters.filter import Filter
from app.query.lists.parameters import Parameters
from app.query.lookup import check_vocabulary, find_records

SCOPE = "scope"


@dataclass(frozen=True)
class Scope:
    """What a list is confined to, beside its parameters."""

    name: str = ""
    """What all lists that are confined so share, whatever the value."""
    condition: ColumnElement[bool] | None = None
    """With a bind called `SCOPE`."""
    value: Any = None
    label: str = ""
    """What makes the cursors of the list its own."""
    filter: Filter | None = None
    """The filter that the list is confined by, where it is by one."""


WHOLE = Scope()


@dataclass(frozen=True)
class BoundFilters:
    """The filters of a query and their values, and what it asks for in a form that equal queries share."""

    given: tuple[tuple[Filter, Any], ...]
    """Each filter with the number of its binds, or with what is given where that shapes its condition."""
    scope: Scope
    values: dict[str, Any]
    asked: list[Any]
    missing: list[str] | None
    """The ids asked for that there are not; None where the query names none."""

    @property
    def shape(self) -> Hashable:
        """What decides the statements."""
        return self.scope.name, tuple((filter_.name, part) for filter_, part in self.given)

    @property
    def alone(self) -> Filter | None:
        """The filter that narrows the list by itself, and to one value."""
        alone = [(self.scope.filter, 1)] if self.scope.condition is not None and not self.given else list(self.given)
        if len(alone) != 1 or (self.given and self.scope.condition is not None):
            return None
        filter_, count = alone[0]
        return filter_ if filter_ is not None and not filter_.fixed and count == filter_.binds_a_value else None

    @property
    def binds(self) -> list[BindParameter[Any]]:
        """Where all values are bound."""
        return list(map(bind, self.values))

    @property
    def where(self) -> list[ColumnElement[bool]]:
        """The conditions, with binds for values."""
        return self._where()

    @property
    def along(self) -> tuple[ColumnElement[Any], list[ColumnElement[bool]]] | None:
        """What the list can be read along, in the order of its numbers, and all conditions on what is read so."""
        leading = self.alone or next((filter_ for filter_, _ in self.given if filter_.drives_scan), None)
        if leading is None or leading.along is None:
            return None
        if self.alone:
            return leading.along.id, leading.along.conditions(self.binds)
        own = leading.along.conditions(leading.binds(leading.binds_a_value))
        return leading.along.id, [*own, *self._where(without=leading)]

    def _where(self, without: Filter | None = None) -> list[ColumnElement[bool]]:
        given = [(filter_, part) for filter_, part in self.given if filter_ is not without]
        made = [filter_.condition(part if filter_.fixed else filter_.binds(part)) for filter_, part in given]
        return made if self.scope.condition is None else [self.scope.condition, *made]


EVERYTHING = BoundFilters((), WHOLE, {}, ["", []], None)


async def bind_filters(snapshot: Snapshot, parameters: Parameters, asked: BaseModel, scope: Scope = WHOLE) -> BoundFilters:
    """The filters that are given. InvalidQuery where a value names nothing."""
    given = {parameters.filters[name]: value for name, value in _given(asked) if name in parameters.filters}
    if not given and scope is WHOLE:
        return EVERYTHING
    found = await find_records(snapshot, {filter_: value for filter_, value in given.items() if filter_.related or filter_.ids})
    await check_vocabulary(snapshot, {filter_: value for filter_, value in given.items() if filter_.vocabulary is not None})
    values: dict[str, Any] = {} if scope.condition is None else {SCOPE: scope.value}
    parts = tuple(
        (filter_, value if filter_.fixed else _bind(values, filter_, found.numbers.get(filter_, value)))
        for filter_, value in given.items()
    )
    named = any(filter_.ids for filter_ in given)
    same = [scope.label, sorted((filter_.name, value) for filter_, value in given.items())]
    return BoundFilters(parts, scope, values, same, found.missing if named else None)


def _given(asked: BaseModel) -> Sequence[tuple[str, Any]]:
    """What a client has given, in whatever order."""
    return [(name, value) for name in sorted(asked.model_fields_set) if (value := getattr(asked, name)) not in (None, [])]


def _bind(values: dict[str, Any], filter_: Filter, given: Any) -> int:
    """Add what is bound for a filter; how much that is."""
    more = {filter_.place(n): value for n, value in enumerate(filter_.values(given))}
    values |= more
    return len(more)
