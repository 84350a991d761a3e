"""The neighbourhood of a record as a graph, for programs that draw or measure graphs."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field, create_model

from app.http.errors import problem_responses
from app.http.formats.graphml import graphml
from app.http.formats.node_link import GraphOut, node_link
from app.http.negotiation import chosen
from app.http.query_params import asked, parameters
from app.http.responses import Reading, json_response
from app.http.schemas import example_of, ok
from app.model.catalogue import Catalogue
from app.query.filters.types import Text
from app.query.graph.neighbourhood import MAX_LINKS, Around, neighbourhood
from app.query.identify import identify
from app.query.lists.parameters import choices

FORMATS = {"json": "application/json", "graphml": "application/graphml+xml"}
MAX_NODES = 1_000
Suffix = Annotated[Literal["json", "graphml"], Path(description="The format.", examples=["graphml"])]
DESCRIPTION = f"""\
The records within `depth` links of `root`, nearest first, and every link among them. Links are followed either way, and only
through records that are kept.

JSON in the node-link form: `networkx.node_link_graph(answer, edges="links")`, and D3 as it comes. GraphML by `.graphml` or
`Accept: application/graphml+xml`, for Gephi and `networkx.read_graphml`. `truncated` is true where more than `limit` nodes or
{MAX_LINKS:,} links would be in it."""


class GraphParameters(BaseModel):
    """Where the graph begins, how far it goes, and what it keeps."""

    model_config = ConfigDict(extra="forbid")

    root: Text = Field(description="Id of the record to begin from, or of an alias.", examples=["mission:isaf"])
    depth: int = Field(default=1, ge=1, le=3, description="How many links to go from the root, 1 to 3.", examples=[2])
    limit: int = Field(
        default=200, ge=1, le=MAX_NODES, description=f"Nodes at most, 1 to {MAX_NODES}, the root among them.", examples=[100]
    )

    if TYPE_CHECKING:
        kind: list[str]
        predicate: list[str]


def graph_router(catalogue: Catalogue) -> APIRouter:
    """The graph, in the format that `Accept` or the suffix chooses."""
    router = APIRouter(prefix="/v1", tags=["questions"])
    model = _parameters(catalogue)
    answers = ok(GraphOut, example_of(GraphOut), "The graph.")
    example = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="directed"/></graphml>'
    answers[200]["content"][FORMATS["graphml"]] = {"schema": {"type": "string"}, "example": example}

    async def answer(request: Request, reader: Reading, suffix: str | None = None) -> Response:
        given = asked(model, request)
        format_, vary = chosen(request, FORMATS, suffix), {} if suffix else {"Vary": "Accept"}
        async with reader.snapshot() as snapshot:
            ((_, root),) = await identify(snapshot, catalogue, [given.root])
            around = Around(root, given.depth, given.limit, given.kind, given.predicate)
            found = await neighbourhood(snapshot, around)
            version = snapshot.data_version
        if format_ == "graphml":
            body = graphml(found, depth=given.depth, data_version=version)
            return Response(body, headers={"X-Data-Version": version} | vary, media_type=FORMATS["graphml"])
        return json_response(node_link(found, given.depth, version), version, **vary)

    documented: dict[str, Any] = {
        "description": DESCRIPTION,
        "openapi_extra": parameters(lambda: model),
        "response_class": Response,
    }

    @router.get(
        "/graph",
        summary="Get the graph around a record",
        operation_id="get_graph",
        responses=answers | problem_responses(404, 406, 422, 503),
        **documented,
    )
    async def get_graph(request: Request, reader: Reading) -> Response:
        return await answer(request, reader)

    @router.get(
        "/graph.{suffix}",
        summary="Get the graph around a record in one format",
        operation_id="get_graph_as",
        responses=answers | problem_responses(404, 422, 503),
        **documented,
    )
    async def get_graph_as(suffix: Suffix, request: Request, reader: Reading) -> Response:
        return await answer(request, reader, suffix)

    return router


def predicates(catalogue: Catalogue) -> Any:
    """The parameter that keeps only links of some predicates."""
    names = tuple(dict.fromkeys(name for _, name, _ in catalogue.relations))
    return choices(names, "Keep only links of this predicate, named from its subject; given again, of these.")


def _parameters(catalogue: Catalogue) -> type[GraphParameters]:
    kinds = choices(tuple(catalogue.kinds), "Keep only records of this kind, beside the root; given again, of these.")
    return create_model("GraphParameters", __base__=GraphParameters, kind=kinds, predicate=predicates(catalogue))
