"""List, export, detail and related routes of a resource, made from its declaration."""

from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request, Response

from app.database import bind
from app.http.errors import problem_responses
from app.http.negotiation import negotiate
from app.http.pagination import list_response
from app.http.query_params import QueryForm, parse_query
from app.http.resources.exports import FORMATS, Format, export
from app.http.resources.stats import add_stats
from app.http.responses import ReaderDep, json_response, rendered_response
from app.http.schemas import GENERATED, JSON, ok, path_of
from app.model.catalogue import Catalogue
from app.model.naming import with_article
from app.model.resource import Resource
from app.query.lists.bound_filters import SCOPE, Scope
from app.query.lists.detail import detail, find_id, rendered_detail
from app.query.lists.pages import page
from app.query.lists.parameters import ExportParameters, ListParameters, Parameters, list_parameters

MAX_NAME = 200
NAME_PATTERN = r"^[^\x00-\x1f]*$"


def add_resource(  # noqa: PLR0913 - the resource, its surroundings and two exceptions
    router: APIRouter,
    resource: Resource,
    catalogue: Catalogue,
    parameters: dict[str, Parameters],
    formats: Sequence[Format] = FORMATS,
    *,
    own_detail: bool = False,
) -> None:
    """Add the routes of a resource. `formats` are those of its exports; `own_detail` if its detail is written by hand.

    They go onto a router that exists rather than into one of their own: FastAPI matches an included router's routes twice.
    """
    _add_list(router, resource, parameters[resource.name], formats)
    _add_export(router, resource, parameters[resource.name], formats)
    if parameters[resource.name].groupings:
        add_stats(router, resource, parameters[resource.name])
    if (resource.is_kind or not resource.is_record) and not own_detail:
        _add_detail(router, resource)
    if resource.is_kind and catalogue.related(resource):
        _add_related(router, resource, catalogue, parameters)


def all_parameters(catalogue: Catalogue) -> dict[str, Parameters]:
    """Return the parameters of every resource's list, by the resource's name."""
    return {resource.name: list_parameters(resource, catalogue) for resource in catalogue.resources}


class _ListForm(QueryForm[Any]):
    """The query of a list: of a page of it, or of an export if `Accept` prefers one."""

    def __init__(self, parameters: Parameters, offered: dict[str, str]) -> None:
        super().__init__(lambda: parameters.model)
        self._parameters, self._offered = parameters, offered

    async def __call__(self, request: Request) -> tuple[str, ListParameters | ExportParameters]:
        """Return the name of the format, and the parameters that it takes."""
        format_ = negotiate(request, self._offered)
        return format_, parse_query(self._parameters.model if format_ == "json" else self._parameters.export, request)


def _add_list(router: APIRouter, resource: Resource, parameters: Parameters, formats: Sequence[Format]) -> None:
    by_suffix = {format_.suffix: format_ for format_ in formats}
    form = _ListForm(parameters, {"json": JSON} | {format_.suffix: format_.media_type for format_ in formats})

    async def list_resource(request: Request, reader: ReaderDep, query: Annotated[Any, Depends(form)]) -> Response:
        format_, params = query
        if format_ != "json":
            return await export(request, reader, resource, parameters, by_suffix[format_], params)
        async with reader.snapshot() as snapshot:
            return list_response(request, snapshot, await page(snapshot, resource, parameters, params), params)

    responses = ok("A page of the list as JSON; all of it in other formats.", GENERATED, **_contents(formats))
    router.add_api_route(
        path_of(resource),
        list_resource,
        tags=[resource.name],
        summary=f"List {resource.name.replace('-', ' ')}",
        description=resource.summary,
        operation_id=f"list_{resource.name.replace('-', '_')}",
        responses=responses | problem_responses(406, 422, 503),
        response_class=Response,
    )


