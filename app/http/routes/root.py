"""The home of the service, and the catalogue of its resources."""

from html import escape
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from app.http.about import NAME, NOTICE, QUESTIONS, WHAT
from app.http.errors import problem_responses
from app.http.negotiation import negotiate
from app.http.pages import page_response
from app.http.responses import ReaderDep, json_response, static_response
from app.http.routes.geojson import formats_of
from app.http.routing import StrictRoute
from app.http.schemas import JSON, ok, text_content
from app.http.urls import public_path
from app.model.catalogue import Catalogue
from app.model.resource import Resource
from app.model.schema import Public, public
from app.query.lists.parameters import Parameters, includes, sortable

LINKS = {
    "catalogue": "/v1",
    "docs": "/docs",
    "reference": "/redoc",
    "openapi": "/openapi.json",
    "missions": "/v1/missions",
    "sources": "/v1/sources",
}
QUESTION_LINKS = "\n".join(
    f'<li><a href="{escape(request.removeprefix("/"))}">{escape(question)}</a></li>' for question, request in QUESTIONS
)


class Home(Public):
    """The service."""

    name: str = public("Name of the service.", NAME)
    description: str = public("Description of the service.", WHAT)
    notice: str = public("Disclaimer.", NOTICE)
    data_version: str = public("Current version of the data.", "3c3ab12c0847")
    links: dict[str, str] = public("Paths to start from.", LINKS)


class CatalogueEntry(Public):
    """A resource, and the queries that it takes."""

    name: str = public("Name.", "missions")
    path: str = public("Path of its list.", "/v1/missions")
    summary: str = public("Description.", "Peace operations.")
    fields: dict[str, str] = public(
        "Fields of an item with their descriptions; `fields=` chooses among them.", {"acronym": "Acronym in use."}
    )
    filters: list[str] = public("Parameters that filter its list.", ["acronym", "acronym__contains"])
    sorts: list[str] = public("Fields to sort by; `-` before the name for descending.", ["established"])
    includes: list[str] = public("Values of `include=`, which embeds them in the items of a list.", ["links", "citations"])
    facets: list[str] = public(
        "Fields that `facet=`, and `group_by=` of `/stats`, can count by.", ["region", "established_decade"]
    )
    formats: list[str] = public("Suffixes of its path that export the complete list.", ["csv", "jsonl", "xlsx"])
    related: list[str] = public("Resources that `/v1/{resource}/{slug}/{related}` can list.", ["challenges"])


class QuestionOut(Public):
    """A question in plain words."""

    question: str = public("The question.", QUESTIONS[0][0])
    request: str = public("The request that answers it.", QUESTIONS[0][1])


class CatalogueOut(Public):
    """All resources."""

    questions: list[QuestionOut] = public("Questions to begin with.")
    resources: list[CatalogueEntry] = public("The resources, in the order of the documentation.")


def root_router(catalogue: Catalogue, known: dict[str, Parameters]) -> APIRouter:
    """Return the routes of the home and the catalogue."""
    router = APIRouter(tags=["service"], route_class=StrictRoute)
    questions = [{"question": question, "request": request} for question, request in QUESTIONS]
    resources = [_entry(resource, catalogue, known[resource.name]) for resource in catalogue.resources]
    entries = orjson.dumps({"questions": questions, "resources": resources})

    @router.get(
        "/",
        summary="Get the home",
        operation_id="get_home",
        response_class=Response,
        responses=ok("Name, data version and links.", Home, **{"text/html": text_content("<!doctype html>")})
        | problem_responses(406, 422, 503),
    )
    async def home(request: Request, reader: ReaderDep) -> Response:
        """JSON, or a page if `Accept` prefers HTML."""
        async with reader.snapshot() as snapshot:
            if negotiate(request, {"json": JSON, "html": "text/html"}) == "html":
                return page_response(
                    "index.html", data_version=snapshot.data_version, what=WHAT, notice=NOTICE, questions=QUESTION_LINKS
                )
            links = {name: public_path(request.scope, path) for name, path in LINKS.items()}
            body = {"name": NAME, "description": WHAT, "notice": NOTICE, "data_version": snapshot.data_version, "links": links}
            return json_response(body, snapshot.data_version)

    @router.get(
        "/v1",
        summary="Get the catalogue",
        operation_id="get_catalogue",
        response_class=Response,
        responses=ok("The catalogue.", CatalogueOut) | problem_responses(422, 503),
    )
    async def get_catalogue() -> Response:
        """Each resource with its fields, filters, sorts, includes and related lists."""
        return static_response(entries, JSON)

    return router


def _entry(resource: Resource, catalogue: Catalogue, parameters: Parameters) -> dict[str, Any]:
    return {
        "name": resource.name,
        "path": f"/v1/{resource.name}",
        "summary": resource.summary,
        "fields": {name: resource.schema.model_fields[name].description for name in resource.fields},
        "filters": list(parameters.filters),
        "sorts": sortable(resource),
        "includes": includes(resource),
        "facets": list(parameters.groupings),
        "formats": [format_.suffix for format_ in formats_of(resource)],
        "related": [other.name for other in catalogue.related(resource)],
    }
