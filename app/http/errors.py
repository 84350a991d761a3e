"""Errors as RFC 9457 problem details, every one of them designed: what is wrong, where, and what would be right."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException

from app.http.query_params import parameter_problem
from app.model.error import CasebookError, InvalidQuery, Moved, NotFound, NotReady, nearest
from app.model.schema import Public, public
from app.query.filters.types import MAX_TEXT

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS, SOON_SECONDS = 5, 1
NEAR = 3
"""How many paths that are like an unknown one are named."""

logger = logging.getLogger(__name__)


class ParameterProblem(Public):
    """One parameter that is wrong."""

    loc: list[str] = public("Where it stands: `query` and the name of the parameter.", ["query", "regoin"])
    msg: str = public("What is wrong.", "unknown parameter")
    did_you_mean: str | None = public("What was probably meant.", "region", default=None)
    allowed: list[str] | None = public("What is allowed there.", ["region", "region__ne"], default=None)


class ProblemOut(Public):
    """RFC 9457 problem details."""

    type: str = public("Sort of problem.", "urn:casebook:problem:invalid-parameters")
    title: str = public("The same for people.", "Invalid parameters")
    status: int = public("HTTP status.", 422)
    detail: str = public("What happened here.", "regoin: unknown parameter")
    instance: str | None = public("Path that was asked for; left out where none could be read.", "/v1/missions", default=None)
    errors: list[ParameterProblem] | None = public("For bad input: each parameter that is wrong, 20 at most.", default=None)
    near: list[str] | None = public("For an unknown name: names near to it.", ["isaf"], default=None)
    checks: dict[str, str] | None = public(
        "For a server that is not ready: what was looked at, each with `ok` or what is wrong.",
        {"database": "ok", "migrated": "ok", "release": "the database holds no release yet: run `casebook load`"},
        default=None,
    )


UNREADABLE = {
    400: ("bad-request", "this is no HTTP request"),
    414: ("uri-too-long", "path and query are longer than 64 KiB"),
    431: ("request-header-fields-too-large", "the head of the request is longer than 64 KiB"),
}
"""What is said of what cannot be read, by its status."""
DESCRIPTIONS = {
    304: "The client has it: `If-None-Match` names the tag of what would be answered.",
    308: "An alias or former slug: `Location` names the current one.",
    404: "Nothing has that name; `near` lists names like it.",
    406: "`Accept` takes none of the formats that the path offers.",
    414: "Path and query are longer than 64 KiB.",
    422: "A parameter is wrong; `errors` names each one.",
    429: "This address asked too often. `RateLimit-Policy` gives the limit, `Retry-After` the seconds to wait.",
    500: "A fault of the server.",
    503: "The database cannot answer now, or too many requests wait already; try again after `Retry-After` seconds.",
}


def problem(request: Request, status: int, kind: str, detail: str, **more: Any) -> Response:
    """One problem as a response."""
    body = _said(kind, status, detail) | {"instance": quote(request.scope["path"])}
    headers = more.pop("headers", None)
    return Response(orjson.dumps(body | more), status, headers, MEDIA_TYPE)


def unreadable(status: int) -> Response:
    """What is no request, or too long for one: there is no path to name."""
    kind, detail = UNREADABLE[status]
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(orjson.dumps(_said(kind, status, detail)), status, headers, MEDIA_TYPE)


def _said(kind: str, status: int, detail: str) -> dict[str, Any]:
    title = kind.replace("-", " ").capitalize()
    return {"type": f"urn:casebook:problem:{kind}", "title": title, "status": status, "detail": detail}


def not_ready(request: Request, detail: str, **more: Any) -> Response:
    """What is missing will be there, or not: ask again."""
    return problem(request, 503, "not-ready", detail, headers={"Retry-After": str(RETRY_SECONDS)}, **more)


def overloaded(request: Request) -> Response:
    """Nothing is wrong with the request but its moment."""
    said = "too many requests wait to be answered already; ask again after Retry-After seconds"
    return problem(request, 503, "overloaded", said, headers={"Retry-After": str(SOON_SECONDS)})


def too_many_requests(request: Request) -> Response:
    """Of one client, in the window that its `RateLimit` header tells of."""
    return problem(request, 429, "too-many-requests", "this address asked too often; ask again after Retry-After seconds")


def no_such_path(request: Request) -> Response:
    """With the paths that are most like it."""
    path = request.url.path
    paths = {str(getattr(route, "path_format", "")) for route in iter_route_contexts(request.app.routes)}
    near = nearest(path[:MAX_TEXT], paths, NEAR)
    said = "there is no such path; GET / and GET /v1 list what there is"
    return problem(request, 404, "not-found", said, **({"near": near} if near else {}))


def problem_responses(*statuses: int, probe: bool = False) -> dict[int | str, dict[str, Any]]:
    """The statuses of a route other than 200, for its OpenAPI entry. A probe is never kept, nor limited."""
    schema = {"$ref": "#/components/schemas/ProblemOut"}
    return {
        status: {"description": DESCRIPTIONS[status]}
        | ({} if status < HTTPStatus.BAD_REQUEST else {"content": {MEDIA_TYPE: {"schema": schema}}})
        for status in sorted({*statuses, 406, 414, 500, *(() if probe else (304, 429))})
    }


def handle_errors(app: FastAPI) -> None:
    """Answer every error of an application as a problem."""
    for kind in (CasebookError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _answered)


def fault(request: Request) -> Response:
    """What a client is told of a fault: nothing of it, but that it is logged."""
    said = "the server failed to answer; the fault is logged, with the id in X-Request-ID"
    return problem(request, 500, "internal-error", said)


def answer_of(request: Request, error: Exception) -> Response:
    """The problem that an error makes. Whatever is no error of ours or of the framework's is raised again."""
    match error:
        case Moved(slug=slug):
            parts = request.scope["path"].split("/")
            parts[3] = slug + parts[3].removeprefix(request.path_params["slug"])
            return _redirect(request, "/".join(parts))
        case NotFound(near=near):
            return problem(request, 404, "not-found", str(error), **({"near": near} if near else {}))
        case InvalidQuery(problems=problems):
            errors = [{"loc": wrong.loc, "msg": wrong.msg} | _hints(wrong.did_you_mean, wrong.allowed) for wrong in problems]
            return problem(request, 422, "invalid-parameters", str(error), errors=errors)
        case NotReady():
            cause = getattr(error.__cause__, "orig", error.__cause__)
            logger.warning("%s%s", error, f": {cause}" if cause else "")
            return not_ready(request, str(error))
        case RequestValidationError():  # a part of the path; query strings are parsed by `asked`
            return answer_of(request, InvalidQuery(*map(parameter_problem, error.errors())))
        case HTTPException():
            return _http(request, error)
    raise error


def _http(request: Request, error: HTTPException) -> Response:
    phrase = HTTPStatus(error.status_code).phrase
    if error.status_code == HTTPStatus.NOT_FOUND:
        if request.scope["path"].endswith("/"):  # no path does; two at its beginning would make a host of what follows
            return _redirect(request, f"/{request.scope['path'].strip('/')}")
        return no_such_path(request)
    detail = error.detail if error.detail != phrase else f"{phrase}: {request.method} {request.url.path}"
    return problem(request, error.status_code, phrase.lower().replace(" ", "-"), detail, headers=error.headers)


async def _answered(request: Request, error: Exception) -> Response:
    return answer_of(request, error)


def _redirect(request: Request, path: str) -> Response:
    """To another path, with the same query."""
    query = request.scope["query_string"].decode("latin-1")
    return Response(status_code=308, headers={"Location": quote(path) + (query and f"?{query}")})


def _hints(did_you_mean: str | None, allowed: Sequence[str]) -> dict[str, Any]:
    return ({"did_you_mean": did_you_mean} if did_you_mean else {}) | ({"allowed": allowed} if allowed else {})
