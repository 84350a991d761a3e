"""A second port, for probes and metrics alone: who may ask for answers cannot read the metrics, and the other way round.

The probes are on both, for a balancer probes the port that it sends requests to. The port is the one that the connection
came in at, never what a client says of it. All ports lead to the same process, whose event loop answers there as here.
"""

from fastapi import FastAPI, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.http.errors import no_such_path
from app.http.routes.health import PREFIX
from app.http.routes.metrics import PATH


def refusal(api: FastAPI) -> ASGIApp:
    """Answers that there is no such path, whatever the path."""

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        await no_such_path(Request({**scope, "app": api}))(scope, receive, send)

    return refuse


class SecondPort:
    """Hands what is not served at the port that it was asked at to `refusing`."""

    def __init__(self, app: ASGIApp, refusing: ASGIApp, port: int) -> None:
        self._app, self._refusing, self._port = app, refusing, port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        serves = scope["type"] != "http" or self._serves(scope)
        await (self._app if serves else self._refusing)(scope, receive, send)

    def _serves(self, scope: Scope) -> bool:
        path: str = scope["path"]
        at_second = (scope["server"] or ("", 0))[1] == self._port
        return path.startswith(PREFIX) or at_second == (path == PATH)
