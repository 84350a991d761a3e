"""The statements of lists that have the same filters, fields and sort: made once, then only their values change.

Knows nothing of what comes with items.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.sql.elements import ColumnElement

from app.database import CompiledStatement, Row, Snapshot, bind
from app.model.link import LinkCount
from app.model.record import Record
from app.model.resource import Resource, table
from app.query.lists.bound_filters import BoundFilters
from app.query.lists.facets import MAX_GROUPS, MOST_COUNTED, Counting, Counts, marginal
from app.query.lists.grouping import Grouping
from app.query.lists.keyset import Order, Segment
from app.query.lists.lru import LRU
from app.query.lists.rows import looks_at_records, shape_of
from app.query.lists.without_index import without_index

COUNTINGS = 64
"""Of so many combinations of groupings the statements are kept."""
DEGREE = CompiledStatement(
    select(table(LinkCount).c.records).where(
        table(LinkCount).c.record_id == bind("record"), table(LinkCount).c.kind == bind("kind")
    )
)


class Listing:
    """A list: its pages in either of the places where one can begin, its total, and its counts."""

    def __init__(self, resource: Resource, fields: Sequence[str], order: Order, bound_filters: BoundFilters) -> None:
        self.resource, self.order, self.shape = resource, order, shape_of(resource, fields)
        self._whole = not bound_filters.where
        self._keys = len(order.keys) - 1
        self._alone = bound_filters.alone
        looks, sorts = looks_at_records(bound_filters.where), looks_at_records(key.column for key in order.keys[:-1])
        of_kind = [table(Record).c.kind == resource.kind] if resource.is_kind else []  # there are indexes that begin with it
        self._where = [*bound_filters.where, *(of_kind if looks else [])]
        self._read = [*bound_filters.where, *(of_kind if looks or sorts else [])]
        self._from, self._segments = resource.rows, order.segments
        if of_kind and sorts:
            own, kind = table(Record), table(resource.model)
            self._from = own.join(kind, kind.c.id == without_index(own.c.id))
        self._counted = resource.rows if looks or not resource.is_kind else table(resource.model)
        few = select(literal(1)).select_from(self._counted).where(*self._where)
        if resource.is_kind and not self._keys and looks:
            self._segments = (_by(resource, order, table(Record).c.id),)
        if along := bound_filters.along:
            id_, conditions = along
            few = select(literal(1)).select_from(self._counted.join(id_.table, id_ == resource.id)).where(*conditions)
            if not self._keys:
                self._from = resource.rows.join(id_.table, id_ == resource.id)
                self._segments, self._read = (_by(resource, order, id_),), conditions
        self._count = CompiledStatement(select(func.count()).select_from(few.limit(MOST_COUNTED + 1).subquery()))
        self._pages: dict[tuple[int, tuple[bool, ...] | None], CompiledStatement] = {}
        self._countings = LRU[Counting](COUNTINGS)

    async def rows(self, snapshot: Snapshot, values: Mapping[str, Any], after: Sequence[Any] | None, limit: int) -> list[Row]:
        """The rows after the one with these values of the order's keys. A statement for each stretch that they are in."""
        found: list[Row] = []
        for n, segment in enumerate(self._segments):
            if after is not None and segment is not self._segments[-1] and after[0] is None:
                continue  # it is passed already
            at = after[segment.skipped :] if after is not None and (after[0] is None) == bool(segment.skipped) else None
            bound = {f"after_{place}": value for place, value in enumerate(at or ())}
            found += await snapshot.fetch(self._page(n, at), **values, **bound, limit=limit - len(found))
            if len(found) >= limit:
                break
        return found

    async def total(self, snapshot: Snapshot, values: Mapping[str, Any]) -> tuple[int, bool]:
        """How many rows there are, and whether that is exact. One statement, none where the release says it.

        What is not known beforehand is counted up to `MOST_COUNTED`.
        """
        if self._whole and self.resource.kind in snapshot.release.counts:
            return snapshot.release.counts[self.resource.kind], True
        if self._alone is not None and self._alone.by_link:
            found = await snapshot.fetch(DEGREE, record=next(iter(values.values())), kind=self.resource.kind)
            return (found[0][0] if found else 0), True
        ((number,),) = await snapshot.fetch(self._count, **values)
        return min(number, MOST_COUNTED), number <= MOST_COUNTED

    def counting(self, by: Sequence[Grouping]) -> Counting:
        """Counts by the values of some groupings."""
        names = tuple(grouping.name for grouping in by)
        return self._countings.get(names, lambda: Counting(self.resource, self._counted, by, self._where))

    async def facets(
        self, snapshot: Snapshot, by: Sequence[Grouping], values: Mapping[str, Any], total: int, *, is_exact: bool
    ) -> dict[str, Counts]:
        """Counts by each grouping, of so many rows. A statement for each; one for all where there are few rows to be found."""
        each = {grouping.name: self.counting([grouping]) for grouping in by}
        if len(each) > 1 and is_exact and not any(grouping.joined for grouping in by):
            together = self.counting(by)
            if together.are_few(snapshot, total):
                found = await together.rows(snapshot, values, few=True)
                if len(found) <= MAX_GROUPS:
                    return {name: one.counted(marginal(found, n)) for n, (name, one) in enumerate(each.items())}
        return {name: await one.counts(snapshot, values, total, is_exact=is_exact) for name, one in each.items()}

    def sort_values(self, row: Row) -> list[Any]:
        """A row's values of the order's keys, save the id."""
        return list(row[-2 - self._keys : -2])

    def _page(self, n: int, at: Sequence[Any] | None) -> CompiledStatement:
        key = (n, None if at is None else tuple(value is None for value in at))
        if key not in self._pages:
            self._pages[key] = self._made(self._segments[n], at)
        return self._pages[key]

    def _made(self, segment: Segment, at: Sequence[Any] | None) -> CompiledStatement:
        keys = [made.column.label(f"key_{n}") for n, made in enumerate(self.order.keys[:-1])]
        where = [*self._read, *segment.where]
        if at is not None:
            binds: list[Any] = [None if value is None else bind(f"after_{n}") for n, value in enumerate(at)]
            where.append(segment.order.after(binds))
        statement = select(*self.shape.columns, *keys, *identity(self.resource)).select_from(self._from).where(*where)
        return CompiledStatement(statement.order_by(*(made.ordering for made in segment.order.keys)).limit(bind("limit")))


def _by(resource: Resource, order: Order, column: ColumnElement[Any]) -> Segment:
    """The order by number, along another column that holds the same numbers: that of the index that the rows are found by."""
    return Segment(Order(resource, (replace(order.keys[0], column=column),)), (), 0)


def identity(resource: Resource) -> list[ColumnElement[Any]]:
    """The number of a row, and the key by which a cursor remembers it: the last two columns of every row."""
    own = table(Record)
    key = own.c.kind + ":" + own.c.slug if resource.is_record else resource.id
    return [resource.id.label("row_id"), key.label("public_key")]
