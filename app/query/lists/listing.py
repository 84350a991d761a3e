"""The statements of lists that have the same filters, fields and sort. They are compiled once; only the bound values differ.

Knows nothing of what `include` embeds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import FromClause, func, literal, select
from sqlalchemy.sql.elements import ColumnElement

from app.database import CompiledStatement, Row, Snapshot, bind
from app.model.link import LinkCount
from app.model.record import Record
from app.model.resource import Resource, table
from app.query.lists.bound_filters import BoundFilters
from app.query.lists.estimates import MOST_COUNTED
from app.query.lists.facets import MAX_GROUPS, Counts, GroupCounter, marginal
from app.query.lists.grouping import Grouping
from app.query.lists.keyset import Order, Segment
from app.query.lists.rows import reads_record_table, shape_of
from app.query.lists.without_index import without_index

MAX_COUNTERS = 64
"""Combinations of groupings whose statements a listing keeps. There are more than any client needs, but a client can name all."""
LINK_COUNT = table(LinkCount)
LINKED_RECORDS = CompiledStatement(
    select(LINK_COUNT.c.records).where(LINK_COUNT.c.record_id == bind("record"), LINK_COUNT.c.kind == bind("kind"))
)


class _Read(NamedTuple):
    """The tables that pages are read from, the parts of the list, and the conditions on every part."""

    source: FromClause
    segments: tuple[Segment, ...]
    conditions: Sequence[ColumnElement[bool]]


class Listing:
    """A list with certain filters, fields and sort: its pages, its total, and its counts by value."""

    def __init__(self, resource: Resource, fields: Sequence[str], order: Order, bound_filters: BoundFilters) -> None:
        self.resource, self.order, self.shape = resource, order, shape_of(resource, fields)
        self._sort_keys = order.keys[:-1]
        self._is_filtered = bool(bound_filters.conditions)
        self._only_filter = bound_filters.only_filter
        self._read = _choose_read(resource, order, bound_filters)
        self._count_source, self._count_conditions = _counted_rows(resource, bound_filters)
        self._count = self._count_statement(bound_filters)
        self._pages: dict[tuple[int, tuple[bool, ...] | None], CompiledStatement] = {}
        self._counters: dict[tuple[str, ...], GroupCounter] = {}

    async def rows(self, snapshot: Snapshot, values: Mapping[str, Any], after: Sequence[Any] | None, limit: int) -> list[Row]:
        """Return at most `limit` rows after the one with these values of the sort keys. One statement for each segment read."""
        rows: list[Row] = []
        among_nulls = after is not None and after[0] is None
        for n, segment in enumerate(self._segments):
            if among_nulls and segment is not self._segments[-1]:
                continue  # rows with a value of the first key come before those without
            start = after[segment.skipped :] if after is not None and among_nulls == bool(segment.skipped) else None
            start_values = {f"after_{position}": value for position, value in enumerate(start or ())}
            rows += await snapshot.fetch(self._page(n, start), **values, **start_values, limit=limit - len(rows))
            if len(rows) >= limit:
                break
        return rows

    async def total(self, snapshot: Snapshot, values: Mapping[str, Any]) -> tuple[int, bool]:
        """Return the number of rows, and whether it is exact. At most one statement.

        Three cases: the release has the number of all records of a kind; the loader has counted the records linked to each
        record; else the rows are counted up to `MOST_COUNTED`.
        """
        if not self._is_filtered and self.resource.kind in snapshot.release.counts:
            return snapshot.release.counts[self.resource.kind], True
        if self._only_filter is not None and self._only_filter.by_link:
            rows = await snapshot.fetch(LINKED_RECORDS, record=next(iter(values.values())), kind=self.resource.kind)
            return (rows[0][0] if rows else 0), True
        ((count,),) = await snapshot.fetch(self._count, **values)
        return min(count, MOST_COUNTED), count <= MOST_COUNTED

    def counter(self, groupings: Sequence[Grouping]) -> GroupCounter:
        """Return what counts the rows by one or more groupings."""
        names = tuple(grouping.name for grouping in groupings)
        if names not in self._counters:
            if len(self._counters) >= MAX_COUNTERS:
                self._counters.clear()
            self._counters[names] = GroupCounter(self.resource, self._count_source, groupings, self._count_conditions)
        return self._counters[names]

    @property
    def size(self) -> int:
        """The bytes that its statements take, about."""
        statements = (self._count, *self._pages.values())
        return sum(statement.size for statement in statements) + sum(counter.size for counter in self._counters.values())

    async def facets(
        self, snapshot: Snapshot, groupings: Sequence[Grouping], values: Mapping[str, Any], total: int, *, is_exact: bool
    ) -> dict[str, Counts]:
        """Return the counts by each grouping. `total` is the number of rows, or less than that if not `is_exact`.

        One statement for each grouping. For a small list, one for all: it counts by combinations, which are then added up. Not
        if a grouping is multivalued, for a record would then count several times under one value of the others.
        """
        counters = {grouping.name: self.counter([grouping]) for grouping in groupings}
        if len(counters) > 1 and is_exact and not any(grouping.joined for grouping in groupings):
            combined = self.counter(groupings)
            if combined.is_small(snapshot, total):
                groups = await combined.groups(snapshot, values, small=True)
                if len(groups) <= MAX_GROUPS:
                    return {name: counter.complete(marginal(groups, n)) for n, (name, counter) in enumerate(counters.items())}
        return {name: await counter.counts(snapshot, values, total, is_exact=is_exact) for name, counter in counters.items()}

    def sort_values(self, row: Row) -> list[Any]:
        """Return a row's values of the sort keys, without the id. They stand before the two columns of `identity`."""
        return list(row[-2 - len(self._sort_keys) : -2])

    @property
    def _segments(self) -> tuple[Segment, ...]:
        return self._read.segments

    def _page(self, n: int, start: Sequence[Any] | None) -> CompiledStatement:
        """Return the statement for a page of a segment: from its beginning, or after `start`. NULLs in `start` change it."""
        key = (n, None if start is None else tuple(value is None for value in start))
        if key not in self._pages:
            self._pages[key] = self._page_statement(self._segments[n], start)
        return self._pages[key]

    def _page_statement(self, segment: Segment, start: Sequence[Any] | None) -> CompiledStatement:
        keys = [key.column.label(f"key_{n}") for n, key in enumerate(self._sort_keys)]
        conditions = [*self._read.conditions, *segment.conditions]
        if start is not None:
            binds: list[Any] = [None if value is None else bind(f"after_{n}") for n, value in enumerate(start)]
            conditions.append(segment.order.after(binds))
        columns = (*self.shape.columns, *keys, *identity(self.resource))
        statement = select(*columns).select_from(self._read.source).where(*conditions)
        return CompiledStatement(statement.order_by(*(key.ordering for key in segment.order.keys)).limit(bind("limit")))

    def _count_statement(self, bound_filters: BoundFilters) -> CompiledStatement:
        """Build the statement that counts the rows up to `MOST_COUNTED` + 1: along an index scan if the filters have one."""
        if bound_filters.scan:
            id_, conditions = bound_filters.scan
            rows = select(literal(1)).select_from(self._count_source.join(id_.table, id_ == self.resource.id)).where(*conditions)
        else:
            rows = select(literal(1)).select_from(self._count_source).where(*self._count_conditions)
        return CompiledStatement(select(func.count()).select_from(rows.limit(MOST_COUNTED + 1).subquery()))


