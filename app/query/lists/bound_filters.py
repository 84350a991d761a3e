"""The filters of one query: which of them it uses, with how many values each, and these values, validated and ready to bind.

Queries with the same filters and numbers of values share their statements.
"""

from collections.abc import Hashable, Iterator
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
"""The name of the bind parameter in the condition of a `Scope`."""


@dataclass(frozen=True)
class Scope:
    """A condition on a list besides its parameters, such as the record that the path names."""

    name: str = ""
    """A name for the condition, the same for all values."""
    condition: ColumnElement[bool] | None = None
    """The condition, with a bind parameter named `SCOPE`; None for a list without a scope."""
    value: Any = None
    """The value of the bind parameter."""
    label: str = ""
    """The public form of the scope and its value. A cursor is valid only within the same one."""
    filter: Filter | None = None
    """The filter that has the same effect, if one has."""


UNSCOPED = Scope()


@dataclass(frozen=True)
class BoundFilters:
    """The filters that a query uses, and their values."""

    filters: tuple[tuple[Filter, Any], ...]
    """Each filter with the number of its bind parameters or, if it is inlined, with its value."""
    scope: Scope
    values: dict[str, Any]
    """The values to bind, by the name of the bind parameter."""
    query: list[Any]
    """The filters and values as the client gave them, in one order; a part of the fingerprint in cursors."""
    missing: list[str] | None
    """The values of `id` that name no record; None if the query has no `id`."""

    @property
    def statement_key(self) -> Hashable:
        """The key of the statements: equal for queries that share them."""
        return self.scope.name, tuple((filter_.name, part) for filter_, part in self.filters)

    @property
    def only_filter(self) -> Filter | None:
        """The filter of a list that has exactly one, with one value and not inlined. The scope counts as a filter."""
        scoped = self.scope.condition is not None
        if len(self.filters) + scoped != 1:
            return None
        filter_, count = (self.scope.filter, 1) if scoped else self.filters[0]
        return filter_ if filter_ is not None and not filter_.inlined and count == filter_.binds_per_value else None

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """The conditions of all filters, with bind parameters for values."""
        return self._conditions()

    @property
    def scan(self) -> tuple[ColumnElement[Any], list[ColumnElement[bool]]] | None:
        """The id column of the index scan that the list can be read along, and all conditions of that query; None without one."""
        if self.only_filter and self.only_filter.scan:
            binds: list[BindParameter[Any]] = list(map(bind, self.values))  # of the filter, or of the scope in its place
            return self.only_filter.scan.id, self.only_filter.scan.conditions(binds)
        driving = next((filter_ for filter_, _ in self.filters if filter_.drives_scan), None)
        if self.only_filter or driving is None or driving.scan is None:
            return None
        conditions = driving.scan.conditions(driving.binds(driving.binds_per_value))
        return driving.scan.id, [*conditions, *self._conditions(without=driving)]

    def _conditions(self, without: Filter | None = None) -> list[ColumnElement[bool]]:
        filters = [(filter_, part) for filter_, part in self.filters if filter_ is not without]
        conditions = [filter_.condition(part if filter_.inlined else filter_.binds(part)) for filter_, part in filters]
        return conditions if self.scope.condition is None else [self.scope.condition, *conditions]


UNFILTERED = BoundFilters((), UNSCOPED, {}, ["", []], None)


async def bind_filters(snapshot: Snapshot, parameters: Parameters, params: BaseModel, scope: Scope = UNSCOPED) -> BoundFilters:
    """Bind the filters that a query uses. InvalidQuery for an unknown related record or a value that is not in its vocabulary."""
    used = {parameters.filters[name]: value for name, value in _set_params(params) if name in parameters.filters}
    if not used and scope is UNSCOPED:
        return UNFILTERED
    records = await find_records(snapshot, {filter_: value for filter_, value in used.items() if filter_.related or filter_.ids})
    await check_vocabulary(snapshot, {filter_: value for filter_, value in used.items() if filter_.vocabulary is not None})
    values: dict[str, Any] = {} if scope.condition is None else {SCOPE: scope.value}
    filters: list[tuple[Filter, Any]] = []
    for filter_, value in used.items():
        if filter_.inlined:
            filters.append((filter_, value))
            continue
        bound = {filter_.bind_name(n): item for n, item in enumerate(filter_.values(records.ids.get(filter_, value)))}
        values |= bound
        filters.append((filter_, len(bound)))
    query = [scope.label, sorted((filter_.name, value) for filter_, value in used.items())]
    missing = records.missing if any(filter_.ids for filter_ in used) else None
    return BoundFilters(tuple(filters), scope, values, query, missing)


def _set_params(params: BaseModel) -> Iterator[tuple[str, Any]]:
    """Yield the parameters that have a value, by name, so that their order in the URL does not matter."""
    for name in sorted(params.model_fields_set):
        if (value := getattr(params, name)) not in (None, []):
            yield name, value
