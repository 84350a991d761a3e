"""One call on behalf of everyone who asks at about the same time, as a database commits many transactions with one write."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")


class CoalescedCall(Generic[Result]):
    """Calls a function once for all callers that are waiting.

    A caller that arrives during a call waits for the next one, which begins after it asked: nobody gets a stale result.
    """

    def __init__(self, call: Callable[[], Awaitable[Result]]) -> None:
        self._call = call
        self._waiting: list[asyncio.Future[Result]] = []
        self._worker: asyncio.Task[None] | None = None

    async def __call__(self) -> Result:
        """Return the result of a call that begins from now on, or raise its exception."""
        result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append(result)
        if self._worker is None:
            self._worker = asyncio.create_task(self._run())
        return await result

    async def _run(self) -> None:
        """Call until nobody waits. A task of its own, so that a caller that is cancelled does not end it for the others."""
        try:
            while waiting := self._waiting:
                self._waiting = []
                await self._call_for(waiting)
        finally:
            self._worker = None

    async def _call_for(self, waiting: list[asyncio.Future[Result]]) -> None:
        try:
            result = await self._call()
        except Exception as error:
            for future in waiting:
                if not future.done():
                    future.set_exception(error)
        else:
            for future in waiting:
                if not future.done():
                    future.set_result(result)
