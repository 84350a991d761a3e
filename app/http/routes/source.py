"""The sections and passages of a source: lists within it, and what cites a passage."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app.database import Snapshot, bind
from app.http.errors import problem_responses
from app.http.pagination import list_response
from app.http.query_params import NoParameters, asked, parameters
from app.http.resources.lists import MAX_NAME, NAME_PATTERN
from app.http.responses import Reading, json_response
from app.http.schemas import example_of, list_example, list_model, ok
from app.kinds.source import PASSAGES, SECTIONS, SOURCES
from app.model.catalogue import Catalogue
from app.model.resource import Resource, core
from app.model.source import Passage, Section
from app.query.filters.bound_filters import SCOPE, Scope
from app.query.lists.detail import detail, number
from app.query.lists.pages import page
from app.query.lists.parameters import list_parameters

SourceSlug = Annotated[
    str, Path(description="Slug of the source.", examples=[SOURCES.example], max_length=MAX_NAME, pattern=NAME_PATTERN)
]
Locator = Annotated[
    str, Path(description="`<section>:<paragraph>.<sentence>`.", examples=[PASSAGES.example], max_length=MAX_NAME)
]
WITHIN = {
    SECTIONS.name: core(Section.source_id) == bind(SCOPE),
    PASSAGES.name: core(Passage.source_id) == bind(SCOPE),
}


def source_router(catalogue: Catalogue) -> APIRouter:
    """The routes below one source."""
    router = APIRouter(prefix="/v1/sources/{slug}", tags=["sources"])
    _add_list_within(router, SECTIONS, catalogue)
    _add_list_within(router, PASSAGES, catalogue)

    async def get_passage(slug: SourceSlug, locator: Locator, request: Request, reader: Reading) -> Response:
        asked(NoParameters, request)
        async with reader.snapshot() as snapshot:
            found = await detail(snapshot, PASSAGES, locator, await _within(snapshot, PASSAGES, slug))
            return json_response(found, snapshot.data_version)

    router.add_api_route(
        "/passages/{locator}",
        get_passage,
        summary="Get one passage",
        description="One passage by its locator, with every record and link that cites it. The text itself is not held.",
        operation_id="get_passage",
        responses=ok(PASSAGES.schema, example_of(PASSAGES.schema), "The passage.") | problem_responses(404, 422, 503),
        response_class=Response,
    )
    return router


def _add_list_within(router: APIRouter, resource: Resource, catalogue: Catalogue) -> None:
    known = list_parameters(resource, catalogue)

    async def list_within(slug: SourceSlug, request: Request, reader: Reading) -> Response:
        given = asked(known.model, request)
        async with reader.snapshot() as snapshot:
            scope = await _within(snapshot, resource, slug)
            return list_response(request, snapshot, await page(snapshot, resource, known, given, scope), given)

    router.add_api_route(
        f"/{resource.name}",
        list_within,
        summary=f"List the {resource.name} of a source",
        description=resource.summary,
        operation_id=f"list_{resource.name}",
        openapi_extra=parameters(lambda: known.model),
        responses=ok(lambda: list_model(resource), list_example(resource), "A page of the list.")
        | problem_responses(404, 422, 503),
        response_class=Response,
    )


async def _within(snapshot: Snapshot, resource: Resource, slug: str) -> Scope:
    return Scope("source", WITHIN[resource.name], await number(snapshot, SOURCES, slug), f"source:{slug}")
