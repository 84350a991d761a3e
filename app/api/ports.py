"""A second port, for probes and metrics alone: who may ask for answers cannot read the metrics, and the other way round.

The probes are on both, for a balancer probes the port that it sends requests to. The port is the one that the connection
came in at, never what a client says of it. All ports lead to the same process, whose event loop answers there as here.
"""

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.problem import no_such_path
from app.api.routes.health import PREFIX
from app.api.routes.metrics import PATH


class SecondPort:
    """Answers 404 to what is not served at the port that it was asked at."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self.app, self._port = app, port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._serves(scope):
            await no_such_path(Request(scope))(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _serves(self, scope: Scope) -> bool:
        path: str = scope["path"]
        at_second = (scope["server"] or ("", 0))[1] == self._port
        return path.startswith(PREFIX) or at_second == (path == PATH)
