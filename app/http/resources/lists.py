"""List, detail and related lists of every resource: three routes each, made from its declaration."""

from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, Literal, Union

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from app.database import bind
from app.http.errors import problem_responses
from app.http.negotiation import chosen
from app.http.pagination import list_response
from app.http.query_params import NoParameters, asked, parameters
from app.http.resources.exports import FORMATS, Format, export
from app.http.resources.stats import add_stats
from app.http.responses import Reading, json_response, written_response
from app.http.schemas import example_of, list_example, list_model, ok
from app.model.catalogue import Catalogue
from app.model.naming import with_article
from app.model.resource import Resource
from app.query.filters.bound_filters import SCOPE, Scope
from app.query.lists.detail import detail, number, written
from app.query.lists.pages import page
from app.query.lists.parameters import Parameters, list_parameters, shared_by

MAX_NAME = 200
NAME_PATTERN = r"^[^\x00-\x1f]*$"


def resource_router(
    resource: Resource,
    catalogue: Catalogue,
    known: dict[str, Parameters],
    formats: Sequence[Format] = FORMATS,
    *,
    own_detail: bool = False,
) -> APIRouter:
    """The routes of one resource, its whole list in these formats; `own_detail` where another router answers its details."""
    router = APIRouter(prefix=f"/v1/{resource.name}", tags=[resource.name])
    add_list(router, resource, known[resource.name], formats)
    _add_export(router, resource, known[resource.name], formats)
    if known[resource.name].groupings:
        add_stats(router, resource, known[resource.name])
    if (resource.is_kind or not resource.is_record) and not own_detail:
        _add_detail(router, resource)
    if resource.is_kind and catalogue.related(resource):
        _add_related(router, resource, catalogue, known)
    return router


def all_parameters(catalogue: Catalogue) -> dict[str, Parameters]:
    """The parameters of every resource's list, made once."""
    return {resource.name: list_parameters(resource, catalogue) for resource in catalogue.resources}


def add_list(router: APIRouter, resource: Resource, known: Parameters, formats: Sequence[Format]) -> None:
    """GET the list: a page of it, or the whole where `Accept` prefers a format for that."""
    offered = {"json": "application/json", **{format_.suffix: format_.media_type for format_ in formats}}
    by_suffix = {format_.suffix: format_ for format_ in formats}

    listed = ok(lambda: list_model(resource), list_example(resource), "A page of the list; in other formats, the whole.")
    listed[200]["content"] |= _contents(formats)

    async def list_resource(request: Request, reader: Reading) -> Response:
        format_ = chosen(request, offered)
        if format_ != "json":
            return await export(request, reader, resource, known, by_suffix[format_])
        given = asked(known.model, request)
        async with reader.snapshot() as snapshot:
            return list_response(request, snapshot, await page(snapshot, resource, known, given), given)

    router.add_api_route(
        "",
        list_resource,
        summary=f"List {resource.name.replace('-', ' ')}",
        description=resource.summary,
        operation_id=f"list_{resource.name.replace('-', '_')}",
        openapi_extra=parameters(lambda: known.model),
        responses=listed | problem_responses(406, 422, 503),
        response_class=Response,
    )


def _add_export(router: APIRouter, resource: Resource, known: Parameters, formats: Sequence[Format]) -> None:
    by_suffix = {format_.suffix: format_ for format_ in formats}
    path = Path(alias="format", description="Format of the file.", examples=["csv"])
    choice: Any = Annotated[Literal[tuple(by_suffix)], path]

    async def export_resource(suffix: choice, request: Request, reader: Reading) -> Response:
        return await export(request, reader, resource, known, by_suffix[suffix])

    whole: dict[int | str, dict[str, Any]] = {200: {"description": "The whole list.", "content": _contents(formats)}}
    router.add_api_route(
        ".{format}",
        export_resource,
        summary=f"Export {resource.name.replace('-', ' ')}",
        description="The same list whole, as a file: CSV, JSON Lines, a spreadsheet, GeoJSON where there are places. Several "
        "values in one cell are joined by `;`; what could begin a formula gets an apostrophe in front. `include` is for JSON "
        "Lines alone.",
        operation_id=f"export_{resource.name.replace('-', '_')}",
        openapi_extra=parameters(lambda: known.export),
        responses=whole | problem_responses(404, 422, 503),
        response_class=Response,
    )


