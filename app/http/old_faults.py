"""An answer, whatever fails: the one place where a fault is logged."""

import logging

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.http.errors import fault
from app.telemetry.request_info import CURRENT_REQUEST

logger = logging.getLogger(__name__)


class Faults:
    """Around all that the application does for a request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception:
            if scope["type"] != "http" or CURRENT_REQUEST.get().status:
                raise  # half an answer is out: the server logs the fault, and ends the connection so that it shows
            logger.exception("the server failed to answer")
            await fault(Request(scope))(scope, receive, send)
