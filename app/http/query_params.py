"""Query strings: parsed into a resource's parameter model, and checked so that nothing a client sends is ignored.

A resource's list takes more than a hundred parameters. FastAPI's query models look each of them up for every request (0.7 ms
for a list of missions) and take the last of repeated values in silence, so a `QueryForm` parses these. Routes with few
parameters declare them in the signature, as FastAPI has it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import islice
from typing import Generic, TypeVar, get_origin
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.http.declared import parameters_of_route
from app.model import partial_date
from app.model.error import MOST_TOLD, InvalidQuery, Problem, nearest

MAX_PARAMETERS = 2_500
"""In one query: more than any path takes, each with as many values as it may have."""
MAX_ECHOED = 100
"""Characters of a wrong name or value that an error repeats."""
CACHED_DEFAULTS = 256

MESSAGES = {
    "bool_parsing": "takes true or false, not {value!r}",
    "date": "takes a year, month or day, such as 1993, 1993-10 or 1993-10-05, not {value!r}",
    "float_parsing": "takes a number, not {value!r}",
    "greater_than_equal": "must be at least {ge}",
    "int_parsing": "takes a whole number, not {value!r}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "no such value: {value!r}",
    "missing": "is required",
    "string_pattern_mismatch": "has characters that are not allowed here: {value!r}",
    "string_too_long": "takes at most {max_length} characters",
    "string_too_short": "takes at least {min_length} characters",
    "too_long": "takes at most {max_length} values",
    "too_short": "takes at least {min_length} values",
}
"""For people, by the type of Pydantic's error."""

Model = TypeVar("Model", bound=BaseModel)


class QueryForm(Generic[Model]):
    """A dependency that parses the query string into a model: `Annotated[Model, Depends(QueryForm(lambda: Model))]`.

    The model is built when it is first used: those of all resources take longer than everything else at the start.
    """

    def __init__(self, model: Callable[[], type[Model]]) -> None:
        self._model = model

    async def __call__(self, request: Request) -> Model:
        return parse_query(self._model(), request)


def parse_query(model: type[Model], request: Request) -> Model:
    """Return the parameters in a request's query string. Raise InvalidQuery with everything that is wrong."""
    query: bytes = request.scope["query_string"]
    if not query:
        defaults: Model = _defaults(model)
        return defaults
    by_name = _values_by_name(query)
    if any(name not in model.model_fields for name in by_name):
        # Other dependencies of the route may have parameters of their own.
        others = parameters_of_route(request) or {}
        by_name = {name: values for name, values in by_name.items() if name not in others}
    return _parse(model, by_name)


def check_names(request: Request, allowed: Mapping[str, bool]) -> None:
    """Raise InvalidQuery for parameters that are not `allowed`, and for repeated ones whose value there is False."""
    repeatable = {name for name, is_list in allowed.items() if is_list}
    problems = _problems_of_names(_values_by_name(request.scope["query_string"]), list(allowed), repeatable)
    if problems:
        raise InvalidQuery(*problems)


@lru_cache(CACHED_DEFAULTS)
def _defaults(model: type[Model]) -> Model:
    return _parse(model, {})


def _parse(model: type[Model], by_name: Mapping[str, list[str]]) -> Model:
    repeatable = _repeatable(model)
    problems = _problems_of_names(by_name, list(model.model_fields), repeatable)
    known = {name: values for name, values in by_name.items() if name in model.model_fields}
    try:
        parsed = model.model_validate({name: values if name in repeatable else values[-1] for name, values in known.items()})
    except ValidationError as error:
        raise InvalidQuery(*problems, *map(problem_of, error.errors(include_url=False))) from None
    if problems:
        raise InvalidQuery(*problems)
    return parsed


def _values_by_name(query: bytes) -> dict[str, list[str]]:
    if query.count(b"&") >= MAX_PARAMETERS:
        raise InvalidQuery(Problem(loc=("query",), msg=f"has more than {MAX_PARAMETERS} parameters"))
    by_name: dict[str, list[str]] = {}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        by_name.setdefault(name, []).append(value)
    return by_name


def _problems_of_names(
    by_name: Mapping[str, list[str]], allowed: Sequence[str], repeatable: frozenset[str] | set[str]
) -> list[Problem]:
    unknown = (name for name in by_name if name not in allowed)
    problems = [_unknown(name, allowed) for name in islice(unknown, MOST_TOLD)]
    return problems + [
        Problem(loc=("query", name), msg="takes one value and was given several")
        for name, values in by_name.items()
        if len(values) > 1 and name in allowed and name not in repeatable
    ]


def _unknown(name: str, allowed: Sequence[str]) -> Problem:
    near = nearest(name[:MAX_ECHOED], allowed)
    msg = "unknown parameter" if allowed else "this path takes no parameters"
    return Problem(loc=("query", name[:MAX_ECHOED]), msg=msg, did_you_mean=near[0] if near else None, allowed=allowed)


@cache
def _repeatable(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(name for name, field in model.model_fields.items() if get_origin(field.annotation) is list)


def problem_of(details: ErrorDetails) -> Problem:
    """Return what Pydantic found wrong with a parameter in words for clients."""
    loc = details["loc"]
    # FastAPI says where a parameter stands, a model validated on its own does not.
    where, name = (str(loc[0]), str(loc[1])) if loc[0] in ("path", "query") and len(loc) > 1 else ("query", str(loc[0]))
    allowed: list[str] = []
    if details["type"] in ("literal_error", "enum"):
        allowed = re.findall(r"'([^']*)'", str(details.get("ctx", {}).get("expected", "")))
    value = str(details["input"])[:MAX_ECHOED]
    near = nearest(value, allowed)
    return Problem(loc=(where, name), msg=_message(details, value), did_you_mean=near[0] if near else None, allowed=allowed)


def _message(details: ErrorDetails, value: str) -> str:
    """Return the message of a validation error, in plain words for the common ones."""
    context = details.get("ctx", {})
    type_ = "date" if context.get("pattern") == partial_date.PATTERN else details["type"]
    template = MESSAGES.get(type_)
    return template.format(value=value, **context) if template else details["msg"].removeprefix("Value error, ")