def _choose_read(resource: Resource, order: Order, bound_filters: BoundFilters) -> _Read:
    """Choose how pages are read, so that an index returns their rows in order and nothing is sorted."""
    filters, sort_columns = bound_filters.conditions, [key.column for key in order.keys[:-1]]
    if bound_filters.scan and not sort_columns:
        # By id, with a filter that has an index scan: SEARCH of that index, which has the ids in order, then the row by id.
        id_, conditions = bound_filters.scan
        return _Read(resource.rows.join(id_.table, id_ == resource.id), (_ordered_by(resource, order, id_),), conditions)
    if not resource.is_kind:
        return _Read(resource.rows, order.segments, filters)
    record, kind_table = table(Record), table(resource.model)
    of_kind = record.c.kind == resource.kind  # the indexes of the record table begin with the kind
    if reads_record_table(sort_columns):
        # By a field that all records share: SEARCH record by (kind, field), then the row of the kind's table by id.
        source = record.join(kind_table, kind_table.c.id == without_index(record.c.id))
        return _Read(source, order.segments, [*filters, of_kind])
    if not reads_record_table(filters):
        # Filters and sort are all of the kind's own table.
        return _Read(resource.rows, order.segments, filters)
    if not sort_columns:
        # By id, filtered by a field that all records share: SEARCH record by (kind, field, id).
        return _Read(resource.rows, (_ordered_by(resource, order, record.c.id),), [*filters, of_kind])
    # Sorted by a field of the kind, filtered by one that all records share: the database chooses between their indexes.
    return _Read(resource.rows, order.segments, [*filters, of_kind])


def _counted_rows(resource: Resource, bound_filters: BoundFilters) -> tuple[FromClause, list[ColumnElement[bool]]]:
    """Return the tables and conditions to count the rows by: without the record table if no filter reads it."""
    conditions = bound_filters.conditions
    if not resource.is_kind:
        return resource.rows, conditions
    if reads_record_table(conditions):
        return resource.rows, [*conditions, table(Record).c.kind == resource.kind]
    return table(resource.model), conditions


def _ordered_by(resource: Resource, order: Order, id_: ColumnElement[Any]) -> Segment:
    """Return the order by id with another column that holds the same ids: that of the table whose index is scanned."""
    return Segment(Order(resource, (replace(order.keys[0], column=id_),)), (), 0)


def identity(resource: Resource) -> list[ColumnElement[Any]]:
    """Return the last two columns of every row: its id in the database, and the public key that cursors hold."""
    record = table(Record)
    key = record.c.kind + ":" + record.c.slug if resource.is_record else resource.id
    return [resource.id.label("row_id"), key.label("public_key")]
