"""The context of the current request, from which its log lines and metrics are written.

Every layer may add to it; outside a request, what is added is lost. Knows neither the middleware that sets it nor the metrics.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter
from typing import Any

NO_ROUTE = "(none)"
"""The template of requests that match no route. Clients choose their paths, so these never become labels of metrics."""
REFUSED = "(refused)"
"""The template of requests that are refused before they are routed."""
CACHE_RESULTS = HIT, MISS, NOT_MODIFIED = "hit", "miss", "not_modified"


@dataclass(slots=True)
class RequestInfo:
    """The context of one request."""

    request_id: str
    method: str
    scope: Mapping[str, Any]
    """The ASGI scope, in which the router leaves the route."""
    template: str = ""
    """The template of the route, set by what responds before the router, and for all once they are done."""
    status: int = 0
    """The status code of the response; 0 if none was sent."""
    seconds: float = 0.0
    """The time that the response took, set when it is complete."""
    sql_seconds: float = 0.0
    sql_statements: int = 0
    cache: str = ""
    """One of `CACHE_RESULTS`; empty if the response cache was not consulted."""

    @property
    def route(self) -> str:
        """The template of the route as far as it is known."""
        return self.template or getattr(self.scope.get("route"), "path", NO_ROUTE)


CURRENT_REQUEST: ContextVar[RequestInfo] = ContextVar("current_request", default=RequestInfo("", "", {}))  # noqa: B039 - what is added outside a request is lost


class statement_time:  # noqa: N801 - used like a function: `with statement_time(): ...`
    """Adds the block to the current request as one SQL statement. A generator-based context manager takes three times as long."""

    __slots__ = ("_started",)

    def __enter__(self) -> None:
        self._started = perf_counter()

    def __exit__(self, *_: object) -> None:
        info = CURRENT_REQUEST.get()
        info.sql_seconds += perf_counter() - self._started
        info.sql_statements += 1
