"""Steps from records to the records that links tie them to, either way, and what comes with the records and links so found.

What a statement reads is bounded, so that a record with a million links costs no more than one with a few thousand.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, literal, select, union_all

from app.database import Snapshot
from app.model.link import Link
from app.model.record import Record
from app.model.resource import table
from app.query.graph.links_and_citations import citations_of_links

MAX_READ = 5_000
"""Links that one statement reads in each direction."""
LINK, RECORD = table(Link), table(Record)

Item = dict[str, Any]


class Edge(NamedTuple):
    """One link, walked from `near` to `far`; `forward` is from its subject to its object."""

    near: int
    far: int
    predicate: str
    link: int
    forward: bool

    def back(self) -> "Edge":
        """The same link, walked the other way."""
        return Edge(self.far, self.near, self.predicate, self.link, not self.forward)


async def edges_of(
    snapshot: Snapshot, numbers: Iterable[int], predicates: Sequence[str] = (), kinds: Sequence[str] = ()
) -> tuple[list[Edge], bool]:
    """The hops from records to records of these kinds, and whether there are more than were read. One statement."""
    halves = (_half(True, numbers, predicates, kinds), _half(False, numbers, predicates, kinds))
    found = [Edge._make(row) for row in await snapshot.rows(union_all(*halves))]
    most = max(Counter(hop.forward for hop in found).values(), default=0)
    return found, most > MAX_READ


def _half(forward: bool, numbers: Iterable[int], predicates: Sequence[str], kinds: Sequence[str]) -> Select[Any]:
    """One direction, in the order of the index that leads there: the limit stops the reading, not only the answer."""
    near, far, far_kind = LINK.c.subject_id, LINK.c.object_id, LINK.c.object_kind
    if not forward:
        near, far, far_kind = far, near, LINK.c.subject_kind
    found = select(near.label("near"), far.label("far"), LINK.c.predicate, LINK.c.id, literal(forward).label("forward"))
    found = found.where(near.in_(numbers), *_among(LINK.c.predicate, predicates), *_among(far_kind, kinds))
    return select(found.order_by(near, LINK.c.predicate, far).limit(MAX_READ + 1).subquery())


def _among(column: ColumnElement[Any], values: Sequence[str]) -> list[ColumnElement[bool]]:
    """Nothing asked narrows nothing."""
    return [column.in_(values)] if values else []


async def nodes(snapshot: Snapshot, numbers: Iterable[int]) -> dict[int, Item]:
    """What a node tells of its record, by number, in the order of kind and slug. One statement."""
    own = RECORD.c
    statement = select(own.id, own.kind, own.slug, own.name, own.verification).where(own.id.in_(numbers)).order_by(own.id)
    return {
        row.id: {"id": f"{row.kind}:{row.slug}", "kind": row.kind, "name": row.name, "verification": row.verification}
        for row in await snapshot.rows(statement)
    }


async def cited_links(snapshot: Snapshot, limit: int, *where: ColumnElement[bool]) -> list[tuple[Row[Any], list[Item]]]:
    """The links that fulfil conditions, each with its citations. Two statements."""
    statement = select(LINK).where(*where).order_by(LINK.c.subject_id, LINK.c.predicate, LINK.c.object_id).limit(limit)
    rows = await snapshot.rows(statement)
    cites = await citations_of_links(snapshot, [row.id for row in rows])
    return [(row, cites.get(row.id, [])) for row in rows]
