"""The OpenAPI document: FastAPI's, completed with the parameters and schemas of the generated routes, and examples."""

import asyncio
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, TypeAdapter

from app.http.about import NOTICE, QUESTIONS
from app.http.errors import ProblemOut
from app.http.middleware.admission import release_slot
from app.http.resources.documentation import Operation
from app.http.responses import static_response
from app.http.schemas import JSON
from app.model.catalogue import Catalogue

INTRODUCTION = """\
Casebook turns an article on peacekeeping and security sector reform into records and links, sets facts from the United
Nations beside them, and cites the source of each record and each link. From these citations it computes whether a record is
`corroborated`, rests on a `single_source`, or is `disputed`.

**Questions, and the requests that answer them**

{questions}

**The same on every list**: filter by `field=value` (repeat it for *or*) and by `field__gte`, `__lte`, `__ne`, `__contains`,
`__all`, `__isnull` where the type allows; by a related record with its kind, as in `challenge=insurgent-resistance`.
`sort=-established`, `limit=`, `fields=`, `include=links`. Follow `page.next` for more. Dates may be `1993`, `1993-10` or
`1993-10-05`. Null means unknown. A request that cannot be answered is refused with a reason; nothing in it is ignored.

{notice} Sources, licences and acknowledgements: `/v1/sources`.
"""
HEADERS = {
    "ETag": "Strong entity tag, for `If-None-Match`.",
    "X-Data-Version": "Version of the data that the response was made from, if any.",
    "X-Request-ID": "Id of the request in the logs: the client's own if it sent one.",
    "Link": 'The next page (`rel="next"`), if there is one.',
}
REF = "#/components/schemas/"
MODE: Literal["serialization"] = "serialization"

Document = dict[str, Any]


def describe(app: FastAPI, catalogue: Catalogue, generated: Callable[[], Mapping[str, Operation]]) -> None:
    """Set an application's title, introduction and tags, and add `/openapi.json`.

    `generated` returns the operations that FastAPI cannot describe, by `operationId`.
    """
    listed = "\n".join(f"- {question} [`GET {path}`]({path})" for question, path in QUESTIONS)
    app.title, app.summary = "Casebook", "A knowledge API on peacekeeping and security sector reform."
    app.description = INTRODUCTION.format(questions=listed, notice=NOTICE)
    app.openapi_tags = [{"name": resource.name, "description": resource.summary} for resource in catalogue.resources]
    app.openapi_tags.append(
        {"name": "questions", "description": "Queries across all kinds: search, graph, paths, comparison, timeline, changes."}
    )
    app.openapi_tags.append({"name": "service", "description": "The service itself: home, catalogue, health."})

    def openapi() -> Document:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, generated())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # the documented way to extend the document
    serialized = cache(lambda root: orjson.dumps(app.openapi() | ({"servers": [{"url": root}]} if root else {})))

    @app.get("/openapi.json", include_in_schema=False)
    async def get_document(request: Request) -> Response:
        release_slot(request)
        # It takes seconds to build when it is first requested.
        return static_response(await asyncio.to_thread(serialized, request.scope.get("root_path", "")), JSON)


def _document(app: FastAPI, generated: Mapping[str, Operation]) -> Document:
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
    )
    described = [path["get"] for path in document["paths"].values()]
    results = {id_: operation.result for id_, operation in generated.items() if operation.result is not None}
    schemas, definitions = _schemas(results | {ProblemOut.__name__: ProblemOut})
    components = document.setdefault("components", {})
    components["schemas"] = dict(sorted((components.get("schemas", {}) | definitions).items()))
    components["headers"] = {name: {"description": text, "schema": {"type": "string"}} for name, text in HEADERS.items()}
    for operation in described:
        operation_id = operation["operationId"]
        form, success = generated.get(operation_id, Operation()).query, operation["responses"]["200"]
        if form is not None:
            operation["parameters"] = [*operation.get("parameters", ()), *_query_parameters(form)]
        for parameter in operation.get("parameters", ()):
            _show_example(parameter)
        if operation_id in schemas:
            success["content"][JSON]["schema"] = schemas[operation_id]
        if JSON in success["content"]:
            success["content"][JSON]["example"] = _example(success["content"][JSON]["schema"], components["schemas"])
        success["headers"] = _headers(operation)
    return document


def _schemas(results: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the JSON Schema of each type by name, and the definitions that they refer to."""
    adapters = [(name, MODE, TypeAdapter(result)) for name, result in results.items()]
    schemas, definitions = TypeAdapter.json_schemas(adapters, ref_template=REF + "{model}")
    return {name: schema for (name, _), schema in schemas.items()}, definitions["$defs"]


def _headers(operation: dict[str, Any]) -> dict[str, Any]:
    """Return the headers of a 200: a page links to the next one, what can be revalidated has a tag."""
    is_paged = any(parameter["name"] == "cursor" for parameter in operation.get("parameters", ()))
    validators = ["ETag", "X-Data-Version"] if "304" in operation["responses"] else []
    names = [*validators, "X-Request-ID", *(["Link"] if is_paged else [])]
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _query_parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    """Return the fields of a query model as OpenAPI parameters."""
    schema = model.model_json_schema()
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "description": part.get("description", ""), "schema": part}
        for name, part in schema.get("properties", {}).items()
    ]


def _show_example(parameter: dict[str, Any]) -> None:
    """Tidy a parameter's schema, and end its description with the example, for the docs page shows it nowhere else."""
    part = parameter["schema"]
    # A parameter is left out, never null.
    option: dict[str, Any] = next((option for option in part.get("anyOf", ()) if option != {"type": "null"}), {})
    schema = {key: value for key, value in (part | option).items() if key not in ("anyOf", "title", "description")}
    if schema.get("default") in (None, [], ()):
        schema.pop("default", None)
    if schema.get("examples") in ([None], [[None]]):
        del schema["examples"]
    first = next(iter(schema.get("examples", ())), None)
    value = first[0] if isinstance(first, list) and first else first
    if value not in (None, "", []):
        parameter["description"] += f" Example: `{str(value).lower() if isinstance(value, bool) else value}`."
    parameter["schema"] = schema


def _example(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Any:
    """Return an instance of a schema, made of the examples of its fields."""
    match schema:
        case {"$ref": ref}:
            return _example(definitions[ref.removeprefix(REF)], definitions)
        case {"examples": [example, *_]}:
            return example
        case {"anyOf": options} | {"oneOf": options}:
            return None if {"type": "null"} in options else _example(options[0], definitions)
        case {"items": items}:
            return [_example(items, definitions)]
    properties = schema.get("properties", {})
    if isinstance(values := schema.get("additionalProperties"), dict):
        properties = {"faced": values}
    return {name: _example(part, definitions) for name, part in properties.items()}
