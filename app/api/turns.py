"""Answers that have to be made take turns: so many are made at once, so many wait, and what is more is refused at once.

A server that takes on more than it can make answers everybody too late. What is kept needs no turn, nor do probes and metrics,
for they are wanted most when there is too much to do. Knows nothing of what is made.
"""

import asyncio
from collections.abc import Callable
from typing import cast

from fastapi import FastAPI, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problem import overloaded
from app.api.routes.health import PREFIX
from app.api.routes.metrics import PATH

LEAVE = "casebook.leave"


def leave_turn(request: Request) -> None:
    """Let the next one begin: what goes on for long is bounded by itself, and lets others be answered meanwhile."""
    cast(Callable[[], None], request.scope.get(LEAVE, lambda: None))()


def needs_none(path: str) -> bool:
    """Whether it is a probe, or the metrics."""
    return path.startswith(PREFIX) or path == PATH


class Turns:
    """Pure ASGI around an application: `at_once` are made, `waiting` wait, each for `seconds` at most, in the order they came."""

    def __init__(self, app: FastAPI, at_once: int, waiting: int, seconds: float) -> None:
        self._app, self._free = app, asyncio.Semaphore(at_once)
        self._waiting, self._limit, self._seconds = 0, waiting, seconds

    def refuses(self, path: str) -> bool:
        """Whether what is asked for now would be refused."""
        return self._waiting >= self._limit and self._free.locked() and not needs_none(path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or needs_none(scope["path"]):
            await self._app(scope, receive, send)
        elif await self._begin():
            await _Turn(self._free).take(self._app, scope, receive, send)
        else:
            await overloaded(Request({**scope, "app": self._app}))(scope, receive, send)

    async def _begin(self) -> bool:
        """Wait for a turn. False where too many do, or it did not come in time."""
        if not self._free.locked():
            await self._free.acquire()
            await asyncio.sleep(0)  # SQLite answers without ever waiting: who came meanwhile shall be seen, and be counted
            return True
        if self._waiting >= self._limit:
            return False
        self._waiting += 1
        try:
            async with asyncio.timeout(self._seconds):
                return await self._free.acquire()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1


class _Turn:
    """One turn, which ends when the answer begins to be sent, so that no client holds it by reading slowly."""

    def __init__(self, free: asyncio.Semaphore) -> None:
        self._free, self._is_over = free, False

    async def take(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        async def begun(message: Message) -> None:
            self._leave()
            await send(message)

        scope[LEAVE] = self._leave  # not in a copy: the router leaves the route in it
        try:
            await app(scope, receive, begun)
        finally:
            self._leave()

    def _leave(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._free.release()
