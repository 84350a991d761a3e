"""The neighbourhood of a record: the records near it, nearest first, and every link between them."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.database import Snapshot
from app.query.graph.traversal import LINK, Item, fetch_cited_links, fetch_edges, fetch_nodes

MAX_LINKS = 5_000


@dataclass(frozen=True)
class NeighbourhoodQuery:
    """The parameters of a neighbourhood.

    `root` is a row id, `depth` the maximum distance from it in links, and `limit` the maximum number of nodes. If `kinds` or
    `predicates` is empty, all count.
    """

    root: int
    depth: int
    limit: int
    kinds: Sequence[str]
    predicates: Sequence[str]


@dataclass(frozen=True)
class Neighbourhood:
    """Nodes and links; `truncated` if a limit left some out."""

    root: str
    nodes: list[Item]
    links: list[Item]
    truncated: bool


async def find_neighbourhood(snapshot: Snapshot, query: NeighbourhoodQuery) -> Neighbourhood:
    """Return the neighbourhood of a record. Nodes are reached only through nodes that are in it themselves.

    Takes one statement for each level of depth, and three for nodes, links and citations.
    """
    depths, truncated = await _find_depths(snapshot, query)
    nodes = await fetch_nodes(snapshot, depths)
    with_predicates = [LINK.c.predicate.in_(query.predicates)] if query.predicates else []
    links = await fetch_cited_links(
        snapshot, MAX_LINKS + 1, LINK.c.subject_id.in_(depths), LINK.c.object_id.in_(depths), *with_predicates
    )
    return Neighbourhood(
        root=nodes[query.root]["id"],
        nodes=[nodes[record_id] | {"depth": depth} for record_id, depth in depths.items()],
        links=[
            {
                "source": nodes[link.subject_id]["id"],
                "target": nodes[link.object_id]["id"],
                "predicate": link.predicate,
                "verification": link.verification,
                "note": link.note,
                "citations": citations,
            }
            for link, citations in links[:MAX_LINKS]
        ],
        truncated=truncated or len(links) > MAX_LINKS,
    )


async def _find_depths(snapshot: Snapshot, query: NeighbourhoodQuery) -> tuple[dict[int, int], bool]:
    """Return the depth of each record by row id, and whether records were left out.

    Records are visited breadth first, those of one level by row id.
    """
    depths, frontier = {query.root: 0}, [query.root]
    for depth in range(1, query.depth + 1):
        edges, has_more = await fetch_edges(snapshot, frontier, query.predicates, query.kinds)
        new = sorted({edge.far for edge in edges} - depths.keys())
        frontier = new[: query.limit - len(depths)]
        depths |= dict.fromkeys(frontier, depth)
        if has_more or len(frontier) < len(new):
            return depths, True
        if not frontier:
            break
    return depths, False
