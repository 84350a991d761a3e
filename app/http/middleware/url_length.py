"""A limit for the length of URLs."""

from starlette.types import ASGIApp, Receive, Scope, Send

from app.http.errors import uri_too_long

MAX_BYTES = 65_000
"""Maximum length of path and query. The server's parser fails from 65,536 on, with a bare 400."""


class URLLengthMiddleware:
    """Refuses requests whose path and query are longer than MAX_BYTES, with a 414 that says so."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and len(scope["raw_path"]) + len(scope["query_string"]) > MAX_BYTES:
            await uri_too_long(scope, MAX_BYTES)(scope, receive, send)
        else:
            await self.app(scope, receive, send)
