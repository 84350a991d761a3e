"""The head of a request: rules that the server does not enforce (length of the URL, `Host`, `Upgrade`), and the root path."""

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.errors import bad_request, uri_too_long
from app.http.urls import route_path

MAX_URL_BYTES = 65_000
"""Maximum length of path and query. The server's parser fails from 65,536 on, with a bare 400."""
VALID_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%!$&'()*+,;=-]+)(:\d*)?")
VALID_PREFIX = re.compile(rb"(/[A-Za-z0-9._~-]+){0,10}")
CLOSE = (b"connection", b"close")


class RequestHeadMiddleware:
    """Answers 414 for a URL that is too long, and 400 unless HTTP/1.1 requests have one valid `Host` (RFC 9112, 3.2).

    A request for an `Upgrade` is answered as if it did not ask for one (RFC 9110, 7.8), and is the last on its connection: the
    server's parser takes what follows its head for another request, even if it is the body.

    The root path is `root_path`, or `X-Forwarded-Prefix` if the proxy that sets it is trusted. The path then begins with it, as
    ASGI has it, whether or not the proxy has removed it.
    """

    def __init__(self, app: ASGIApp, *, root_path: str = "", trust_forwarded_prefix: bool = False) -> None:
        self.app, self._root_path, self._trust_forwarded_prefix = app, root_path, trust_forwarded_prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        hosts, upgrades, root_path = [], False, self._root_path
        for name, value in scope["headers"]:
            if name == b"host":
                hosts.append(value)
            elif name == b"upgrade":
                upgrades = True
            elif name == b"x-forwarded-prefix" and self._trust_forwarded_prefix and VALID_PREFIX.fullmatch(value):
                root_path = value.decode()
        if root_path:
            scope["root_path"], scope["path"] = root_path, root_path + route_path({**scope, "root_path": root_path})
        app = self.app
        if len(scope["raw_path"]) + len(scope["query_string"]) > MAX_URL_BYTES:
            app = uri_too_long(scope, MAX_URL_BYTES)
        elif not _are_valid(hosts, scope["http_version"]):
            app = bad_request(scope, "the request must have one valid Host header")
        await app(scope, receive, _closing(send) if upgrades else send)


def _are_valid(hosts: list[bytes], http_version: str) -> bool:
    if not hosts:
        return http_version == "1.0"
    return len(hosts) == 1 and VALID_HOST.fullmatch(hosts[0]) is not None


def _closing(send: Send) -> Send:
    async def send_closing(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), CLOSE]}
        await send(message)

    return send_closing
