"""Reading the graph: the edges of some records in both directions, and the records and links that make up a response.

Each statement reads a bounded number of links, so a record with a million links costs no more than one with a few thousand.
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

MAX_LINKS_READ = 5_000
"""Links that one statement reads in each direction."""
LINK, RECORD = table(Link), table(Record)

Item = dict[str, Any]


class Edge(NamedTuple):
    """One link, traversed from record `near` to record `far`, both row ids; `forward` is from its subject to its object."""

    near: int
    far: int
    predicate: str
    link: int
    forward: bool

    def reversed(self) -> "Edge":
        """Return the same link, traversed in the other direction."""
        return Edge(self.far, self.near, self.predicate, self.link, not self.forward)


async def fetch_edges(
    snapshot: Snapshot, record_ids: Iterable[int], predicates: Sequence[str] = (), kinds: Sequence[str] = ()
) -> tuple[list[Edge], bool]:
    """Return the edges from some records, and whether `MAX_LINKS_READ` cut some off. One statement.

    Only edges with these predicates, and to records of these kinds; an empty sequence means all.
    """
    directions = (_edges(True, record_ids, predicates, kinds), _edges(False, record_ids, predicates, kinds))
    edges = [Edge._make(row) for row in await snapshot.rows(union_all(*directions))]
    most_in_one_direction = max(Counter(edge.forward for edge in edges).values(), default=0)
    return edges, most_in_one_direction > MAX_LINKS_READ


def _edges(forward: bool, record_ids: Iterable[int], predicates: Sequence[str], kinds: Sequence[str]) -> Select[Any]:
    near, far, far_kind = LINK.c.subject_id, LINK.c.object_id, LINK.c.object_kind
    if not forward:
        near, far, far_kind = far, near, LINK.c.subject_kind
    edges = select(near.label("near"), far.label("far"), LINK.c.predicate, LINK.c.id, literal(forward).label("forward"))
    edges = edges.where(near.in_(record_ids), *_in_any(LINK.c.predicate, predicates), *_in_any(far_kind, kinds))
    # In the order of the index (near, predicate, far), so that the limit stops the index scan and not only the output.
    return select(edges.order_by(near, LINK.c.predicate, far).limit(MAX_LINKS_READ + 1).subquery())


def _in_any(column: ColumnElement[Any], values: Sequence[str]) -> list[ColumnElement[bool]]:
    return [column.in_(values)] if values else []


async def fetch_nodes(snapshot: Snapshot, record_ids: Iterable[int]) -> dict[int, Item]:
    """Return records as graph nodes by row id, ordered by kind and slug. One statement."""
    columns = (RECORD.c.id, RECORD.c.kind, RECORD.c.slug, RECORD.c.name, RECORD.c.verification)
    statement = select(*columns).where(RECORD.c.id.in_(record_ids)).order_by(RECORD.c.id)
    return {
        row.id: {"id": f"{row.kind}:{row.slug}", "kind": row.kind, "name": row.name, "verification": row.verification}
        for row in await snapshot.rows(statement)
    }


async def fetch_cited_links(snapshot: Snapshot, limit: int, *where: ColumnElement[bool]) -> list[tuple[Row[Any], list[Item]]]:
    """Return up to `limit` links that meet all conditions, each with its citations. Two statements."""
    statement = select(LINK).where(*where).order_by(LINK.c.subject_id, LINK.c.predicate, LINK.c.object_id).limit(limit)
    rows = await snapshot.rows(statement)
    citations = await citations_of_links(snapshot, [row.id for row in rows])
    return [(row, citations.get(row.id, [])) for row in rows]
