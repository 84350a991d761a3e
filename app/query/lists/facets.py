"""Counting by the values of a field: facets of a list, and statistics in one or two dimensions.

A record with several values counts under each; one with none counts under null. Closed sets show their zeros.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import product
from typing import Any

import orjson
from sqlalchemy import FromClause, Integer, SelectBase, func, select, text, union_all
from sqlalchemy.sql.elements import BinaryExpression, ColumnElement, Label
from sqlalchemy.sql.operators import in_op, not_in_op
from sqlalchemy.sql.visitors import replacement_traverse

from app.database import CompiledStatement, Snapshot, bind
from app.model.release import FacetCount, Sample
from app.model.resource import Resource, table
from app.query.lists.grouping import Grouping
from app.query.lists.rows import conversion, looks_at_records
from app.query.lists.without_index import without_index

MOST_COUNTED = 10_000
"""Rows that are counted for one answer; where there are more, totals say at least so many, and counts are estimated."""
FEW = 2
"""Where less than one row in so many is counted, SQLite finds it faster by the filters than by an index of the values."""
MAX_GROUPS = 1_000
SAMPLE = table(Sample)
FACET_COUNT = table(FacetCount)
Groups = list[tuple[tuple[Any, ...], int]]
"""How many there are of each combination of values."""
TALLIED = CompiledStatement(
    select(FACET_COUNT.c.counts).where(FACET_COUNT.c.resource == bind("resource"), FACET_COUNT.c.grouping == bind("grouping"))
)


@dataclass(frozen=True)
class Counts:
    """How many records there are of each combination of values."""

    rows: Groups
    """The most frequent first."""
    truncated: bool
    axes: list[list[Any]]
    """The values of each grouping, in their order."""
    are_exact: bool = True
    """False where they are estimated from a sample."""

    def in_order(self) -> Groups:
        """The same in the order of the values."""
        places = [{value: place for place, value in enumerate(axis)} for axis in self.axes]
        return sorted(self.rows, key=lambda row: [places[n][value] for n, value in enumerate(row[0])])


def is_sampled(resource: Resource) -> bool:
    """Whether there is a sample where there are many rows: what has no number has few, such as countries."""
    return isinstance(resource.id.type, Integer)


class Counting:
    """Counting by some groupings, under conditions whose values are bound. One statement.

    By one grouping of a whole list, the loader has counted. Where very many rows are to be counted, a sample of them is.
    """

    def __init__(
        self, resource: Resource, rows: FromClause, by: Sequence[Grouping], where: Sequence[ColumnElement[bool]]
    ) -> None:
        source = resource.rows if looks_at_records(grouping.column for grouping in by) else rows
        for grouping in by:
            for rows_, tie in grouping.joined:
                source = source.outerjoin(rows_, tie)
        values = [grouping.column.label(f"value_{n}") for n, grouping in enumerate(by)]
        distinct = any(grouping.joined for grouping in by)
        number = func.count(resource.id.distinct()) if distinct else func.count()
        self._by, self._kind, self._is_narrowed = by, resource.kind, bool(where)
        self._of_all = _counted(source, values, number, where)
        plain = [without_index(grouping.column).label(f"value_{n}") for n, grouping in enumerate(by)]
        self._of_few = cache(partial(_counted, source, plain, number, where))
        self._has_sample = is_sampled(resource)
        self._of_sample = cache(partial(_estimated, resource, source, values, number, where))
        self._conversions = [conversion(value) or _as_it_is for value in values]
        self._tallied = {"resource": resource.name, "grouping": by[0].name} if len(by) == 1 and not where else None

    async def counts(self, snapshot: Snapshot, values: Mapping[str, Any], total: int, *, is_exact: bool) -> Counts:
        """The counts for these values, of so many rows, or of more where that is not exact."""
        found = await self._known(snapshot)
        estimated = not found and self._has_sample and (total > MOST_COUNTED or not is_exact)
        found = found or await self.rows(snapshot, values, estimated=estimated, few=self.are_few(snapshot, total))
        return self.counted(found, are_exact=not estimated)

    def are_few(self, snapshot: Snapshot, total: int) -> bool:
        """Whether so many are few of all that there are, and can be counted."""
        return self._is_narrowed and total <= MOST_COUNTED and total * FEW < snapshot.release.counts.get(self._kind, 0)

    def counted(self, found: Groups, *, are_exact: bool = True) -> Counts:
        """What was found, the most frequent first, with zeros for what was not."""
        rows = found[:MAX_GROUPS]
        seen = {values for values, _ in rows}
        axes = [_axis(grouping, {values[n] for values in seen}) for n, grouping in enumerate(self._by)]
        zeros = [(values, 0) for values in product(*axes) if values not in seen]
        every = rows + zeros
        return Counts(every[:MAX_GROUPS], len(found) > MAX_GROUPS or len(every) > MAX_GROUPS, axes, are_exact)

    async def rows(self, snapshot: Snapshot, values: Mapping[str, Any], *, estimated: bool = False, few: bool = False) -> Groups:
        """What is counted, the most frequent first; one more than is shown where there are more."""
        statement = self._of_sample() if estimated else self._of_few() if few else self._of_all
        return [
            (tuple(convert(value) for convert, value in zip(self._conversions, row, strict=False)), int(row[-1]))
            for row in await snapshot.fetch(statement, **values)
        ]

    async def _known(self, snapshot: Snapshot) -> Groups:
        """The same where the loader has counted; empty where it has not."""
        found = await snapshot.fetch(TALLIED, **self._tallied) if self._tallied else ()
        return [((value,), number) for value, number in orjson.loads(found[0][0])] if found else []


def marginal(found: Groups, place: int) -> Groups:
    """How many there are of each value at one place of the combinations, in the order of `Counting.rows`."""
    sums = Counter[Any]()
    for values, number in found:
        sums[values[place]] += number
    return [((value,), sums[value]) for value in sorted(sums, key=lambda value: (-sums[value], value is None, value))]


def _counted(
    source: FromClause, values: Sequence[Label[Any]], number: ColumnElement[Any], where: Sequence[ColumnElement[bool]]
) -> CompiledStatement:
    """Rows of `source` by values, the most frequent first."""
    selected = select(*values, number.label("number")).select_from(source).where(*where).group_by(*values)
    in_order = selected.order_by(text("number DESC"), *(value.nulls_last() for value in values))
    return CompiledStatement(in_order.limit(MAX_GROUPS + 1))


def _estimated(
    resource: Resource,
    source: FromClause,
    values: Sequence[Label[Any]],
    number: ColumnElement[Any],
    where: Sequence[ColumnElement[bool]],
) -> CompiledStatement:
    """The same of the rows in the sample, each for all that it stands for."""
    own, every = SAMPLE.c.resource == resource.name, func.max(SAMPLE.c.stands_for)
    divisor = select(every).where(own).scalar_subquery()

    def shorter(element: Any, **_: Any) -> Any:
        """Where a row is to be one of some, only those of the sample matter: it is they that are every so many-th."""
        if not isinstance(element, BinaryExpression) or element.operator not in (in_op, not_in_op):
            return None
        rows = getattr(element.right, "element", None)
        if not element.left.compare(resource.id) or not isinstance(rows, SelectBase):
            return None
        selects: list[Any] = getattr(rows, "selects", [rows])
        some = union_all(*(one.where(next(iter(one.selected_columns)) % divisor == 0) for one in selects))
        return element.operator(element.left, some)

    bound_filters = [replacement_traverse(condition, {}, shorter) for condition in where]
    sampled = SAMPLE.join(source, SAMPLE.c.row_id == resource.id)
    return _counted(sampled, values, number * every, [own, *bound_filters])


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
