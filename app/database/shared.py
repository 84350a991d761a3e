"""One call for all who ask at about the same time, as a database commits many transactions with one write."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Shared(Generic[Result]):
    """Who asks while a call is under way gets the result of the next, which begins after they asked."""

    def __init__(self, call: Callable[[], Awaitable[Result]]) -> None:
        self._call = call
        self._waiting: list[asyncio.Future[Result]] = []
        self._calls: asyncio.Task[None] | None = None

    async def __call__(self) -> Result:
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        if self._calls is None:
            self._calls = asyncio.create_task(self._call_while_any_wait())
        return await answer

    async def _call_while_any_wait(self) -> None:
        """A task of its own, so that one who leaves does not end it for the others."""
        try:
            while waiting := self._waiting:
                self._waiting = []
                await self._call_for(waiting)
        finally:
            self._calls = None

    async def _call_for(self, waiting: list[asyncio.Future[Result]]) -> None:
        try:
            result = await self._call()
        except Exception as error:
            for answer in waiting:
                if not answer.done():
                    answer.set_exception(error)
        else:
            for answer in waiting:
                if not answer.done():
                    answer.set_result(result)
