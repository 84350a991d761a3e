"""The shortest chains of links between two records. Links may be followed in either direction; no chain passes a record twice.

A bidirectional search: each step reads the edges of the smaller of two frontiers with one statement. It ends when `MAX_CHAINS`
chains are known that no unread link could undercut. The number of links read and the number of edges tried are bounded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

from app.database import Snapshot
from app.query.graph.traversal import LINK, Edge, Item, fetch_cited_links, fetch_edges, fetch_nodes

MAX_CHAINS = 5
MAX_STEPS = 6
MAX_FRONTIER = 2_000
"""Records whose edges one statement reads."""
MAX_EDGES_TRIED = 200_000
"""Edges that the search for chains tries. It is a count and not a time limit, so that equal data give equal responses."""

Chain = tuple[Edge, ...]
Adjacency = dict[int, dict[int, Edge]]
"""The edges from each record, by the row id of the link."""


@dataclass(frozen=True)
class Paths:
    """Chains, the shortest first; `truncated` if a limit may have hidden others."""

    chains: list[Item]
    truncated: bool


@dataclass
class _Side:
    """The records reached from one of the two ends."""

    frontier: list[int]
    reached: set[int] = field(default_factory=set)

    async def expand(self, snapshot: Snapshot, predicates: Sequence[str]) -> tuple[list[Edge], bool]:
        """Move the frontier one link further. Return the edges read, and whether a limit cut some off."""
        edges, has_more = await fetch_edges(snapshot, self.frontier, predicates)
        self.reached.update(self.frontier)
        new = sorted({edge.far for edge in edges} - self.reached)
        self.frontier = new[:MAX_FRONTIER]
        return edges, has_more or len(new) > MAX_FRONTIER


async def find_paths(snapshot: Snapshot, start: int, goal: int, predicates: Sequence[str]) -> Paths:
    """Return the shortest chains between two records, given by row id.

    Takes at most six statements to find them, and three for the nodes, links and citations of the response.
    """
    sides = (_Side([start]), _Side([goal]))
    adjacency: Adjacency = {}
    truncated, chains = False, list[Chain]()
    for step in range(1, MAX_STEPS + 1):
        side = min(sides, key=lambda side: len(side.frontier))
        edges, has_more = await side.expand(snapshot, predicates)
        add_edges(adjacency, edges)
        # After n steps all chains of at most n links are known. If a side has no frontier left, all chains are.
        max_length = step if side.frontier else MAX_STEPS
        chains, gave_up = shortest_chains(adjacency, start, goal, max_length)
        truncated = truncated or has_more or gave_up
        if len(chains) == MAX_CHAINS or not side.frontier:
            break
    return Paths(await _to_items(snapshot, start, chains), truncated)


def add_edges(adjacency: Adjacency, edges: Iterable[Edge]) -> None:
    """Add edges in both directions. A link that is there already is not added again."""
    for edge in edges:
        adjacency.setdefault(edge.near, {})[edge.link] = edge
        adjacency.setdefault(edge.far, {})[edge.link] = edge.reversed()


def shortest_chains(adjacency: Adjacency, start: int, goal: int, max_length: int) -> tuple[list[Chain], bool]:
    """Return up to `MAX_CHAINS` chains by length, then by the records on them, and whether the search gave up early."""
    remaining = _distances(adjacency, goal, max_length)
    chains, edges_tried = list[Chain](), 0
    # A* with the true distance to the goal as its heuristic: a chain that comes off the heap is the shortest of those left.
    heap: list[tuple[int, Chain]] = [(remaining[start], ())] if start in remaining else []
    while heap and len(chains) < MAX_CHAINS:
        _, chain = heappop(heap)
        end = chain[-1].far if chain else start
        if end == goal:
            chains.append(chain)
            continue
        edges_tried += len(adjacency[end])
        if edges_tried > MAX_EDGES_TRIED:
            return chains, True
        visited = {start, *(edge.far for edge in chain)}
        for edge in adjacency[end].values():
            length = len(chain) + 1 + remaining.get(edge.far, max_length)
            if length <= max_length and edge.far not in visited:
                heappush(heap, (length, (*chain, edge)))
    return chains, False


def _distances(adjacency: Adjacency, goal: int, max_length: int) -> dict[int, int]:
    """Return the smallest number of links from each record to the goal, up to `max_length`."""
    distances, frontier = {goal: 0}, [goal]
    for distance in range(1, max_length + 1):
        frontier = list({edge.far for near in frontier for edge in adjacency.get(near, {}).values()} - distances.keys())
        distances |= dict.fromkeys(frontier, distance)
    return distances


async def _to_items(snapshot: Snapshot, start: int, chains: Sequence[Chain]) -> list[Item]:
    """Return chains in their public form. Three statements, or none without chains."""
    if not chains:
        return []
    nodes = await fetch_nodes(snapshot, {start, *(edge.far for chain in chains for edge in chain)})
    link_ids = {edge.link for chain in chains for edge in chain}
    cited_links = await fetch_cited_links(snapshot, len(link_ids), LINK.c.id.in_(link_ids))
    links = {link.id: (link, citations) for link, citations in cited_links}

    def step(edge: Edge) -> Item:
        link, citations = links[edge.link]
        return {
            "from": nodes[edge.near]["id"],
            "predicate": edge.predicate,
            "direction": "forward" if edge.forward else "backward",
            "to": nodes[edge.far]["id"],
            "verification": link.verification,
            "note": link.note,
            "citations": citations,
        }

    return [
        {
            "length": len(chain),
            "nodes": [nodes[start], *(nodes[edge.far] for edge in chain)],
            "steps": [step(edge) for edge in chain],
        }
        for chain in chains
    ]
