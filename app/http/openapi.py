"""What the OpenAPI document says of the whole: the introduction, the tags in their order, and the shape of problems."""

import asyncio
from functools import cache
from typing import Any, Literal

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from app.http.about import NOTICE, QUESTIONS
from app.http.errors import ProblemOut
from app.http.middleware.admission import leave_turn
from app.http.old_deferred import made
from app.http.query_params import documented_parameters
from app.http.responses import lasting_response
from app.model.catalogue import Catalogue

INTRODUCTION = """\
Casebook turns an article on peacekeeping and security sector reform into records and links, sets facts from the United
Nations beside them, and cites the place that each record and each link comes from. From these citations it computes
whether a record is `corroborated`, rests on a `single_source`, or is `disputed`.

**Questions, and the requests that answer them**

{questions}

**The same everywhere**: filter by `field=value` (again for *or*) and by `field__gte`, `__lte`, `__ne`, `__contains`,
`__all`, `__isnull` where the type allows; by a related record with its kind, as in `challenge=insurgent-resistance`.
`sort=-established`, `limit=`, `fields=`, `include=links`. Follow `page.next` for more. Dates may be `1993`, `1993-10` or
`1993-10-05`. Null means unknown. What cannot be answered is refused with a reason, never ignored.

{notice} Sources, licences and acknowledgements: `/v1/sources`.
"""


HEADERS = {
    "ETag": "Strong tag of exactly these bytes, for `If-None-Match`.",
    "X-Data-Version": "Version of the data that the answer was made from, where it was made from any.",
    "X-Request-ID": "The request's id, as the logs have it: the client's own where it sent one.",
    "Link": 'The next page (`rel="next"`), where there is one.',
}
"""Those of answers that clients have use for."""


def describe(app: FastAPI, catalogue: Catalogue) -> None:
    """Give an application its title, its introduction and the order of its tags."""
    listed = "\n".join(f"- {question} [`GET {path}`]({path})" for question, path in QUESTIONS)
    app.title, app.summary = "Casebook", "A knowledge API on peacekeeping and security sector reform."
    app.description = INTRODUCTION.format(questions=listed, notice=NOTICE)
    app.openapi_tags = [{"name": resource.name, "description": resource.summary} for resource in catalogue.resources]
    app.openapi_tags.append(
        {"name": "questions", "description": "Questions across all kinds: search, graph, paths, comparison, timeline, changes."}
    )
    app.openapi_tags.append({"name": "service", "description": "The service itself: front door, catalogue, probes."})
    document = cache(lambda: orjson.dumps(app.openapi()))  # two megabytes, so made into bytes once

    @app.get("/openapi.json", include_in_schema=False)
    async def get_document(request: Request) -> Response:
        leave_turn(request)
        return lasting_response(await asyncio.to_thread(document), "application/json")  # seconds, when first asked for

    app.openapi = lambda: _document(app)  # type: ignore[method-assign] # the documented way to extend it


def _document(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
        )
        operations = [path["get"] for path in document["paths"].values()]
        for operation in operations:
            if parameters := documented_parameters(operation):
                operation["parameters"] = parameters
            operation["responses"]["200"]["headers"] = _headers(operation)
        answers = [content for operation in operations if (content := _json_of(operation))]
        document["components"] = {
            "schemas": _schemas(answers),
            "headers": {name: {"description": said, "schema": {"type": "string"}} for name, said in HEADERS.items()},
        }
        # FastAPI drops every null from the document, also those inside examples, where null is a value: so they come as text.
        for content in answers:
            content["example"] = orjson.loads(content["example"])
        app.openapi_schema = document
    return app.openapi_schema


def _headers(operation: dict[str, Any]) -> dict[str, Any]:
    """Whatever is paged has a link to the next page; what can be asked for again has a tag."""
    is_paged = any(parameter["name"] == "cursor" for parameter in operation.get("parameters", ()))
    again = ["ETag", "X-Data-Version"] if "304" in operation["responses"] else []
    names = [*again, "X-Request-ID", *(["Link"] if is_paged else [])]
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _json_of(operation: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = operation["responses"]["200"].get("content", {}).get("application/json", {})
    return content


def _schemas(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """Give each answer the schema of its model, which it had a token of; all of them, by name."""
    models = {answer["schema"]["$ref"]: made(answer["schema"]["$ref"]) for answer in answers} | {ProblemOut.__name__: ProblemOut}
    mode: Literal["serialization"] = "serialization"
    adapters = [(token, mode, TypeAdapter(model)) for token, model in models.items()]
    schemas, definitions = TypeAdapter.json_schemas(adapters, ref_template="#/components/schemas/{model}")
    for answer in answers:
        answer["schema"] = schemas[answer["schema"]["$ref"], mode]
    return dict(sorted(definitions["$defs"].items()))
