"""Answers that are made once for all who wait for them, and looks at the release that are shared: nobody waits for nothing."""

import asyncio
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from app.database.postgresql.coalesce import CoalescedCall
from app.http.middleware.response_cache import ResponseCacheMiddleware
from app.http.response_store import ResponseStore
from app.telemetry.request_metrics import RequestMetrics


class Told:
    """A reader of a release that tests name."""

    def __init__(self, version: str = "1") -> None:
        self.version = version
        self.loaded_at: dict[str, Any] = {}

    async def current_version(self) -> str:
        return self.version


class Stage:
    """An application whose answers wait until they are let go, and then come out as `acts` says, the last act for all further."""

    def __init__(self, *acts: str, version: str = "1") -> None:
        self.acts, self.version, self.made, self.go = list(acts), version, 0, asyncio.Event()
        reader: Any = Told()
        self.reader = reader
        self.store = ResponseStore(1_000_000, RequestMetrics())
        self.middleware = ResponseCacheMiddleware(self, reader=reader, store=self.store)

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        self.made += 1
        act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
        await self.go.wait()
        if act == "fails":
            raise RuntimeError
        headers = [(b"x-data-version", self.version.encode())]
        await send(
            {"type": "http.response.start", "status": {"refuses": 422, "is unready": 503}.get(act, 200), "headers": headers}
        )
        for piece in (b"a", b"b") if act == "streams" else ():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"c"})

    async def ask(self, times: int) -> list[asyncio.Task[tuple[int, bytes]]]:
        """As many equal requests, all of them come as far as they can."""
        asked = [asyncio.create_task(self._ask()) for _ in range(times)]
        for _ in range(50):
            await asyncio.sleep(0)
        return asked

    async def _ask(self) -> tuple[int, bytes]:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            await asyncio.sleep(0)
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.disconnect"}

        scope = {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "path": "/",
            "query_string": b"",
            "headers": [(b"host", b"x")],
        }
        await self.middleware(scope, receive, send)
        assert not sent[-1].get("more_body")
        return sent[0]["status"], b"".join(message["body"] for message in sent[1:])


ANSWERED, STREAMED, REFUSED, UNREADY = (200, b"c"), (200, b"abc"), (422, b"c"), (503, b"c")


@pytest.mark.parametrize(
    ("acts", "made", "outcomes"),
    [
        (["answers"], 1, [ANSWERED] * 5),
        (["fails", "answers"], 2, [RuntimeError] + [ANSWERED] * 4),
        (["is unready", "answers"], 2, [UNREADY] + [ANSWERED] * 4),
        (["fails", "is unready", "answers"], 3, [RuntimeError, UNREADY] + [ANSWERED] * 3),
        (["fails"], 5, [RuntimeError] * 5),
        (["streams"], 5, [STREAMED] * 5),
        (["refuses"], 5, [REFUSED] * 5),
    ],
)
def test_who_waits_for_the_answer_of_another_gets_one(acts: list[str], made: int, outcomes: list[Any]) -> None:
    async def play() -> None:
        stage = Stage(*acts)
        asked = await stage.ask(5)
        assert stage.made == 1
        stage.go.set()
        got = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 5)
        assert [type(one) if isinstance(one, BaseException) else one for one in got] == outcomes
        assert stage.made == made

    asyncio.run(play())


def test_one_that_leaves_holds_up_no_other() -> None:
    async def play() -> None:
        stage = Stage("answers")
        first, second, *others = await stage.ask(5)
        second.cancel()
        first.cancel()
        stage.go.set()
        assert await asyncio.wait_for(asyncio.gather(*others), 5) == [ANSWERED] * 3
        assert (stage.made, first.cancelled(), second.cancelled()) == (2, True, True)

    asyncio.run(play())


def test_what_was_made_of_a_release_that_has_gone_is_for_none_but_who_asked_first() -> None:
    async def play() -> None:
        stage = Stage("answers")
        (first,) = await stage.ask(1)
        stage.reader.version = "2"
        others = await stage.ask(2)
        stage.go.set()
        assert await first == ANSWERED
        stage.version = "2"
        assert await asyncio.gather(*others) == [ANSWERED] * 2
        assert (stage.made, stage.store.version) == (3, "2")

    asyncio.run(play())


def test_a_look_at_the_release_is_for_those_who_had_come_before_it() -> None:
    calls: list[int] = []

    async def look() -> int:
        calls.append(len(calls))
        await asyncio.sleep(0.05)
        return calls[-1]

    async def play() -> None:
        shared = CoalescedCall(look)
        first = [asyncio.create_task(shared()) for _ in range(50)]
        await asyncio.sleep(0.01)
        late = [asyncio.create_task(shared()) for _ in range(50)]
        await asyncio.sleep(0.01)
        first[0].cancel()
        assert await asyncio.gather(*first[1:], *late) == [0] * 49 + [1] * 50
        assert await shared() == 2

    asyncio.run(play())


def test_a_look_that_fails_fails_for_all_and_the_next_is_made_anew() -> None:
    outcomes = iter((RuntimeError(), None))

    async def look() -> str:
        if error := next(outcomes):
            raise error
        return "seen"

    async def play() -> None:
        shared = CoalescedCall(look)
        failed = await asyncio.gather(*(shared() for _ in range(3)), return_exceptions=True)
        assert [type(one) for one in failed] == [RuntimeError] * 3
        assert await shared() == "seen"

    asyncio.run(play())
