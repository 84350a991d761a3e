"""The work at hand: what is known of one request while it is answered, for its log lines and for the numbers.

Every floor may add to it; outside a request that leads nowhere. Knows nothing of how requests come in, nor where its
numbers go.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter
from typing import Any

NO_ROUTE = "(none)"
"""The template of a request that matched no route. Its path is a client's to choose, so it never becomes a label."""
REFUSED = "(refused)"
"""The template of one that was refused unseen."""
CACHE = HIT, MISS, NOT_MODIFIED = "hit", "miss", "not_modified"


@dataclass(slots=True)
class RequestInfo:
    """One request."""

    request_id: str
    method: str
    scope: Mapping[str, Any]
    """Where the router leaves the route."""
    template: str = ""
    """The route's template: of a request that is answered before routing, or was answered."""
    status: int = 0
    seconds: float = 0.0
    sql_seconds: float = 0.0
    sql_statements: int = 0
    cache: str = ""
    """One of `CACHE`; empty where no cache was asked."""

    @property
    def route(self) -> str:
        """The template as far as it is known."""
        return self.template or getattr(self.scope.get("route"), "path", NO_ROUTE)


CURRENT_REQUEST: ContextVar[RequestInfo] = ContextVar("work", default=RequestInfo("", "", {}))  # noqa: B039 - what is added outside a request is lost


class statement_time:  # noqa: N801 - reads as a function: `with statement_time(): ...`
    """Adds what is inside to the work at hand, as one SQL statement. A class, for a generator takes three times as long."""

    __slots__ = ("_started",)

    def __enter__(self) -> None:
        self._started = perf_counter()

    def __exit__(self, *_: object) -> None:
        work = CURRENT_REQUEST.get()
        work.sql_seconds += perf_counter() - self._started
        work.sql_statements += 1
