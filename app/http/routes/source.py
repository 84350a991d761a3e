"""Sections and passages: lists within a source, and one passage with what cites it."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from app.database import Snapshot, bind
from app.http.errors import problem_responses
from app.http.pagination import list_response
from app.http.query_params import QueryForm
from app.http.resources.documentation import Operation
from app.http.resources.lists import MAX_NAME, slug_path
from app.http.responses import ReaderDep, json_response
from app.http.routing import PrefixRouter, StrictRoute
from app.http.schemas import GENERATED, list_model, ok
from app.kinds.source import PASSAGES, SECTIONS, SOURCES
from app.model.catalogue import Catalogue
from app.model.resource import Resource, core
from app.model.source import Passage, Section
from app.query.lists.bound_filters import SCOPE, Scope
from app.query.lists.detail import detail, find_id
from app.query.lists.pages import page
from app.query.lists.parameters import ListParameters, list_parameters

SourceSlug = Annotated[str, slug_path(SOURCES)]
Locator = Annotated[
    str, Path(description="`<section>:<paragraph>.<sentence>`.", examples=[PASSAGES.example], max_length=MAX_NAME)
]
WITHIN = {
    SECTIONS.name: core(Section.source_id) == bind(SCOPE),
    PASSAGES.name: core(Passage.source_id) == bind(SCOPE),
}


def source_router(catalogue: Catalogue) -> APIRouter:
    """Return the routes below one source."""
    router = PrefixRouter(prefix="/v1/sources", tags=["sources"], route_class=StrictRoute)
    _add_list_within(router, SECTIONS, catalogue)
    _add_list_within(router, PASSAGES, catalogue)

    @router.get(
        "/{slug}/passages/{locator}",
        summary="Get one passage",
        operation_id="get_passage",
        responses=ok("The passage.", GENERATED) | problem_responses(404, 422, 503),
        response_class=Response,
    )
    async def get_passage(slug: SourceSlug, locator: Locator, reader: ReaderDep) -> Response:
        """One passage by its locator, with every record and link that cites it. Casebook does not store the text."""
        async with reader.snapshot() as snapshot:
            passage = await detail(snapshot, PASSAGES, locator, await _scope(snapshot, PASSAGES, slug))
            return json_response(passage, snapshot.data_version)

    return router


def operations(catalogue: Catalogue) -> Iterator[tuple[str, Operation]]:
    """Yield the operations that FastAPI cannot describe, by `operationId`."""
    for resource in (SECTIONS, PASSAGES):
        yield f"list_{resource.name}", Operation(list_parameters(resource, catalogue).model, list_model(resource))
    yield "get_passage", Operation(result=PASSAGES.schema)


def _add_list_within(router: APIRouter, resource: Resource, catalogue: Catalogue) -> None:
    parameters = list_parameters(resource, catalogue)
    Params = Annotated[ListParameters, Depends(QueryForm(lambda: parameters.model))]  # noqa: N806 - a type

    async def list_within(slug: SourceSlug, request: Request, reader: ReaderDep, params: Params) -> Response:
        async with reader.snapshot() as snapshot:
            scope = await _scope(snapshot, resource, slug)
            return list_response(request, snapshot, await page(snapshot, resource, parameters, params, scope), params)

    router.add_api_route(
        f"/{{slug}}/{resource.name}",
        list_within,
        summary=f"List the {resource.name} of a source",
        description=resource.summary,
        operation_id=f"list_{resource.name}",
        responses=ok("A page of the list.", GENERATED) | problem_responses(404, 422, 503),
        response_class=Response,
    )


async def _scope(snapshot: Snapshot, resource: Resource, slug: str) -> Scope:
    return Scope("source", WITHIN[resource.name], await find_id(snapshot, SOURCES, slug), f"source:{slug}")
