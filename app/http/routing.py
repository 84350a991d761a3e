"""Routing: FastAPI's own, with two classes at its documented extension points.

`StrictRoute` refuses what a route would otherwise ignore. `PrefixRouter` and the literal prefix of a `StrictRoute` make routing
quick: Starlette tries one route after another by a regular expression, and there are more than a hundred. Everything that
FastAPI documents (dependencies, parameters, overrides, middleware) works on them as on its own.
"""

import inspect
from collections.abc import Callable, Coroutine
from functools import cached_property
from typing import Any, get_args

from fastapi import APIRouter, Request, Response, params
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from app.http.declared import parameters_of_route
from app.http.negotiation import check_accept
from app.http.query_params import QueryForm, check_names

FORMAT = "format"
"""The query parameter that chooses a format whatever `Accept` says."""


class PrefixRouter(APIRouter):
    """A router whose routes are not tried for a path that does not have its prefix."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        # Not `startswith`: a router may be included under a further prefix.
        return super().matches(scope) if self.prefix in scope["path"] else (Match.NONE, {})


class StrictRoute(APIRoute):
    """A route that refuses what it would otherwise ignore.

    That is a query parameter that it does not declare, a second value for a scalar parameter (both 422), and an `Accept` header
    that admits none of the media types that its 200 response declares (406).
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return super().matches(scope) if self._literal_prefix in scope["path"] else (Match.NONE, {})

    @cached_property
    def _literal_prefix(self) -> str:
        return self.path.partition("{")[0]

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            if request.scope["query_string"] and not self._parses_own_query:
                declared = parameters_of_route(request)
                if declared is not None:
                    check_names(request, declared)
            if self._offered and not (request.scope["query_string"] and FORMAT in request.query_params):
                check_accept(request, self._offered)
            return await handle(request)

        return handle_strictly

    @cached_property
    def _parses_own_query(self) -> bool:
        """True if a `QueryForm` of the endpoint parses the query, and checks the names."""
        annotations = [parameter.annotation for parameter in inspect.signature(self.endpoint).parameters.values()]
        depends = [part for annotation in annotations for part in get_args(annotation) if isinstance(part, params.Depends)]
        return any(isinstance(part.dependency, QueryForm) for part in depends)

    @cached_property
    def _offered(self) -> tuple[str, ...]:
        """The media types to choose from; none if the path has a suffix, which chooses whatever `Accept` says."""
        has_suffix = "." in self.path.rpartition("/")[2]
        return () if has_suffix else tuple(self.responses.get(200, {}).get("content", ()))
