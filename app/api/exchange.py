"""What every exchange over HTTP has, whatever is asked: an id, safe headers, HEAD as GET without its body, OPTIONS."""

import re
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = "GET, HEAD, OPTIONS"
ID_HEADER = "X-Request-ID"
ID_FORM = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Exchange:
    """Pure ASGI, for a BaseHTTPMiddleware halves what a server can do."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method, request_id = scope["method"], _request_id(Headers(scope=scope).get(ID_HEADER))

        async def finished(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers[ID_HEADER] = request_id
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
        await self.app({**scope, "method": "GET"} if method == "HEAD" else scope, receive, finished)


def _request_id(given: str | None) -> str:
    """The client's own id where it is one that can stand in a header and a log, else a new one."""
    return given if given and ID_FORM.fullmatch(given) else uuid.uuid4().hex
