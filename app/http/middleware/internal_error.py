"""Unhandled exceptions."""

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.errors import internal_error

logger = logging.getLogger(__name__)


class InternalErrorMiddleware:
    """Logs an unhandled exception once, with its traceback, and answers with a 500 that tells nothing of it.

    If the response has begun, the exception goes on to the server, which closes the connection so that the client notices.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_begun = False

        async def send_noticing(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self.app(scope, receive, send_noticing)
        except Exception:
            if has_begun:
                raise
            logger.exception("unhandled exception")
            await internal_error(scope)(scope, receive, send)
