"""Answers that have to be made take turns: so many are made at once, so many wait, and what is more is refused at once.

A server that takes on more than it can make answers everybody too late. What is kept needs no turn, nor do probes and metrics,
for they are wanted most when there is too much to do. Knows nothing of what is made.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import cast

from fastapi import FastAPI, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.errors import overloaded
from app.http.routes.health import PREFIX
from app.http.routes.metrics import PATH

LEAVE = "casebook.leave"
SLICE = 0.001
"""Seconds for which turns that are over when they return follow one another, before whatever else has come is looked at."""

Begin = Callable[[bool], bool]
"""Begins a turn, or is told that it did not come in time; says whether the turn goes on after that."""


def leave_turn(request: Request) -> None:
    """Let the next one begin: what goes on for long is bounded by itself, and lets others be answered meanwhile."""
    cast(Callable[[], None], request.scope.get(LEAVE, lambda: None))()


def needs_none(path: str) -> bool:
    """Whether it is a probe, or the metrics."""
    return path.startswith(PREFIX) or path == PATH


class Turns:
    """Pure ASGI around an application: `run_sync` are made, `waiting` wait, each for `seconds` at most, in the order they came."""

    def __init__(self, app: FastAPI, at_once: int, waiting: int, seconds: float) -> None:
        self._app, self._free, self._limit, self._seconds = app, at_once, waiting, seconds
        self._waiting: deque[tuple[float, Begin]] = deque()
        """Each with the moment until which it waits."""
        self._next: asyncio.Handle | None = None

    @property
    def are_taken(self) -> bool:
        """Whether there is no place left to wait at."""
        return len(self._waiting) >= self._limit + self._free

    def refuses(self, path: str) -> bool:
        """Whether what is asked for now would be refused."""
        return self.are_taken and not needs_none(path)

    def wait(self, begin: Begin) -> None:
        """Have it called when its turn comes: never before all that has come with it was seen, and could be counted."""
        self._waiting.append((monotonic() + self._seconds, begin))
        if self._next is None:
            self._go_on()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or needs_none(scope["path"]):
            await self._app(scope, receive, send)
        elif not self.refuses(scope["path"]) and await self._begin():
            await _Turn(self._leave).take(self._app, scope, receive, send)
        else:
            await overloaded(Request({**scope, "app": self._app}))(scope, receive, send)

    async def _begin(self) -> bool:
        """Wait for a turn. False where it did not come in time."""
        told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def begin(in_time: bool) -> bool:
            if told.done():  # who waited has gone
                return False
            told.set_result(in_time)
            return in_time

        self.wait(begin)
        try:
            return await told
        except asyncio.CancelledError:
            if not told.cancelled() and told.result():
                self._leave()
            raise

    def _leave(self) -> None:
        self._free += 1
        if self._waiting:
            self._go_on()

    def _go(self) -> None:
        now = monotonic()
        end = now + SLICE
        try:
            while self._waiting and now < end and (self._free or self._waiting[0][0] < now):
                until, begin = self._waiting.popleft()
                if begin(now <= until):
                    self._free -= 1
                now = monotonic()
        finally:
            self._go_on()

    def _go_on(self) -> None:
        """Come back for who is next: after all else that has come, or where no turn is free, when the time of that one is up."""
        if self._next:
            self._next.cancel()
        loop = asyncio.get_running_loop()
        if not self._waiting:
            self._next = None
        elif self._free:
            self._next = loop.call_soon(self._go)
        else:
            self._next = loop.call_later(max(0.0, self._waiting[0][0] - monotonic()), self._go)


class _Turn:
    """One turn, which ends when the answer begins to be sent, so that no client holds it by reading slowly."""

    def __init__(self, leave: Callable[[], None]) -> None:
        self._end, self._is_over = leave, False

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
            self._end()
