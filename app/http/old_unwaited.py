"""Answers made where they are asked for, of functions that have nothing to wait for: on SQLite of all but the long ones."""

from collections.abc import Callable
from functools import partial
from typing import Final, cast

from fastapi import FastAPI, Request, Response
from starlette.types import Message, Receive, Scope, Send
from starlette_compress import CompressMiddleware

from app.database import WouldBlock, run_sync
from app.http.middleware.admission import LEAVE, needs_none
from app.http.old_call import Asked, Whole
from app.http.old_dispatch import Found, Routes, answer

RESPONSE: Final = "casebook.response"

Ask = Callable[[], Whole]
"""Makes the answer. Waits where it has to be waited for after all."""


class Unwaited:
    """Answers of the routes of an API."""

    def __init__(self, api: FastAPI, routes: Routes) -> None:
        self._api, self._routes = api, routes
        self._compressing = CompressMiddleware(_send_response)

    def asking(self, asked: Asked) -> Ask | None:
        """What makes the answer to a request, in the encoding that its key names; none where no function is found for it."""
        path = asked.scope["path"]
        found = self._routes.found(path)
        return partial(self._answer, found, asked) if found and not needs_none(path) else None

    def _answer(self, found: Found, asked: Asked) -> Whole:
        request = Request({**asked.scope, "method": "GET", "app": self._api, LEAVE: _waits})
        response = run_sync(answer(found, request))
        if not hasattr(response, "body"):
            raise WouldBlock
        _, encoding = asked.key[-1]
        if encoding:
            return run_sync(self._compressed(response, encoding))
        return response.status_code, response.raw_headers, bytes(response.body)

    async def _compressed(self, response: Response, encoding: bytes) -> Whole:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {"type": "http", "headers": [(b"accept-encoding", encoding)], RESPONSE: response}
        await self._compressing(scope, _receive, send)
        start, *parts = sent
        return start["status"], list(start["headers"]), b"".join(part["body"] for part in parts)


async def _send_response(scope: Scope, receive: Receive, send: Send) -> None:
    await cast(Response, scope[RESPONSE])(scope, receive, send)


async def _receive() -> Message:
    raise WouldBlock


def _waits() -> None:
    raise WouldBlock
