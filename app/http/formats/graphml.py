"""A neighbourhood as GraphML, for networkx, Gephi and yEd."""

import re
from typing import Any

from app.http.formats.tabular import citation_text, joined
from app.query.graph.neighbourhood import Neighbourhood

# Characters that XML 1.0 cannot hold, not even escaped.
INVALID = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def graphml(neighbourhood: Neighbourhood, **attributes: Any) -> bytes:
    """Return the graph as XML in ASCII, with `attributes` of the graph itself.

    networkx numbers the keys of attributes in their order: of the graph, of nodes, of edges. Gephi and yEd take a node's key d3
    and an edge's key d7 for labels; with four attributes of the graph and four of nodes, no key has these numbers.
    """
    import networkx  # noqa: PLC0415 - slow to import, for one format

    graph = networkx.MultiDiGraph(root=_valid(neighbourhood.root), **attributes, truncated=neighbourhood.truncated)
    for node in neighbourhood.nodes:
        graph.add_node(
            _valid(node["id"]),
            label=_valid(node["name"]),
            kind=node["kind"],
            verification=node["verification"],
            depth=node["depth"],
        )
    for number, link in enumerate(neighbourhood.links):
        graph.add_edge(
            _valid(link["source"]),
            _valid(link["target"]),
            key=f"link-{number}",
            predicate=link["predicate"],
            verification=link["verification"],
            citations=_valid(joined(map(citation_text, link["citations"]))),
        )
    return "\n".join(networkx.generate_graphml(graph)).encode()


def _valid(text: str) -> str:
    return INVALID.sub("\ufffd", text)
