"""A neighbourhood as GraphML, for networkx, Gephi and whatever else draws graphs.

Knows nothing of HTTP.
"""

import re
from typing import Any

from app.query.graph.neighbourhood import Neighbourhood

# What XML 1.0 cannot hold, not even escaped.
UNFIT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def graphml(found: Neighbourhood, **about: Any) -> bytes:
    """The graph as XML in ASCII, with what is said `about` it as attributes of the whole.

    networkx numbers the keys of attributes as it meets them: of the graph, of nodes, of edges. Gephi and yEd take a node's key d3
    and an edge's key d7 for labels; with four attributes of the graph and four of nodes, none is called so.
    """
    import networkx  # noqa: PLC0415 - an eighth of the time of a start, for one format of one route

    graph = networkx.MultiDiGraph(root=_fit(found.root), **about, truncated=found.truncated)
    for node in found.nodes:
        graph.add_node(
            _fit(node["id"]), label=_fit(node["name"]), kind=node["kind"], verification=node["verification"], depth=node["depth"]
        )
    for number, link in enumerate(found.links):
        graph.add_edge(
            _fit(link["source"]),
            _fit(link["target"]),
            key=f"link-{number}",
            predicate=link["predicate"],
            verification=link["verification"],
            citations=_fit(";".join(map(_place, link["citations"]))),
        )
    return "\n".join(networkx.generate_graphml(graph)).encode()


def _place(cite: dict[str, Any]) -> str:
    place = f"{cite['source']} {cite['passage'] or cite['locator']}"
    return place if cite["stance"] == "supports" else f"{place} ({cite['stance']})"


def _fit(text: str) -> str:
    return UNFIT.sub("\ufffd", text)