def _add_export(router: APIRouter, resource: Resource, parameters: Parameters, formats: Sequence[Format]) -> None:
    by_suffix = {format_.suffix: format_ for format_ in formats}
    Suffix: Any = Literal[tuple(by_suffix)]  # noqa: N806 - a type, known at run time
    form = QueryForm(lambda: parameters.export)

    async def export_resource(
        suffix: Annotated[Suffix, Path(alias="format", description="Format of the file.", examples=["csv"])],
        request: Request,
        reader: ReaderDep,
        params: Annotated[ExportParameters, Depends(form)],
    ) -> Response:
        return await export(request, reader, resource, parameters, by_suffix[suffix], params)

    router.add_api_route(
        f"{path_of(resource)}.{{format}}",
        export_resource,
        tags=[resource.name],
        summary=f"Export {resource.name.replace('-', ' ')}",
        description="The complete list as a file: CSV, JSON Lines, a spreadsheet, and GeoJSON for what has a location. Several "
        r"values in one cell are joined by `;`; within a value, `\;` is a semicolon and `\\` a backslash. "
        "Cells that a spreadsheet could read as a formula are prefixed with an apostrophe. `include` works with JSON Lines only.",
        operation_id=f"export_{resource.name.replace('-', '_')}",
        responses=ok("The complete list.", **_contents(formats)) | problem_responses(404, 422, 503),
        response_class=Response,
    )


def _contents(formats: Sequence[Format]) -> dict[str, Any]:
    return {format_.media_type: {"schema": format_.schema} for format_ in formats}


def _add_detail(router: APIRouter, resource: Resource) -> None:
    async def get_resource(slug: Annotated[str, slug_path(resource)], reader: ReaderDep) -> Response:
        async with reader.snapshot() as snapshot:
            if resource.is_kind:
                return rendered_response(await rendered_detail(snapshot, resource, slug), snapshot.data_version)
            return json_response(await detail(snapshot, resource, slug), snapshot.data_version)

    kind = resource.kind.replace("_", " ")
    router.add_api_route(
        f"{path_of(resource)}/{{slug}}",
        get_resource,
        tags=[resource.name],
        summary=f"Get one {kind}",
        description=f"One {kind} with everything that belongs to it."
        + (" An alias or former slug redirects." if resource.is_kind else ""),
        operation_id=f"get_{resource.kind}",
        responses=ok(f"The {kind}.", GENERATED) | problem_responses(*([308] if resource.is_kind else []), 404, 422, 503),
        response_class=Response,
    )


def _add_related(router: APIRouter, resource: Resource, catalogue: Catalogue, parameters: dict[str, Parameters]) -> None:
    others = {other.name: other for other in catalogue.related(resource)}
    linked_condition = cache(lambda name: parameters[name].filters[resource.kind].condition([bind(SCOPE)]))
    Related: Any = Literal[tuple(others)]  # noqa: N806 - a type, known at run time

    class RelatedForm(QueryForm[ListParameters]):
        """The query of the list of the kind that the path names."""

        async def __call__(self, request: Request) -> ListParameters:
            name = request.path_params["related"]
            return parse_query(parameters[name if name in others else next(iter(others))].model, request)

    form = RelatedForm(lambda: parameters[next(iter(others))].model)

    async def list_related(
        slug: Annotated[str, slug_path(resource)],
        related: Annotated[Related, Path(description="Kind to list.", examples=[next(iter(others))])],
        request: Request,
        reader: ReaderDep,
        params: Annotated[ListParameters, Depends(form)],
    ) -> Response:
        other, filter_ = others[related], parameters[related].filters[resource.kind]
        async with reader.snapshot() as snapshot:
            row_id = await find_id(snapshot, resource, slug)
            scope = Scope(resource.kind, linked_condition(related), row_id, f"{resource.kind}:{slug}", filter_)
            return list_response(request, snapshot, await page(snapshot, other, parameters[related], params, scope), params)

    kind = resource.kind.replace("_", " ")
    router.add_api_route(
        f"{path_of(resource)}/{{slug}}/{{related}}",
        list_related,
        tags=[resource.name],
        summary=f"List records linked to {with_article(kind)}",
        description=f"Records of one kind that are linked to the {kind}, in either direction. The same as the list of that kind "
        f"filtered by `{resource.kind}`, and takes the same parameters; listed here are those that all kinds have in common.",
        operation_id=f"list_related_to_{resource.kind}",
        responses=ok("A page of the list.", GENERATED) | problem_responses(308, 404, 422, 503),
        response_class=Response,
    )


def slug_path(resource: Resource) -> Any:
    """Return the declaration of the path parameter that names a record of a resource."""
    description = f"Slug of the {resource.kind.replace('_', ' ')}." if resource.is_record else f"Its `{resource.key.key}`."
    return Path(description=description, examples=[resource.example], max_length=MAX_NAME, pattern=NAME_PATTERN)
