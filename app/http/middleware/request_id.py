"""Request ids, and the context that a request's log lines and metrics are written from."""

import logging
import os
import re
from collections.abc import Callable
from itertools import count

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.telemetry.request_info import CURRENT_REQUEST, RequestInfo

HEADER, VALID_ID = b"x-request-id", re.compile(rb"[A-Za-z0-9._-]{1,64}")
NOSNIFF = (b"x-content-type-options", b"nosniff")
METHODS = frozenset(("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"))
OTHER_METHOD = "other"
"""For methods that clients invent: a metric has one series a method."""

access_log = logging.getLogger("casebook.access")


class RequestIDMiddleware:
    """Gives each request an id, the client's own if it is valid, and returns it in `X-Request-ID`.

    Sets `CURRENT_REQUEST`, to which every layer may add. With `log_requests`, writes a line for each request.
    """

    def __init__(
        self, app: ASGIApp, *, log_requests: bool = False, name_span: Callable[[RequestInfo], None] | None = None
    ) -> None:
        self.app, self._log_requests, self._name_span = app, log_requests, name_span
        self._prefix, self._numbers = os.urandom(8).hex().encode(), count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = self._request_id(scope)
        method = scope["method"] if scope["method"] in METHODS else OTHER_METHOD
        info = RequestInfo(request_id.decode(), method, scope)
        CURRENT_REQUEST.set(info)  # never reset: each request has a task of its own, and the server logs after this returns

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                info.status = message["status"]
                # A new list: the one in the message may belong to a stored response.
                message = {**message, "headers": [*message.get("headers", ()), (HEADER, request_id), NOSNIFF]}
                if self._name_span and "route" not in scope:
                    self._name_span(info)
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            if self._log_requests:
                access_log.info("%s %s %s", info.method, info.route, info.status)

    def _request_id(self, scope: Scope) -> bytes:
        """Return the client's id if it can stand in a header and a log. Counting costs a tenth of a random id."""
        for name, value in scope["headers"]:
            if name == HEADER:
                if VALID_ID.fullmatch(value):
                    return bytes(value)
                break
        return b"%b-%x" % (self._prefix, next(self._numbers))
