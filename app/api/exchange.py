"""What every exchange over HTTP has, whatever is asked: an id, safe headers, HEAD as GET without its body, OPTIONS.

And an answer, whatever fails: the one place where a fault is logged.
"""

import logging

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problem import fault
from app.telemetry.work import WORK

METHODS = "GET, HEAD, OPTIONS"
ID_HEADER = "X-Request-ID"

logger = logging.getLogger(__name__)


class Exchange:
    """Pure ASGI, for a BaseHTTPMiddleware halves what a server can do."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method, work = scope["method"], WORK.get()

        async def finished(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers[ID_HEADER] = work.request_id
                headers.setdefault("X-Content-Type-Options", "nosniff")
                if message["status"] == 405:
                    headers["Allow"] = METHODS
            elif method == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        if method == "OPTIONS" and "access-control-request-method" not in Headers(scope=scope):
            await finished({"type": "http.response.start", "status": 204, "headers": [(b"allow", METHODS.encode())]})
            await finished({"type": "http.response.body", "body": b""})
            return
        work.scope = {**scope, "method": "GET"} if method == "HEAD" else scope
        try:
            await self.app(work.scope, receive, finished)
        except Exception:
            if work.status:  # half an answer is out: the server logs the fault, and ends the connection so that it shows
                raise
            logger.exception("the server failed to answer")
            await fault(Request(scope))(scope, receive, finished)
