"""The shortest chains of links between two records, each step with its citations."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from app.http.errors import problem_responses
from app.http.formats.node_link import NodeOut
from app.http.parameters import predicates
from app.http.responses import ReaderDep, json_response
from app.http.routing import PrefixRouter, StrictRoute
from app.http.schemas import MetaOut, ok
from app.model.catalogue import Catalogue
from app.model.error import InvalidQuery, Problem
from app.model.record import Verification
from app.model.schema import CitationOut, Public, public
from app.query.filters.types import Text
from app.query.graph.shortest_paths import MAX_CHAINS, MAX_STEPS, Paths, find_paths
from app.query.identify import identify

DESCRIPTION = f"""\
Up to {MAX_CHAINS} chains of at most {MAX_STEPS} links, the shortest first; those of equal length by the kinds and slugs of their
records. Links are followed in both directions, and no chain passes a record twice. If there is none, `data` is empty and
`detail` says so. `truncated` is true if the records have too many links to examine all of them."""


class StepOut(Public):
    """One link of a chain, in the direction of the chain."""

    from_: str = public("Id of the record that the step starts from.", "mission:isaf", alias="from")
    predicate: str = public("Predicate of the link, as named from its subject.", "faced")
    direction: Literal["forward", "backward"] = public(
        "`forward` from the subject of the link to its object, `backward` from object to subject.", "forward"
    )
    to: str = public("Id of the record that the step leads to.", "challenge:insurgent-resistance")
    verification: Verification = public("Status of the link, computed from its own citations.", "single_source")
    note: str | None = public("Why the two records are linked.", None)
    citations: list[CitationOut] = public("Sources for the link.")


class ChainOut(Public):
    """A chain of links from one record to the other."""

    length: int = public("Number of links.", 1)
    nodes: list[NodeOut] = public("The records of the chain, both ends included.")
    steps: list[StepOut] = public("The links between them.")


class PathsOut(Public):
    """The chains between two records."""

    data: list[ChainOut] = public("The chains, the shortest first.")
    detail: str = public("The result in a sentence.", "1 chain, the shortest of 1 link.")
    truncated: bool = public("True if there may be other chains, even shorter ones, that were not examined.", False)
    meta: MetaOut = public("The data that the response was made from.")


def path_router(catalogue: Catalogue) -> APIRouter:
    """Return the route of the chains between two records."""
    router = PrefixRouter(prefix="/v1/path", tags=["questions"], route_class=StrictRoute)
    Predicates = predicates(catalogue)  # noqa: N806 - a type, known at run time

    @router.get(
        "",
        summary="Find the shortest chains between two records",
        description=DESCRIPTION,
        operation_id="get_path",
        responses=ok("The chains.", PathsOut) | problem_responses(404, 422, 503),
        response_class=Response,
    )
    async def get_path(
        reader: ReaderDep,
        from_: Annotated[
            Text,
            Query(alias="from", description="Id of the first record; an alias may replace the slug.", examples=["mission:isaf"]),
        ],
        to: Annotated[
            Text, Query(description="Id of the last record; an alias may replace the slug.", examples=["principle:inclusivity"])
        ],
        predicate: Predicates = (),  # type: ignore[valid-type] # known at run time
    ) -> Response:
        async with reader.snapshot() as snapshot:
            (_, start), (_, end) = await identify(snapshot, catalogue, [from_, to])
            if start == end:
                raise InvalidQuery(Problem(loc=("query", "to"), msg="names the same record as `from`; a chain needs two"))
            found = await find_paths(snapshot, start, end, predicate)
            content = {"data": found.chains, "detail": _detail(found, from_, to, predicate), "truncated": found.truncated}
            return json_response(content | {"meta": {"data_version": snapshot.data_version}}, snapshot.data_version)

    return router


def _detail(found: Paths, from_: str, to: str, predicates: Sequence[str]) -> str:
    """Return the result as a sentence."""
    bound = " Some links were not examined, so there may be others." if found.truncated else ""
    if found.chains:
        many, links = len(found.chains), found.chains[0]["length"]
        return f"{many} chain{'s' * (many > 1)}, the shortest of {links} link{'s' * (links > 1)}.{bound}"
    of = f" of the predicate{'s' * (len(predicates) > 1)} {', '.join(predicates)}" if predicates else ""
    return f"No chain of at most {MAX_STEPS} links{of} connects {from_} to {to}.{bound}"
