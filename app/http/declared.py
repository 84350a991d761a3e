"""The query parameters that routes declare, as FastAPI documents them: those of handlers and of all their dependencies."""

import warnings
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from fastapi import Request
from fastapi.openapi.utils import get_openapi

STATE = "declared_parameters"

Names = Mapping[str, bool]
"""Names of parameters, and whether each may be repeated."""


def parameters_by_path(request: Request) -> Mapping[str, Names]:
    """Return the query parameters of each path of the application.

    They come from FastAPI's OpenAPI document of the routes, which is built once for an application, when it is first needed.
    Parameters that a `QueryForm` parses are not among them: FastAPI sees a dependency there.
    """
    state = request.app.state
    if not hasattr(state, STATE):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about operation ids that are used twice, which do not matter here
            document = get_openapi(title="", version="", routes=request.app.routes)
        operations = {path: operation for path, methods in document["paths"].items() for operation in methods.values()}
        setattr(state, STATE, {path: _query_parameters(operation) for path, operation in operations.items()})
    by_path: Mapping[str, Names] = getattr(state, STATE)
    return by_path


def parameters_of_route(request: Request) -> Names | None:
    """Return the query parameters of the route that a request was routed to; None if it is not in the OpenAPI document."""
    by_path, own_path = parameters_by_path(request), request.scope["route"].path
    # A route knows the path that it has in its router, which may have been included under further prefixes.
    paths = _ending_with(own_path, tuple(by_path))
    return next((by_path[path] for path in paths if _is_below(request, path.removesuffix(own_path))), None)


@lru_cache(1024)
def _ending_with(suffix: str, paths: tuple[str, ...]) -> list[str]:
    """Return the paths that end so, the longest first."""
    return sorted((path for path in paths if path.endswith(suffix)), key=len, reverse=True)


def _is_below(request: Request, prefix: str) -> bool:
    path: str = request.scope["path"]
    return path.startswith(prefix)


def _query_parameters(operation: dict[str, Any]) -> Names:
    parameters = [parameter for parameter in operation.get("parameters", ()) if parameter["in"] == "query"]
    return {parameter["name"]: _is_array(parameter["schema"]) for parameter in parameters}


def _is_array(schema: dict[str, Any]) -> bool:
    return any(option.get("type") == "array" for option in (schema, *schema.get("anyOf", ())))
