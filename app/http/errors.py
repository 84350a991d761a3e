"""Errors as problem details (RFC 9457): what is wrong, where, and what would be right."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import Scope

from app.http.conditional import NO_STORE
from app.http.declared import parameters_by_path
from app.http.query_params import problem_of
from app.http.urls import public_path, route_path
from app.model.error import CasebookError, InvalidQuery, Moved, NotFound, NotReady, nearest
from app.model.schema import Public, public
from app.query.filters.types import MAX_TEXT

MEDIA_TYPE = "application/problem+json"
METHODS = ("GET", "HEAD", "OPTIONS")
NOT_READY_RETRY_SECONDS, OVERLOADED_RETRY_SECONDS = 5, 1
MAX_NEAR = 3
"""Maximum number of paths suggested for an unknown one."""

logger = logging.getLogger(__name__)


class ParameterProblem(Public):
    """One parameter that is wrong."""

    loc: list[str] = public("Where it is: `query` or `path`, and the name of the parameter.", ["query", "regoin"])
    msg: str = public("What is wrong.", "unknown parameter")
    did_you_mean: str | None = public("What was probably meant.", "region", default=None)
    allowed: list[str] | None = public("What is allowed there.", ["region", "region__ne"], default=None)


class ProblemOut(Public):
    """Problem details (RFC 9457)."""

    type: str = public("Type of problem.", "urn:casebook:problem:invalid-parameters")
    title: str = public("The type in words.", "Invalid parameters")
    status: int = public("HTTP status.", 422)
    detail: str = public("What happened with this request.", "regoin: unknown parameter")
    instance: str | None = public("Path of the request.", "/v1/missions", default=None)
    errors: list[ParameterProblem] | None = public("For invalid parameters: each one that is wrong, at most 20.", default=None)
    near: list[str] | None = public("For an unknown name: similar names.", ["isaf"], default=None)
    checks: dict[str, str] | None = public(
        "For a server that is not ready: each check with `ok` or what is wrong.",
        {"database": "ok", "migrated": "ok", "release": "the database holds no release yet: run `casebook load`"},
        default=None,
    )


DESCRIPTIONS = {
    304: "Not modified: `If-None-Match` names the current `ETag`.",
    308: "An alias or former slug: `Location` has the current one.",
    400: "The request breaks a rule of HTTP, such as a missing `Host`.",
    404: "Nothing has that name; `near` lists similar names.",
    406: "`Accept` admits none of the formats that this path offers.",
    414: "Path and query are too long.",
    422: "A parameter is wrong; `errors` names each one.",
    429: "Too many requests from this address. `RateLimit-Policy` gives the limit, `Retry-After` the seconds to wait.",
    500: "An internal error.",
    503: "The database does not answer, or too many requests are waiting; try again after `Retry-After` seconds.",
}


def problem(scope: Scope, status: int, kind: str, detail: str, **members: Any) -> Response:
    """Build a problem response. `members` are further members of the problem, and `headers`."""
    headers = {"Cache-Control": NO_STORE} | (members.pop("headers", None) or {})
    title = kind.replace("-", " ").capitalize()
    body = {"type": f"urn:casebook:problem:{kind}", "title": title, "status": status, "detail": detail}
    return Response(orjson.dumps(body | {"instance": quote(scope["path"])} | members), status, headers, MEDIA_TYPE)


def not_ready(scope: Scope, detail: str, **members: Any) -> Response:
    """Build the 503 of a server or database that cannot answer yet, or any more."""
    return problem(scope, 503, "not-ready", detail, headers={"Retry-After": str(NOT_READY_RETRY_SECONDS)}, **members)


def overloaded(scope: Scope) -> Response:
    """Build the 503 of a server with a full queue."""
    detail = "too many requests are waiting; try again after Retry-After seconds"
    return problem(scope, 503, "overloaded", detail, headers={"Retry-After": str(OVERLOADED_RETRY_SECONDS)})


def too_many_requests(scope: Scope) -> Response:
    """Build the 429 of a client over its rate limit."""
    return problem(scope, 429, "too-many-requests", "too many requests from this address; try again after Retry-After seconds")


def uri_too_long(scope: Scope, limit: int) -> Response:
    """Build the 414 of a target over the limit, in bytes. It does not repeat the path."""
    return problem({**scope, "path": scope["path"][:MAX_TEXT]}, 414, "uri-too-long", f"path and query take at most {limit} bytes")


def bad_request(scope: Scope, detail: str) -> Response:
    """Build the 400 of a request that breaks a rule of HTTP."""
    return problem(scope, 400, "bad-request", detail)


def internal_error(scope: Scope) -> Response:
    """Build the 500 of an unhandled exception. Its cause stays in the log."""
    detail = "the server failed to answer; the error is logged under the id in X-Request-ID"
    return problem(scope, 500, "internal-error", detail)


def problem_responses(*statuses: int, probe: bool = False) -> dict[int | str, dict[str, Any]]:
    """Return the statuses of a route other than 200, for its `responses`. A probe is neither cached nor rate limited."""
    schema = {"$ref": "#/components/schemas/ProblemOut"}
    return {
        status: {"description": DESCRIPTIONS[status]}
        | ({} if status < HTTPStatus.BAD_REQUEST else {"content": {MEDIA_TYPE: {"schema": schema}}})
        for status in sorted({*statuses, 400, 406, 414, 500, *(() if probe else (304, 429))})
    }


def add_error_handlers(app: FastAPI) -> None:
    """Answer the exceptions that routes raise with problems. Others are for the `InternalErrorMiddleware`."""
    for error in (CasebookError, RequestValidationError, HTTPException):
        app.add_exception_handler(error, _handle)


async def _handle(request: Request, error: Exception) -> Response:
    match error:
        case Moved(name=name, slug=slug):
            *before, last = route_path(request.scope).rpartition(f"/{name}")
            return _redirect(request, "".join([*before[:-1], f"/{slug}", last]))
        case NotFound(near=near):
            return problem(request.scope, 404, "not-found", str(error), **({"near": near} if near else {}))
        case InvalidQuery(problems=problems):
            errors = [{"loc": item.loc, "msg": item.msg} | _hints(item.did_you_mean, item.allowed) for item in problems]
            return problem(request.scope, 422, "invalid-parameters", str(error), errors=errors)
        case NotReady():
            cause = getattr(error.__cause__, "orig", error.__cause__)
            logger.warning("%s%s", error, f": {cause}" if cause else "")
            return not_ready(request.scope, str(error))
        case RequestValidationError():
            return await _handle(request, InvalidQuery(*map(problem_of, error.errors())))
        case HTTPException():
            return _http_problem(request, error)
    raise error


def _http_problem(request: Request, error: HTTPException) -> Response:
    phrase = HTTPStatus(error.status_code).phrase
    if error.status_code == HTTPStatus.NOT_FOUND and error.detail == phrase:
        path = route_path(request.scope)
        if path.endswith("/"):  # two slashes at the beginning would make a host of what follows
            return _redirect(request, f"/{path.strip('/')}")
        return no_such_path(request)
    detail = error.detail if error.detail != phrase else f"{phrase}: {request.method} {request.url.path}"
    headers = {"Allow": ", ".join(METHODS)} if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED else error.headers
    return problem(request.scope, error.status_code, phrase.lower().replace(" ", "-"), detail, headers=headers)


def no_such_path(request: Request) -> Response:
    """Build the 404 of an unknown path, with the paths that are most like it."""
    pages = {path for route in request.app.routes if (path := getattr(route, "path", ""))}
    near = nearest(route_path(request.scope)[:MAX_TEXT], pages | parameters_by_path(request).keys(), MAX_NEAR)
    detail = "there is no such path; GET / and GET /v1 list what there is"
    return problem(request.scope, 404, "not-found", detail, **({"near": near} if near else {}))


def _redirect(request: Request, path: str) -> Response:
    """Redirect to another path with the same query."""
    query = request.scope["query_string"].decode("latin-1")
    return Response(status_code=308, headers={"Location": public_path(request.scope, path) + (query and f"?{query}")})


def _hints(did_you_mean: str | None, allowed: Sequence[str]) -> dict[str, Any]:
    return ({"did_you_mean": did_you_mean} if did_you_mean else {}) | ({"allowed": allowed} if allowed else {})
