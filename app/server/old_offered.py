"""What an application offers to a connection beside ASGI: answers at once, and refusals of what was not read."""

from collections.abc import Callable
from typing import Any

from starlette.types import Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

Answer = tuple[int, list[tuple[bytes, bytes]], bytes]
"""Status, headers that are right as they are, the length of the body among them, and body."""
AtOnce = Callable[[Scope, Any], Answer | bool]
"""The answer, or whether the client is told it later, once."""
Unread = Callable[[bytes], Answer | None]
"""The answer to what was received, where that is one request, whole, after which the connection goes on."""


def at_once_of(app: Any) -> AtOnce:
    """What an application can answer at once; nothing where it does not say, or where a proxy may have a say first."""
    if not isinstance(app, ProxyHeadersMiddleware):
        return getattr(app, "at_once", nothing)
    inner, trusted = at_once_of(app.app), app.trusted_hosts

    def run_sync(scope: Scope, client: Any) -> Answer | bool:
        for name, _ in scope["headers"]:
            if name == b"x-forwarded-proto" and (scope["client"] or ("",))[0] in trusted:
                return False
        return inner(scope, client)

    return at_once if inner is not nothing else nothing


def unread_of(app: Any) -> Unread:
    """What an application refuses unread."""
    while isinstance(app, ProxyHeadersMiddleware):
        app = app.app
    return getattr(app, "unread", none)


def nothing(*_: Any) -> bool:
    return False


def none(_received: bytes) -> None:
    return None