def _contents(formats: Sequence[Format]) -> dict[str, Any]:
    """What OpenAPI says of whole lists in these formats."""
    return {
        format_.media_type: {"schema": {"type": "object" if format_.media_type.endswith("+json") else "string"}}
        for format_ in formats
    }


def _add_detail(router: APIRouter, resource: Resource) -> None:
    async def get_resource(slug: _name(resource), request: Request, reader: Reading) -> Response:  # type: ignore[valid-type] # made below
        asked(NoParameters, request)
        async with reader.snapshot() as snapshot:
            if resource.is_kind:
                return written_response(await written(snapshot, resource, slug), snapshot.data_version)
            return json_response(await detail(snapshot, resource, slug), snapshot.data_version)

    what = resource.kind.replace("_", " ")
    router.add_api_route(
        "/{slug}",
        get_resource,
        summary=f"Get one {what}",
        description=f"One {what} with all that belongs to it."
        + (" An alias or former slug redirects." if resource.is_kind else ""),
        operation_id=f"get_{resource.kind}",
        responses=ok(resource.schema, example_of(resource.schema), f"The {what}.")
        | problem_responses(*([308] if resource.is_kind else []), 404, 422, 503),
        response_class=Response,
    )


def _add_related(router: APIRouter, resource: Resource, catalogue: Catalogue, known: dict[str, Parameters]) -> None:
    others = {other.name: other for other in catalogue.related(resource)}
    tied = cache(lambda name: known[name].filters[resource.kind].condition([bind(SCOPE)]))
    help_ = "The kind to list."
    choice: Any = Annotated[Literal[tuple(others)], Path(description=help_, examples=[next(iter(others))])]

    async def list_related(slug: _name(resource), related: choice, request: Request, reader: Reading) -> Response:  # type: ignore[valid-type] # as above
        other = others[related]
        given = asked(known[other.name].model, request)
        async with reader.snapshot() as snapshot:
            filter_ = known[other.name].filters[resource.kind]
            to = await number(snapshot, resource, slug)
            scope = Scope(resource.kind, tied(related), to, f"{resource.kind}:{slug}", filter_)
            return list_response(request, snapshot, await page(snapshot, other, known[other.name], given, scope), given)

    what = resource.kind.replace("_", " ")

    def shared() -> type[BaseModel]:
        return shared_by([known[name].model for name in others])

    def pages() -> Any:
        return Union[tuple(list_model(other) for other in others.values())]  # noqa: UP007 - known at run time

    router.add_api_route(
        "/{slug}/{related}",
        list_related,
        summary=f"List what {with_article(what)} is tied to",
        description=f"The records of one kind that a link ties the {what} to, either way: the same list as that kind's own, "
        f"filtered by `{resource.kind}`, with all of its parameters; shown here are those that all kinds share, and what any of "
        "them can be sorted by, shown with and counted by.",
        operation_id=f"list_related_to_{resource.kind}",
        openapi_extra=parameters(shared),
        responses=ok(pages, list_example(next(iter(others.values()))), "A page of the list.")
        | problem_responses(308, 404, 422, 503),
        response_class=Response,
    )


def _name(resource: Resource) -> Any:
    description = f"Slug of the {resource.kind.replace('_', ' ')}." if resource.is_record else f"Its `{resource.key.key}`."
    return Annotated[str, Path(description=description, examples=[resource.example], max_length=MAX_NAME, pattern=NAME_PATTERN)]
