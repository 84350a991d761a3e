"""The shortest chains of links between two records, each step with its citations."""

from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, create_model

from app.http.errors import problem_responses
from app.http.formats.node_link import NodeOut
from app.http.query_params import asked, parameters
from app.http.responses import Reading, json_response
from app.http.routes.graph import predicates
from app.http.schemas import MetaOut, example_of, ok
from app.model.catalogue import Catalogue
from app.model.error import InvalidQuery, Problem
from app.model.record import Verification
from app.model.schema import CitationOut, Public, public
from app.query.filters.types import Text
from app.query.graph.shortest_paths import MAX_CHAINS, MAX_STEPS, Paths, paths
from app.query.identify import identify

DESCRIPTION = f"""\
Up to {MAX_CHAINS} chains of at most {MAX_STEPS} links, the shortest first, equals by the kinds and slugs on the way.
Links are walked either way, and no chain passes a record twice. Where there is none, `data` is empty and `detail` says so.
`truncated` is true where the records have so many links that not all could be looked at."""


class StepOut(Public):
    """One link of a chain, as it is walked."""

    from_: str = public("Id of the record that the step leaves.", "mission:isaf", alias="from")
    predicate: str = public("Predicate of the link, as its subject has it.", "faced")
    direction: Literal["forward", "backward"] = public(
        "`forward` from the subject of the link to its object, `backward` from the object to the subject.", "forward"
    )
    to: str = public("Id of the record that the step leads to.", "challenge:insurgent-resistance")
    verification: Verification = public("Status of the link, computed from its own citations.", "single_source")
    note: str | None = public("What ties the two here.", None)
    citations: list[CitationOut] = public("Where the link is said.")


class ChainOut(Public):
    """One way from the one record to the other."""

    length: int = public("How many links it has.", 1)
    nodes: list[NodeOut] = public("The records on the way, both ends among them.")
    steps: list[StepOut] = public("The links between them.")


class PathsOut(Public):
    """How two records hang together."""

    data: list[ChainOut] = public("The chains, the shortest first.")
    detail: str = public("What was found.", "1 chain, the shortest of 1 link.")
    truncated: bool = public("Whether there may be chains, even shorter ones, that were not looked at.", False)
    meta: MetaOut = public("What it was made from.")


def path_router(catalogue: Catalogue) -> APIRouter:
    """The chains between two records."""
    router = APIRouter(prefix="/v1", tags=["questions"])
    model = _parameters(catalogue)

    @router.get(
        "/path",
        summary="Find the shortest chains between two records",
        description=DESCRIPTION,
        operation_id="get_path",
        openapi_extra=parameters(lambda: model),
        responses=ok(PathsOut, example_of(PathsOut), "The chains.") | problem_responses(404, 422, 503),
        response_class=Response,
    )
    async def get_path(request: Request, reader: Reading) -> Response:
        given = dict(asked(model, request))
        async with reader.snapshot() as snapshot:
            (_, start), (_, end) = await identify(snapshot, catalogue, [given["from"], given["to"]])
            if start == end:
                raise InvalidQuery(Problem(loc=("query", "to"), msg="names the same record as `from`; a chain needs two"))
            found = await paths(snapshot, start, end, given["predicate"])
            body = {"data": found.chains, "detail": _detail(found, given), "truncated": found.truncated}
            return json_response(body | {"meta": {"data_version": snapshot.data_version}}, snapshot.data_version)

    return router


def _parameters(catalogue: Catalogue) -> type[BaseModel]:
    fields: dict[str, Any] = {  # `from` is no name in Python
        "from": (Text, Field(description="Id of the record to begin from, or of an alias.", examples=["mission:isaf"])),
        "to": (Text, Field(description="Id of the record to arrive at, or of an alias.", examples=["principle:inclusivity"])),
        "predicate": predicates(catalogue),
    }
    return create_model("PathParameters", __config__=ConfigDict(extra="forbid"), **fields)


def _detail(found: Paths, given: dict[str, Any]) -> str:
    """The answer as a sentence."""
    bound = " Some links were not looked at, so there may be others." if found.truncated else ""
    if found.chains:
        many, links = len(found.chains), found.chains[0]["length"]
        return f"{many} chain{'s' * (many > 1)}, the shortest of {links} link{'s' * (links > 1)}.{bound}"
    of = f" of the predicate{'s' * (len(given['predicate']) > 1)} {', '.join(given['predicate'])}" if given["predicate"] else ""
    return f"No chain of at most {MAX_STEPS} links{of} ties {given['from']} to {given['to']}.{bound}"
