"""The neighbourhood of a record: the records near to it, nearest first, and every link among them."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.database import Snapshot
from app.query.graph.traversal import LINK, Item, cited_links, edges_of, nodes

MAX_LINKS = 5_000


@dataclass(frozen=True)
class Around:
    """What to gather: how far from the root, how many nodes, of which kinds, tied by which predicates; none named is all."""

    root: int
    depth: int
    limit: int
    kinds: Sequence[str]
    predicates: Sequence[str]


@dataclass(frozen=True)
class Neighbourhood:
    """Nodes and links; `truncated` where a bound left some out."""

    root: str
    nodes: list[Item]
    links: list[Item]
    truncated: bool


async def neighbourhood(snapshot: Snapshot, around: Around) -> Neighbourhood:
    """What lies around a record, reached only through records that are kept. A statement a level, and three."""
    depths, truncated = await _within(snapshot, around)
    found = await nodes(snapshot, depths)
    of_predicates = [LINK.c.predicate.in_(around.predicates)] if around.predicates else []
    links = await cited_links(
        snapshot, MAX_LINKS + 1, LINK.c.subject_id.in_(depths), LINK.c.object_id.in_(depths), *of_predicates
    )
    return Neighbourhood(
        root=found[around.root]["id"],
        nodes=[found[number] | {"depth": level} for number, level in depths.items()],
        links=[
            {
                "source": found[link.subject_id]["id"],
                "target": found[link.object_id]["id"],
                "predicate": link.predicate,
                "verification": link.verification,
                "note": link.note,
                "citations": citations,
            }
            for link, citations in links[:MAX_LINKS]
        ],
        truncated=truncated or len(links) > MAX_LINKS,
    )


async def _within(snapshot: Snapshot, around: Around) -> tuple[dict[int, int], bool]:
    """The depth of each record, breadth first and by number within a level, and whether there are more."""
    depths, frontier = {around.root: 0}, [around.root]
    for level in range(1, around.depth + 1):
        found, more = await edges_of(snapshot, frontier, around.predicates, around.kinds)
        new = sorted({hop.far for hop in found} - depths.keys())
        frontier = new[: around.limit - len(depths)]
        depths |= dict.fromkeys(frontier, level)
        if more or len(frontier) < len(new):
            return depths, True
        if not frontier:
            break
    return depths, False
