"""Counts by the values of a field: the facets of a list, and statistics by one or two fields.

A record with several values counts under each of them, one without a value under null. Enumerations list values with a count
of 0 as well.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import product
from typing import Any

import orjson
from sqlalchemy import FromClause, func, select, text
from sqlalchemy.sql.elements import ColumnElement, Label

from app.database import CompiledStatement, Snapshot, bind
from app.model.release import FacetCount
from app.model.resource import Resource, table
from app.query.lists.estimates import MOST_COUNTED, is_sampled, restrict_to_sample
from app.query.lists.grouping import Grouping
from app.query.lists.rows import conversion, reads_record_table
from app.query.lists.without_index import without_index

SMALL_SHARE = 2
"""A filtered list is small if it has less than one in this many of all rows.

SQLite finds the rows of a small list faster by an index for its filters than by an index for the values that are counted.
"""
MAX_GROUPS = 1_000
FACET_COUNT = table(FacetCount)
STORED_COUNTS = CompiledStatement(
    select(FACET_COUNT.c.counts).where(FACET_COUNT.c.resource == bind("resource"), FACET_COUNT.c.grouping == bind("grouping"))
)

Groups = list[tuple[tuple[Any, ...], int]]
"""Combinations of values with their counts, the most frequent first."""


@dataclass(frozen=True)
class Counts:
    """The number of records with each combination of values."""

    rows: Groups
    """At most `MAX_GROUPS` combinations, the most frequent first."""
    truncated: bool
    """True if there are more combinations."""
    axes: list[list[Any]]
    """The values of each grouping, in their own order."""
    are_exact: bool = True
    """False if the counts are estimated from a sample."""

    def in_order(self) -> Groups:
        """Return the combinations in the order of their values."""
        positions = [{value: position for position, value in enumerate(axis)} for axis in self.axes]
        return sorted(self.rows, key=lambda row: [positions[n][value] for n, value in enumerate(row[0])])


class GroupCounter:
    """Counts the rows of a list by one or more groupings, with one statement.

    There are four ways, from the cheapest:

    - one grouping, no filters: the loader has stored the counts;
    - more rows than can be counted: the counts are estimated from a sample;
    - a small list: its rows are found by its filters, and no index of the values is used;
    - else the database chooses the index, as a rule that of the values.
    """

    def __init__(
        self, resource: Resource, rows: FromClause, groupings: Sequence[Grouping], conditions: Sequence[ColumnElement[bool]]
    ) -> None:
        source = resource.rows if reads_record_table(grouping.column for grouping in groupings) else rows
        for grouping in groupings:
            for value_rows, on_clause in grouping.joined:
                source = source.outerjoin(value_rows, on_clause)
        labels = [grouping.column.label(f"value_{n}") for n, grouping in enumerate(groupings)]
        unindexed = [without_index(grouping.column).label(f"value_{n}") for n, grouping in enumerate(groupings)]
        repeats_records = any(grouping.joined for grouping in groupings)
        count = func.count(resource.id.distinct()) if repeats_records else func.count()
        self._groupings, self._kind, self._is_filtered = groupings, resource.kind, bool(conditions)
        self._conversions: list[Callable[[Any], Any]] = [conversion(label) or _unchanged for label in labels]
        self._has_sample = is_sampled(resource)
        self._stored = (
            {"resource": resource.name, "grouping": groupings[0].name} if len(groupings) == 1 and not conditions else None
        )
        self._statement = _count_statement(source, labels, count, conditions)
        self._small_list_statement = cache(partial(_count_statement, source, unindexed, count, conditions))
        self._sample_statement = cache(partial(_estimate_statement, resource, source, labels, count, conditions))

    @property
    def size(self) -> int:
        """The bytes that its statements take, at most about: the one that counts and two of the same length."""
        return 3 * self._statement.size

    async def counts(self, snapshot: Snapshot, values: Mapping[str, Any], total: int, *, is_exact: bool) -> Counts:
        """Return the counts for these values to bind. `total` is the number of rows, or less than that if not `is_exact`."""
        stored = await self._stored_counts(snapshot)
        if stored:
            return self.complete(stored)
        estimated = self._has_sample and (total > MOST_COUNTED or not is_exact)
        groups = await self.groups(snapshot, values, estimated=estimated, small=self.is_small(snapshot, total))
        return self.complete(groups, are_exact=not estimated)

    def is_small(self, snapshot: Snapshot, total: int) -> bool:
        """Return whether a filtered list of this many rows is small compared with all rows, and can be counted."""
        total_unfiltered = snapshot.release.counts.get(self._kind, 0)
        return self._is_filtered and total <= MOST_COUNTED and total * SMALL_SHARE < total_unfiltered

    def complete(self, groups: Groups, *, are_exact: bool = True) -> Counts:
        """Return the counts with the combinations that no record has, cut off at `MAX_GROUPS`."""
        shown = groups[:MAX_GROUPS]
        present = {values for values, _ in shown}
        axes = [_axis(grouping, {values[n] for values in present}) for n, grouping in enumerate(self._groupings)]
        rows = shown + [(values, 0) for values in product(*axes) if values not in present]
        return Counts(rows[:MAX_GROUPS], len(groups) > MAX_GROUPS or len(rows) > MAX_GROUPS, axes, are_exact)

    async def groups(
        self, snapshot: Snapshot, values: Mapping[str, Any], *, estimated: bool = False, small: bool = False
    ) -> Groups:
        """Count, and return at most `MAX_GROUPS` + 1 combinations, so that the caller can tell if there are more."""
        statement = self._sample_statement() if estimated else self._small_list_statement() if small else self._statement
        return [
            (tuple(convert(value) for convert, value in zip(self._conversions, row, strict=False)), int(row[-1]))
            for row in await snapshot.fetch(statement, **values)
        ]

    async def _stored_counts(self, snapshot: Snapshot) -> Groups:
        """Return the counts that the loader has stored; none for a filtered list or several groupings."""
        rows = await snapshot.fetch(STORED_COUNTS, **self._stored) if self._stored else ()
        return [((value,), count) for value, count in orjson.loads(rows[0][0])] if rows else []


def marginal(groups: Groups, position: int) -> Groups:
    """Return the counts by the value at one position of the combinations, in the order of `GroupCounter.groups`."""
    sums = Counter[Any]()
    for values, count in groups:
        sums[values[position]] += count
    return [((value,), sums[value]) for value in sorted(sums, key=lambda value: (-sums[value], value is None, value))]


def _count_statement(
    source: FromClause, labels: Sequence[Label[Any]], count: ColumnElement[Any], conditions: Sequence[ColumnElement[bool]]
) -> CompiledStatement:
    """Build the statement that counts rows of `source` by values, the most frequent first."""
    counts = select(*labels, count.label("number")).select_from(source).where(*conditions).group_by(*labels)
    in_order = counts.order_by(text("number DESC"), *(label.nulls_last() for label in labels))
    return CompiledStatement(in_order.limit(MAX_GROUPS + 1))


def _estimate_statement(
    resource: Resource,
    source: FromClause,
    labels: Sequence[Label[Any]],
    count: ColumnElement[Any],
    conditions: Sequence[ColumnElement[bool]],
) -> CompiledStatement:
    """Build the statement that estimates the same counts from the sample."""
    sampled, estimate, sampled_conditions = restrict_to_sample(resource, source, count, conditions)
    return _count_statement(sampled, labels, estimate, sampled_conditions)


def _unchanged(value: Any) -> Any:
    return value


def _axis(grouping: Grouping, values: set[Any]) -> list[Any]:
    """Return the values of a grouping in order, null last: all of an enumeration, years and numbers without gaps."""
    known = sorted(values - {None}, key=lambda value: value if grouping.step else str(value))
    if grouping.closed:
        known = list(grouping.closed)
    elif grouping.step and known:
        known = list(range(known[0], known[-1] + 1, grouping.step))
    return known + ([None] if None in values else [])
