"""Admission control: a limit of requests that are processed at the same time, and a bounded queue before it.

A server that takes on more than it can process answers everybody too late. Requests over the limits are refused at once.
"""

import asyncio
from collections.abc import Callable
from typing import cast

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.errors import overloaded
from app.http.urls import route_path
from app.telemetry.request_info import CURRENT_REQUEST, REFUSED

RELEASE_SLOT = "casebook.release_slot"
EXEMPT = ("/health/", "/metrics")
"""Paths that need no slot: probes and metrics matter most when there is too much to do."""


def release_slot(request: Request) -> None:
    """Let the next request begin before this one is over.

    For what takes long, lets others be processed meanwhile and is bounded by itself: exports, and the OpenAPI document.
    """
    cast(Callable[[], None], request.scope.get(RELEASE_SLOT, lambda: None))()


class AdmissionMiddleware:
    """Processes `concurrency` requests at a time. `queue` more wait, first come first served, each `seconds` at most.

    Others get a 503. A slot is released when the response begins, so that a client that reads slowly keeps none.
    """

    def __init__(self, app: ASGIApp, *, concurrency: int, queue: int, seconds: float) -> None:
        self.app, self._queue, self._seconds = app, queue, seconds
        self._slots = asyncio.Semaphore(concurrency)
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or route_path(scope).startswith(EXEMPT):
            await self.app(scope, receive, send)
        elif await self._acquire():
            await self._process(scope, receive, send)
        else:
            CURRENT_REQUEST.get().template = REFUSED
            await overloaded(scope)(scope, receive, send)

    async def _acquire(self) -> bool:
        """Wait for a slot. Return False if the queue is full or the wait too long."""
        if not self._slots.locked():
            return await self._slots.acquire()
        if self._waiting >= self._queue:
            return False
        self._waiting += 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._slots.acquire()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return True

    async def _process(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_held = True

        def release() -> None:
            nonlocal is_held
            if is_held:
                is_held = False
                self._slots.release()

        async def send_releasing(message: Message) -> None:
            release()
            await send(message)

        scope[RELEASE_SLOT] = release
        try:
            # Handlers on SQLite never suspend. Without this, requests that arrive together would be processed one after
            # another, each before the next is seen, and none would ever be counted as waiting.
            await asyncio.sleep(0)
            await self.app(scope, receive, send_releasing)
        finally:
            release()
