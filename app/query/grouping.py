"""Counting by the values of a field: facets of a list, and statistics in one or two dimensions.

A record with several values counts under each; one with none counts under null. Closed sets show their zeros.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import orjson
from sqlalchemy import Boolean, Date, Enum, FromClause, Integer, cast, extract, func, inspect, select
from sqlalchemy.sql.elements import ColumnElement

from app.catalog.release import Tally
from app.catalog.resource import Field, Resource, table
from app.database import Prepared, Snapshot, bound
from app.query.filters import parent_column
from app.query.shape import conversion, looks_at_records

MAX_GROUPS = 1_000
TALLY = table(Tally)
TALLIED = Prepared(select(TALLY.c.counts).where(TALLY.c.resource == bound("resource"), TALLY.c.grouping == bound("grouping")))


@dataclass(frozen=True)
class Grouping:
    """One way to group a resource's rows."""

    name: str
    help: str
    example: Any
    column: ColumnElement[Any]
    joined: tuple[FromClause, ColumnElement[bool]] | None = None
    """For a field of many values: its rows under another name, and what ties them to the record."""
    closed: tuple[Any, ...] = ()
    """All values that there can be, where the schema says so."""
    step: int = 0
    """For years and other numbers: how far one is from the next."""


@dataclass(frozen=True)
class Counts:
    """How many records there are of each combination of values."""

    rows: list[tuple[tuple[Any, ...], int]]
    """The most frequent first."""
    truncated: bool
    axes: list[list[Any]]
    """The values of each grouping, in their order."""

    def in_order(self) -> list[tuple[tuple[Any, ...], int]]:
        """The same in the order of the values."""
        places = [{value: place for place, value in enumerate(axis)} for axis in self.axes]
        return sorted(self.rows, key=lambda row: [places[n][value] for n, value in enumerate(row[0])])


def groupings(resource: Resource) -> Mapping[str, Grouping]:
    """What a resource's list can be grouped by, by name."""
    made = [grouping for name, field in resource.fields.items() for grouping in _of_field(resource, name, field)]
    return {grouping.name: grouping for grouping in made}


class Counting:
    """Counting by some groupings, under conditions whose values are bound. One statement.

    By one grouping of a whole list, the loader has counted.
    """

    def __init__(
        self, resource: Resource, rows: FromClause, by: Sequence[Grouping], where: Sequence[ColumnElement[bool]]
    ) -> None:
        source = resource.rows if looks_at_records(grouping.column for grouping in by) else rows
        for grouping in by:
            if grouping.joined is not None:
                source = source.outerjoin(*grouping.joined)
        values = [grouping.column.label(f"value_{n}") for n, grouping in enumerate(by)]
        distinct = any(grouping.joined is not None for grouping in by)
        number = (func.count(resource.id.distinct()) if distinct else func.count()).label("number")
        statement = select(*values, number).select_from(source).where(*where).group_by(*values)
        in_order = statement.order_by(number.desc(), *(value.nulls_last() for value in values))
        self._by, self._prepared = by, Prepared(in_order.limit(MAX_GROUPS + 1))
        self._conversions = [conversion(value) or _as_it_is for value in values]
        self._tallied = {"resource": resource.name, "grouping": by[0].name} if len(by) == 1 and not where else None

    async def counts(self, snapshot: Snapshot, values: Mapping[str, Any]) -> Counts:
        """The counts for these values."""
        found = await self._known(snapshot) or await self.rows(snapshot, values)
        rows = found[:MAX_GROUPS]
        seen = {values for values, _ in rows}
        axes = [_axis(grouping, {values[n] for values in seen}) for n, grouping in enumerate(self._by)]
        zeros = [(values, 0) for values in product(*axes) if values not in seen]
        every = rows + zeros
        return Counts(every[:MAX_GROUPS], len(found) > MAX_GROUPS or len(every) > MAX_GROUPS, axes)

    async def rows(self, snapshot: Snapshot, values: Mapping[str, Any]) -> list[tuple[tuple[Any, ...], int]]:
        """What is counted, the most frequent first; one more than is shown where there are more."""
        return [
            (tuple(convert(value) for convert, value in zip(self._conversions, row, strict=False)), int(row[-1]))
            for row in await snapshot.fetch(self._prepared, **values)
        ]

    async def _known(self, snapshot: Snapshot) -> list[tuple[tuple[Any, ...], int]]:
        """The same where the loader has counted; empty where it has not."""
        found = await snapshot.fetch(TALLIED, **self._tallied) if self._tallied else ()
        return [((value,), number) for value, number in orjson.loads(found[0][0])] if found else []


def _as_it_is(value: Any) -> Any:
    return value


def _axis(grouping: Grouping, seen: set[Any]) -> list[Any]:
    """All values of a grouping, in order: those of a closed set, or those there are; years without a gap; the unknown last."""
    known = sorted(seen - {None}, key=lambda value: value if grouping.step else str(value))
    if grouping.closed:
        known = list(grouping.closed)
    elif grouping.step and known:
        known = list(range(known[0], known[-1] + 1, grouping.step))
    return known + ([None] if None in seen else [])


def _of_field(resource: Resource, name: str, field: Field) -> list[Grouping]:
    public = resource.schema.model_fields[name]
    column, help_ = field.shown, public.description or ""
    example = (public.examples or [None])[0]
    if isinstance(column.type, Date):
        year = cast(extract("year", column), Integer)
        return [
            Grouping(f"{name}_year", f"Year of: {help_}", 1993, year, step=1),
            Grouping(f"{name}_decade", f"Decade of: {help_}", 1990, year // 10 * 10, step=10),
        ]
    counted = field.facet or field.vocabulary is not None or field.record is not None
    if not field.filter or not (counted or isinstance(column.type, Enum | Boolean)):
        return []
    closed = (
        tuple(column.type.enums) if isinstance(column.type, Enum) else (True, False) if isinstance(column.type, Boolean) else ()
    )
    if field.of is None:
        return [Grouping(name, help_, example, column, None, closed, step=1 if isinstance(column.type, Integer) else 0)]
    example = example[0] if isinstance(example, list) and example else None
    return [Grouping(field.singular or name, help_, example, *_joined(resource, field), closed)]


def _joined(resource: Resource, field: Field) -> tuple[ColumnElement[Any], tuple[FromClause, ColumnElement[bool]]]:
    """The values of a field of many under names of their own, so that filters by the same table stay apart."""
    assert field.of is not None  # noqa: S101 - asked only of fields of many values
    own = table(field.of).alias()
    ties = own.c[parent_column(resource, field).key or ""] == resource.id
    further = inspect(field.column).parent.local_table
    if further is table(field.of):
        return own.c[field.expression.key or ""], (own, ties)
    other = further.alias()
    return other.c[field.expression.key or ""], (own.join(other), ties)
