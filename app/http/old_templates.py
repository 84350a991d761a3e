"""Which route's template a path has, for what is answered before anything is routed. A path of no route has none."""

from functools import lru_cache

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from app.http.cache_store import LONGEST_KEY
from app.telemetry.request_info import NO_ROUTE

REMEMBERED = 4096


class Templates:
    """The templates of an application, which may get routes until a path is first looked up."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._remembered = lru_cache(REMEMBERED)(self._found)

    def of(self, path: str) -> str:
        return self._remembered(path) if len(path) <= LONGEST_KEY else NO_ROUTE

    def _found(self, path: str) -> str:
        for route in iter_route_contexts(self._app.routes):
            if route.path_regex.match(path):
                return str(route.path_format)
        return NO_ROUTE
