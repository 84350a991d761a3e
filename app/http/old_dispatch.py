"""Requests straight to the function that answers them: found by a look into a table, called without a framework's ceremony.

FastAPI documents the routes and answers whatever is not found here, such as other methods, files and unknown paths; it tries
one route after another and solves the dependencies of each request anew, which costs more than most answers. Knows only
routes whose parameters are whole parts of a path.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from app.database import Reader
from app.http.errors import answer_of
from app.http.negotiation import check_accept
from app.model.error import CasebookError
from app.telemetry.request_info import CURRENT_REQUEST

Endpoint = Callable[..., Awaitable[Response]]
Pattern = tuple[str | None, ...]
"""The parts of a path, None for a parameter."""


class _Target:
    """A function that answers, and what it is called with."""

    def __init__(self, route: APIRoute, reader: Reader) -> None:
        assert route.dependant.call is not None  # noqa: S101 - every route has one
        self.call: Endpoint = route.dependant.call
        self.template = route.path
        self.offered = tuple(route.responses[200]["content"])
        """Media types, as the route's documentation has them."""
        self.names = names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
        fields = {field.alias: field for field in route.dependant.path_params}
        self._fields = [(place, fields[name]) for place, name in enumerate(names)]
        takes_reader = any(dependency.name == "reader" for dependency in route.dependant.dependencies)
        self._always: Mapping[str, Any] = {"reader": reader} if takes_reader else {}

    def arguments(self, parts: list[str]) -> dict[str, Any]:
        """What the parts of a path mean. RequestValidationError where one is not of its form."""
        made, wrong = dict(self._always), list[Any]()
        for place, field in self._fields:
            made[field.name], errors = field.validate(parts[place], {}, loc=("path", field.alias))
            wrong += errors
        if wrong:
            raise RequestValidationError(wrong)
        return made


Found = tuple[_Target, list[str]]


class Routes:
    """The functions that answer, by the path that is asked for."""

    def __init__(self, reader: Reader, routers: Iterable[APIRouter]) -> None:
        self._exact: dict[str, _Target] = {}
        self._patterns: dict[Pattern, _Target] = {}
        for route in (route for router in routers for route in router.routes if isinstance(route, APIRoute)):
            pattern = _pattern(route.path)
            if pattern is not None and None in pattern:
                self._patterns.setdefault(pattern, _Target(route, reader))
            elif pattern is not None:
                self._exact.setdefault(route.path, _Target(route, reader))

    def found(self, path: str) -> Found | None:
        """The function for a path, and the parts of the path that are its parameters."""
        target = self._exact.get(path)
        if target is not None:
            return target, []
        parts = path.split("/")
        if len(parts) not in (4, 5) or not parts[-1] or "." in parts[-1]:  # what has a suffix is a file
            return None
        before = parts[:3]
        target = self._patterns.get((*before, *([None] * (len(parts) - 3)))) or self._patterns.get((*before, None, *parts[4:]))
        return (target, parts[3 : 3 + len(target.names)]) if target is not None else None


async def answer(found: Found, request: Request) -> Response:
    """What is found answers, or the problem that it meets."""
    target, parts = found
    CURRENT_REQUEST.get().template = target.template
    request.scope["path_params"] = dict(zip(target.names, parts, strict=True))
    try:
        if "." not in target.template:  # else the suffix decides
            check_accept(request, target.offered)
        return await target.call(request=request, **target.arguments(parts))
    except (CasebookError, HTTPException, RequestValidationError) as error:
        return answer_of(request, error)


class Dispatch:
    """In front of the application's own router."""

    def __init__(self, app: ASGIApp, routes: Routes) -> None:
        self.app, self._routes = app, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._routes.found(scope["path"]) if scope["type"] == "http" and scope["method"] == "GET" else None
        if found is None:
            await self.app(scope, receive, send)
        else:
            response = await answer(found, Request(scope, receive, send))
            await response(scope, receive, send)


def _pattern(path: str) -> Pattern | None:
    """The parts of a route's path; None where a parameter is but a part of one."""
    parts = path.split("/")
    if any("{" in part and not (part.startswith("{") and part.endswith("}")) for part in parts):
        return None
    return tuple(None if part.startswith("{") else part for part in parts)
