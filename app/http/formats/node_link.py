"""A neighbourhood in node-link form, the JSON that networkx and D3 read."""

from typing import Any

from app.http.schemas import MetaOut
from app.model.record import Verification
from app.model.schema import CitationOut, Public, public
from app.query.graph.neighbourhood import Neighbourhood


class NodeOut(Public):
    """A record in a graph."""

    id: str = public("Id of the record.", "mission:isaf")
    kind: str = public("Kind of record.", "mission")
    name: str = public("Name of the record.", "International Security Assistance Force")
    verification: Verification = public("Status of the record.", "corroborated")


class GraphNodeOut(NodeOut):
    """A record and its distance from the root."""

    depth: int = public("Distance from the root, in links.", 0)


class GraphLinkOut(Public):
    """A link between two records of the graph."""

    source: str = public("Id of its subject.", "mission:isaf")
    target: str = public("Id of its object.", "challenge:insurgent-resistance")
    predicate: str = public("Predicate of the link, as named from the subject.", "faced")
    verification: Verification = public("Status of the link, computed from its own citations.", "single_source")
    note: str | None = public("Why the two records are linked.", None)
    citations: list[CitationOut] = public("Sources for the link.")


class AboutGraph(Public):
    """Attributes of the graph as a whole."""

    root: str = public("Id of the root.", "mission:isaf")
    depth: int = public("Maximum distance from the root, in links.", 1)


class GraphOut(Public):
    """A graph in node-link form."""

    directed: bool = public("Always true: links go from subject to object.", True)
    multigraph: bool = public("Always true: two records may have several links.", True)
    graph: AboutGraph = public("The parameters of the request.")
    nodes: list[GraphNodeOut] = public("The records, nearest first, then by kind and slug.")
    links: list[GraphLinkOut] = public("The links between them.")
    truncated: bool = public("True if nodes or links were left out.", False)
    meta: MetaOut = public("The data that the response was made from.")


def node_link(graph: Neighbourhood, depth: int, data_version: str) -> dict[str, Any]:
    """Return the graph in the form of `GraphOut`."""
    return {
        "directed": True,
        "multigraph": True,
        "graph": {"root": graph.root, "depth": depth},
        "nodes": graph.nodes,
        "links": graph.links,
        "truncated": graph.truncated,
        "meta": {"data_version": data_version},
    }
