"""Query strings into parameters. Nothing that a client sends is ignored: not an unknown name, not a second value.

FastAPI's own query models take the last of two values in silence, so one parser serves every route.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import islice
from typing import Any, TypeVar, get_origin
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import Request

from app.http.old_deferred import later, made
from app.model.error import MOST_TOLD, InvalidQuery, Problem, nearest

PARAMETERS = "x-parameters"
"""Where an operation has the token of its parameters until the document is asked for."""
MOST_PARAMETERS = 2_500
"""In one query: more than all that any path takes, each with as many values as it may have."""
MODELS = 256
"""Of how many models it is remembered what they are where nothing is given."""

Model = TypeVar("Model", bound=BaseModel)


class NoParameters(BaseModel):
    """A route that takes none."""


def asked(model: type[Model], request: Request) -> Model:
    """The parameters that a request gives in its query. InvalidQuery with everything that is wrong."""
    query: bytes = request.scope["query_string"]
    return _parsed(model, query) if query else _of_nothing(model)


@lru_cache(MODELS)
def _of_nothing(model: type[Model]) -> Model:
    return _parsed(model, b"")


def _parsed(model: type[Model], query: bytes) -> Model:
    if query.count(b"&") >= MOST_PARAMETERS:
        raise InvalidQuery(Problem(loc=("query",), msg=f"has more than {MOST_PARAMETERS} parameters"))
    given: dict[str, list[str]] = {}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        given.setdefault(name, []).append(value)
    unknown = (name for name in given if name not in model.model_fields)
    problems = [_unknown(name, model) for name in islice(unknown, MOST_TOLD)]
    known = {name: values for name, values in given.items() if name in model.model_fields}
    lists = _lists(model)
    problems += [
        Problem(loc=("query", name), msg="takes one value and was given more")
        for name, values in known.items()
        if name not in lists and len(values) > 1
    ]
    values: Mapping[str, Any] = {name: values if name in lists else values[-1] for name, values in known.items()}
    try:
        parsed = model.model_validate(values)
    except ValidationError as error:
        raise InvalidQuery(*problems, *map(parameter_problem, error.errors(include_url=False))) from None
    if problems:
        raise InvalidQuery(*problems)
    return parsed


@cache
def _lists(model: type[BaseModel]) -> frozenset[str]:
    """The parameters that may be given again."""
    return frozenset(name for name, field in model.model_fields.items() if get_origin(field.annotation) is list)


def parameters(model: Callable[[], type[BaseModel]]) -> dict[str, Any]:
    """For a route's `openapi_extra`: what its parameters are, told by `documented_parameters` once the document is asked for."""
    return {PARAMETERS: later(model)}


def documented_parameters(operation: dict[str, Any]) -> list[dict[str, Any]]:
    """An operation's parameters as OpenAPI wants them, those of its path first."""
    token = operation.pop(PARAMETERS, None)
    schema = made(token).model_json_schema() if token else {}
    required, parts = schema.get("required", ()), schema.get("properties", {})
    return [*operation.get("parameters", ()), *(_openapi(name, part, name in required) for name, part in parts.items())]


def _openapi(name: str, part: dict[str, Any], required: bool) -> dict[str, Any]:
    """One parameter. Its example also ends the description, for the docs page shows it nowhere else."""
    schema = {key: value for key, value in (part | _without_null(part)).items() if key not in ("anyOf", "title", "description")}
    if schema.get("default") in (None, [], ()):
        schema.pop("default", None)
    if schema.get("examples") in ([None], [[None]]):
        del schema["examples"]
    first = next(iter(part.get("examples", [None])))
    shown = first[0] if isinstance(first, list) and first else first
    example = "" if shown in (None, "", []) else f" Example: `{str(shown).lower() if isinstance(shown, bool) else shown}`."
    return {"name": name, "in": "query", "required": required, "description": part["description"] + example, "schema": schema}


def _without_null(part: dict[str, Any]) -> dict[str, Any]:
    """A parameter is left out, never null."""
    options = part.get("anyOf")
    return next(option for option in options if option != {"type": "null"}) if options else {}


def _unknown(name: str, model: type[BaseModel]) -> Problem:
    allowed: Sequence[str] = list(model.model_fields)
    near = nearest(name[:100], allowed)
    msg = "unknown parameter" if allowed else "this path takes no parameters"
    return Problem(loc=("query", name[:100]), msg=msg, did_you_mean=near[0] if near else None, allowed=allowed)


def parameter_problem(details: ErrorDetails) -> Problem:
    """What Pydantic found wrong with one parameter, as clients are told; only FastAPI's own findings say where it stands."""
    where, name = ("path", details["loc"][1]) if details["loc"][0] == "path" else ("query", details["loc"][0])
    msg = details["msg"].removeprefix("Value error, ")
    allowed: list[str] = []
    if details["type"] in ("literal_error", "enum"):
        allowed = re.findall(r"'([^']*)'", str(details.get("ctx", {}).get("expected", "")))
        msg = f"no such value: {str(details['input'])[:100]!r}"
    near = nearest(str(details["input"])[:100], allowed)
    return Problem(loc=(where, str(name)), msg=msg, did_you_mean=near[0] if near else None, allowed=allowed)
