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
    """A record and how far from the root it is."""

    depth: int = public("Links between it and the root, at least.", 0)


class GraphLinkOut(Public):
    """A link between two records of the graph."""

    source: str = public("Id of its subject.", "mission:isaf")
    target: str = public("Id of its object.", "challenge:insurgent-resistance")
    predicate: str = public("How the subject is tied to the object.", "faced")
    verification: Verification = public("Status of the link, computed from its own citations.", "single_source")
    note: str | None = public("What ties the two here.", None)
    citations: list[CitationOut] = public("Where the link is said.")


class AboutGraph(Public):
    """Attributes of the graph as a whole."""

    root: str = public("Id of the record in the middle.", "mission:isaf")
    depth: int = public("How far the graph goes.", 1)


class GraphOut(Public):
    """A graph in node-link form."""

    directed: bool = public("Always true: links go from subject to object.", True)
    multigraph: bool = public("Always true: two records may be tied by more than one link.", True)
    graph: AboutGraph = public("What was asked for.")
    nodes: list[GraphNodeOut] = public("The records, nearest first, then by kind and slug.")
    links: list[GraphLinkOut] = public("The links among them.")
    truncated: bool = public("Whether nodes or links were left out.", False)
    meta: MetaOut = public("What it was made from.")


def node_link(found: Neighbourhood, depth: int, data_version: str) -> dict[str, Any]:
    """The graph as `GraphOut` describes it."""
    return {
        "directed": True,
        "multigraph": True,
        "graph": {"root": found.root, "depth": depth},
        "nodes": found.nodes,
        "links": found.links,
        "truncated": found.truncated,
        "meta": {"data_version": data_version},
    }
