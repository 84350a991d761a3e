"""The neighbourhood of a record as a graph, for programs that draw or analyse graphs."""

from typing import Annotated, Literal, NamedTuple

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.http.errors import problem_responses
from app.http.formats.graphml import graphml
from app.http.formats.node_link import GraphOut, node_link
from app.http.negotiation import negotiate
from app.http.parameters import choice_of, predicates
from app.http.responses import ReaderDep, json_response
from app.http.routing import PrefixRouter, StrictRoute
from app.http.schemas import JSON, ok, text_content
from app.model.catalogue import Catalogue
from app.query.filters.types import Text, Whole
from app.query.graph.neighbourhood import MAX_LINKS, Neighbourhood, NeighbourhoodQuery, find_neighbourhood
from app.query.identify import identify

FORMATS = {"json": JSON, "graphml": "application/graphml+xml"}
MAX_NODES = 1_000
Suffix = Annotated[Literal["json", "graphml"], Path(alias="format", description="Format of the graph.", examples=["graphml"])]
DESCRIPTION = f"""\
The records within `depth` links of `root`, nearest first, and every link between them. Links are followed in both directions,
and only through records that pass the filters.

JSON has the node-link form of `networkx.node_link_graph(graph, edges="links")`, which D3 reads as it is. GraphML, by `.graphml`
or `Accept: application/graphml+xml`, is for Gephi and `networkx.read_graphml`. `truncated` is true if the graph would have more
than `limit` nodes or {MAX_LINKS:,} links."""


Root = Annotated[
    Text, Query(description="Id of the record to start from; an alias may replace the slug.", examples=["mission:isaf"])
]
Depth = Annotated[Whole, Query(ge=1, le=3, description="Maximum distance from the root, in links: 1 to 3.", examples=[2])]
Limit = Annotated[
    Whole,
    Query(ge=1, le=MAX_NODES, description=f"Maximum number of nodes, the root included: 1 to {MAX_NODES}.", examples=[100]),
]


class Found(NamedTuple):
    """A neighbourhood, the depth that it was found with, and the data version."""

    graph: Neighbourhood
    depth: int
    version: str


def graph_router(catalogue: Catalogue) -> APIRouter:
    """Return the routes of the graph around a record."""
    router = PrefixRouter(prefix="/v1/graph", tags=["questions"], route_class=StrictRoute)
    Predicates = predicates(catalogue)  # noqa: N806 - a type, known at run time
    Kinds = choice_of(tuple(catalogue.kinds), "Only records of this kind, apart from the root. Repeat for several.")  # noqa: N806
    graphml_example = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="directed"/></graphml>'
    responses = ok("The graph.", GraphOut, **{FORMATS["graphml"]: text_content(graphml_example)})

    async def get_neighbourhood(
        reader: ReaderDep,
        root: Root,
        depth: Depth = 1,
        limit: Limit = 200,
        kind: Kinds = (),  # type: ignore[valid-type] # known at run time
        predicate: Predicates = (),  # type: ignore[valid-type] # as above
    ) -> Found:
        async with reader.snapshot() as snapshot:
            ((_, root_id),) = await identify(snapshot, catalogue, [root])
            graph = await find_neighbourhood(snapshot, NeighbourhoodQuery(root_id, depth, limit, kind, predicate))
            return Found(graph, depth, snapshot.data_version)

    FoundDep = Annotated[Found, Depends(get_neighbourhood)]  # noqa: N806 - a type

    @router.get(
        "",
        summary="Get the graph around a record",
        description=DESCRIPTION,
        operation_id="get_graph",
        responses=responses | problem_responses(404, 406, 422, 503),
        response_class=Response,
    )
    async def get_graph(request: Request, found: FoundDep) -> Response:
        return _response(found, negotiate(request, FORMATS))

    @router.get(
        ".{format}",
        summary="Get the graph around a record in one format",
        description=DESCRIPTION,
        operation_id="get_graph_as",
        responses=responses | problem_responses(404, 422, 503),
        response_class=Response,
    )
    async def get_graph_as(suffix: Suffix, found: FoundDep) -> Response:
        return _response(found, suffix)

    return router


def _response(found: Found, format_: str) -> Response:
    if format_ == "graphml":
        content = graphml(found.graph, depth=found.depth, data_version=found.version)
        return Response(content, headers={"X-Data-Version": found.version}, media_type=FORMATS["graphml"])
    return json_response(node_link(found.graph, found.depth, found.version), found.version)
