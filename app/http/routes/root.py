"""The front door: what this is, and the catalogue of what can be asked."""

from html import escape
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from app.http.about import NAME, NOTICE, QUESTIONS, WHAT
from app.http.errors import problem_responses
from app.http.negotiation import chosen
from app.http.pages import page_response
from app.http.query_params import NoParameters, asked
from app.http.responses import Reading, json_response, lasting_response
from app.http.routes.geojson import formats_of
from app.http.schemas import example_of, ok
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
QUESTION_LINKS = "\n".join(f'<li><a href="{escape(request)}">{escape(question)}</a></li>' for question, request in QUESTIONS)


class Home(Public):
    """What this is."""

    name: str = public("Name of the service.", NAME)
    description: str = public("What it serves.", WHAT)
    notice: str = public("What it is not.", NOTICE)
    data_version: str = public("Version of the data that is served.", "3c3ab12c0847")
    links: dict[str, str] = public("Where to go on.", LINKS)


class CatalogueEntry(Public):
    """What can be asked of one resource."""

    name: str = public("Name.", "missions")
    path: str = public("Path of its list.", "/v1/missions")
    summary: str = public("What it holds.", "Peace operations.")
    fields: dict[str, str] = public(
        "Fields of an item, with their meaning; each can be chosen by `fields=`.", {"acronym": "Acronym in use."}
    )
    filters: list[str] = public("Parameters that narrow its list.", ["acronym", "acronym__contains"])
    sorts: list[str] = public("Fields to sort by; `-` before the name for descending.", ["established"])
    includes: list[str] = public("What `include=` adds to the items of a list.", ["links", "citations"])
    facets: list[str] = public("What `facet=` and, in `/stats`, `group_by=` count by.", ["region", "established_decade"])
    formats: list[str] = public("Suffixes of its path that give the whole list as a file.", ["csv", "jsonl", "xlsx"])
    related: list[str] = public("Kinds that `/v1/{resource}/{slug}/{related}` lists.", ["challenges"])


class QuestionOut(Public):
    """A question as people ask it."""

    question: str = public("The question.", QUESTIONS[0][0])
    request: str = public("The request that answers it.", QUESTIONS[0][1])


class CatalogueOut(Public):
    """Everything that can be listed."""

    questions: list[QuestionOut] = public("Questions to begin with.")
    resources: list[CatalogueEntry] = public("The resources, in the order of the documentation.")


def root_router(catalogue: Catalogue, known: dict[str, Parameters]) -> APIRouter:
    """The front door and the catalogue."""
    router = APIRouter(tags=["service"])
    questions = [{"question": question, "request": request} for question, request in QUESTIONS]
    resources = [_entry(resource, catalogue, known[resource.name]) for resource in catalogue.resources]
    entries = orjson.dumps({"questions": questions, "resources": resources})

    @router.get(
        "/",
        summary="What this is",
        operation_id="get_home",
        response_class=Response,
        responses=ok(Home, example_of(Home), "Name, data version and links.", **{"text/html": "<!doctype html>"})
        | problem_responses(406, 422, 503),
    )
    async def home(request: Request, reader: Reading) -> Response:
        """JSON, or a page where `Accept` prefers HTML."""
        asked(NoParameters, request)
        async with reader.snapshot() as snapshot:
            if chosen(request, {"json": "application/json", "html": "text/html"}) == "html":
                return page_response(
                    "index.html", data_version=snapshot.data_version, what=WHAT, notice=NOTICE, questions=QUESTION_LINKS
                )
            body = {"name": NAME, "description": WHAT, "notice": NOTICE, "data_version": snapshot.data_version, "links": LINKS}
            return json_response(body, snapshot.data_version, Vary="Accept")

    @router.get(
        "/v1",
        summary="What can be asked",
        operation_id="get_catalogue",
        response_class=Response,
        responses=ok(CatalogueOut, example_of(CatalogueOut), "The catalogue.") | problem_responses(422, 503),
    )
    async def get_catalogue(request: Request) -> Response:
        """Each resource with its fields, filters, sorts, includes and related lists."""
        asked(NoParameters, request)
        return lasting_response(entries, "application/json")

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
