"""The shortest chains of links between two records, each link walked either way, no record passed twice.

The search goes out from both records, always from the side with fewer records to go on from, one statement a step, until
five chains are known that nothing unread could shorten. What it reads and what it tries are bounded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

from app.database import Snapshot
from app.query.graph.traversal import LINK, Edge, Item, cited_links, edges_of, nodes

MAX_CHAINS = 5
MAX_STEPS = 6
MAX_FRONTIER = 2_000
"""Records that a side goes on from in one statement."""
MAX_TRIED = 200_000
"""Hops that the search for chains looks at: counted, not timed, so that equal data has equal answers."""

Chain = tuple[Edge, ...]
Around = dict[int, dict[int, Edge]]
"""The hops from each record, by link."""


@dataclass(frozen=True)
class Paths:
    """Chains, the shortest first; `truncated` where a bound may have hidden one."""

    chains: list[Item]
    truncated: bool


@dataclass
class _Side:
    """What has been reached from one of the two records."""

    frontier: list[int]
    reached: set[int] = field(default_factory=set)

    async def go_on(self, snapshot: Snapshot, predicates: Sequence[str]) -> tuple[list[Edge], bool]:
        """The hops from the frontier, which moves to where they lead."""
        found, more = await edges_of(snapshot, self.frontier, predicates)
        self.reached.update(self.frontier)
        new = sorted({hop.far for hop in found} - self.reached)
        self.frontier = new[:MAX_FRONTIER]
        return found, more or len(new) > MAX_FRONTIER


async def paths(snapshot: Snapshot, start: int, goal: int, predicates: Sequence[str]) -> Paths:
    """The chains between two records. At most six statements to find them, three to tell of them."""
    sides = (_Side([start]), _Side([goal]))
    around: Around = {}
    truncated, found = False, list[Chain]()
    for known in range(1, MAX_STEPS + 1):
        side = min(sides, key=lambda side: len(side.frontier))
        read, more = await side.go_on(snapshot, predicates)
        connect(around, read)
        # Each step makes all chains known that are one link longer; a side that has nowhere to go on to, all there are.
        found, gave_up = shortest(around, start, goal, known if side.frontier else MAX_STEPS)
        truncated = truncated or more or gave_up
        if len(found) == MAX_CHAINS or not side.frontier:
            break
    return Paths(await _told(snapshot, start, found), truncated)


def connect(around: Around, read: Iterable[Edge]) -> None:
    """Add links, each to be walked from both ends, however often it was read."""
    for hop in read:
        around.setdefault(hop.near, {})[hop.link] = hop
        around.setdefault(hop.far, {})[hop.link] = hop.back()


def shortest(around: Around, start: int, goal: int, longest: int) -> tuple[list[Chain], bool]:
    """The shortest chains through these links, by length, then by the records on their way; and whether it gave up."""
    left = _distances(around, goal, longest)
    found, tried = list[Chain](), 0
    # A* with the true distance as its guess: a chain comes off the heap when no other could be shorter.
    heap: list[tuple[int, Chain]] = [(left[start], ())] if start in left else []
    while heap and len(found) < MAX_CHAINS:
        _, chain = heappop(heap)
        end = chain[-1].far if chain else start
        if end == goal:
            found.append(chain)
            continue
        tried += len(around[end])
        if tried > MAX_TRIED:
            return found, True
        passed = {start, *(hop.far for hop in chain)}
        for hop in around[end].values():
            length = len(chain) + 1 + left.get(hop.far, longest)
            if length <= longest and hop.far not in passed:
                heappush(heap, (length, (*chain, hop)))
    return found, False


def _distances(around: Around, goal: int, longest: int) -> dict[int, int]:
    """The least number of links from each record to the goal."""
    left, frontier = {goal: 0}, [goal]
    for distance in range(1, longest + 1):
        frontier = list({hop.far for near in frontier for hop in around.get(near, {}).values()} - left.keys())
        left |= dict.fromkeys(frontier, distance)
    return left


async def _told(snapshot: Snapshot, start: int, chains: Sequence[Chain]) -> list[Item]:
    """Chains as clients see them. Three statements, none where there is no chain."""
    if not chains:
        return []
    found = await nodes(snapshot, {start, *(hop.far for chain in chains for hop in chain)})
    numbers = {hop.link for chain in chains for hop in chain}
    links = {link.id: (link, cites) for link, cites in await cited_links(snapshot, len(numbers), LINK.c.id.in_(numbers))}

    def step(hop: Edge) -> Item:
        link, citations = links[hop.link]
        return {
            "from": found[hop.near]["id"],
            "predicate": hop.predicate,
            "direction": "forward" if hop.forward else "backward",
            "to": found[hop.far]["id"],
            "verification": link.verification,
            "note": link.note,
            "citations": citations,
        }

    return [
        {
            "length": len(chain),
            "nodes": [found[start], *(found[hop.far] for hop in chain)],
            "steps": [step(hop) for hop in chain],
        }
        for chain in chains
    ]
