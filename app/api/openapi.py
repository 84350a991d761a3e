"""What the OpenAPI document says of the whole: the introduction, the tags in their order, and the shape of problems."""

from functools import cache
from typing import Any

import orjson
from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from app.api.about import NOTICE, QUESTIONS
from app.api.answering import lasting_response
from app.api.problem import ProblemOut
from app.catalog.catalogue import Catalogue

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
    async def get_document() -> Response:
        return lasting_response(document(), "application/json")

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
        _, problems = models_json_schema([(ProblemOut, "serialization")], ref_template="#/components/schemas/{model}")
        document["components"]["schemas"] |= problems["$defs"]
        for unused in ("HTTPValidationError", "ValidationError"):
            document["components"]["schemas"].pop(unused, None)
        # FastAPI drops every null from the document, also those inside examples, where null is a value: so they come as text.
        for path in document["paths"].values():
            content = path["get"]["responses"]["200"].get("content", {}).get("application/json", {})
            if "example" in content:
                content["example"] = orjson.loads(content["example"])
        app.openapi_schema = document
    return app.openapi_schema
