"""Answers compressed for who takes that. Who takes them as they are is not made to wait for what would only hand them on."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette_compress import CompressMiddleware

AS_IT_IS: Final = (b"accept-encoding", b"identity")
"""The last header of a request whose answer is to stay as it is."""


class Compressed:
    """Pure ASGI around an application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._compressing = app, CompressMiddleware(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        as_it_is = scope["type"] != "http" or scope["headers"][-1:] == [AS_IT_IS]
        await (self._app if as_it_is else self._compressing)(scope, receive, send)
