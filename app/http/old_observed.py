"""Around what is not answered at once: makes the work at hand, with its id, and counts it when it is done."""

import logging
from collections.abc import Callable
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.old_call import given_headers, id_of
from app.telemetry.request_info import CURRENT_REQUEST, RequestInfo
from app.telemetry.request_metrics import Tally

METHODS = frozenset(("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"))
OTHER = "other"

access = logging.getLogger("casebook.access")


class Observed:
    """`template_of` finds the template of what was answered before it was routed; `name_span` is told of it."""

    def __init__(
        self,
        app: ASGIApp,
        tally: Tally,
        template_of: Callable[[str], str],
        *,
        name_span: Callable[[RequestInfo], None] | None = None,
        access_log: bool = False,
    ) -> None:
        self.app, self._tally, self._template_of = app, tally, template_of
        self._name_span, self._access_log = name_span, access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        work = RequestInfo(id_of(given_headers(scope)).decode(), method if method in METHODS else OTHER, scope)
        CURRENT_REQUEST.set(work)
        started = perf_counter()

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                work.status = message["status"]
                self._identify(work)
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            work.seconds = perf_counter() - started
            if not work.status:
                self._identify(work)
            self._tally.count(work)
            if self._access_log:
                access.info("%s %s %s", work.method, work.template, work.status)

    def _identify(self, work: RequestInfo) -> None:
        """Give the work its template."""
        route = work.scope.get("route")
        if route:
            work.template = route.path
            return
        work.template = work.template or self._template_of(work.scope["path"])
        if self._name_span:
            self._name_span(work)
