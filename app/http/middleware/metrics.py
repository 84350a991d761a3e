"""Metrics of requests."""

from time import perf_counter

from starlette.types import ASGIApp, Receive, Scope, Send

from app.telemetry.request_info import CURRENT_REQUEST
from app.telemetry.request_metrics import RequestMetrics


class MetricsMiddleware:
    """Measures how long each request takes, and counts it by what its `RequestInfo` says in the end."""

    def __init__(self, app: ASGIApp, *, metrics: RequestMetrics) -> None:
        self.app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        info, started = CURRENT_REQUEST.get(), perf_counter()
        try:
            await self.app(scope, receive, send)
        finally:
            info.seconds = perf_counter() - started
            info.template = info.route
            self._metrics.count(info)
