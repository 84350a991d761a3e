"""Admission control: under overload some requests are answered in time and the others refused at once; cheap ones always pass."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import Any

import httpx
import pytest
from fastapi import Request, Response
from starlette.types import Message, Receive, Scope, Send

from app.http.middleware.admission import AdmissionMiddleware, release_slot
from app.settings import Settings
from tests.http.test_cache import Served, many, served_by

QUEUE = 2
NEW = count()


class Stage:
    """A route whose responses are held back until they are let go."""

    def __init__(self) -> None:
        self.go, self.begun = threading.Event(), 0

    async def hold(self, request: Request) -> Response:
        if request.query_params.get("long"):
            release_slot(request)
        if request.query_params.get("fails"):
            raise RuntimeError
        self.begun += 1
        while not self.go.is_set():
            await asyncio.sleep(0.002)
        return Response(b"made", headers={"Cache-Control": "no-store"})


@contextmanager
def busy(
    url: str, query: str = "", requests: int = 1, **settings: Any
) -> Iterator[tuple[Served, Stage, list[Future[httpx.Response]]]]:
    """A server with requests that are not answered yet."""
    stage, given = Stage(), Settings.model_validate({"database_url": url, "queue": QUEUE, **settings})
    with served_by(given, ("/hold", stage.hold)) as served, ThreadPoolExecutor(requests) as clients:
        for _ in range(2):
            assert served.client.get("/v1/missions/isaf").status_code == 200
        asked = [clients.submit(served.client.get, f"/hold?n={number}&{query}") for number in range(requests)]
        try:
            yield served, stage, asked
        finally:
            stage.go.set()


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not holds() and time.monotonic() < end:
        time.sleep(0.005)
    assert holds()


def capacity(url: str) -> int:
    """Requests that are processed at the same time and that wait."""
    return QUEUE + (1 if url.startswith("sqlite") else Settings().pool_size)


def is_refused(served: Served) -> bool:
    """Whether a request is refused; if not, one more waits now. No response to it can be stored."""
    try:
        return served.client.get(f"/nope{next(NEW)}", timeout=0.2).status_code == 503
    except httpx.ReadTimeout:
        return False


def counted(served: Served, route: str, status: int) -> int:
    series = served.metrics.by_labels.items()
    return sum(sum(one.buckets) for (_, name, code, _), one in series if (name, code) == (route, status))


def test_requests_over_the_limit_are_refused_at_once_and_all_others_are_answered(database_url: str) -> None:
    with busy(database_url, requests=capacity(database_url) + 3) as (served, stage, asked):
        until(lambda: sum(one.done() for one in asked) == 3)
        for refused in (one.result() for one in asked if one.done()):
            headers = refused.headers
            assert (refused.status_code, headers["retry-after"], headers["cache-control"]) == (503, "1", "no-store")
            assert refused.json()["type"] == "urn:casebook:problem:overloaded"
            assert refused.headers["x-request-id"]
        stage.go.set()
        assert Counter(one.result().status_code for one in asked) == {200: capacity(database_url), 503: 3}
        assert served.client.get("/v1/missions/unok").status_code == 200
    assert counted(served, "(refused)", 503) == 3


def test_stored_responses_and_probes_need_no_slot(database_url: str) -> None:
    with busy(database_url, requests=capacity(database_url)) as (served, stage, _):
        until(lambda: stage.begun == capacity(database_url) - QUEUE and is_refused(served))
        stored = served.client.get("/v1/missions/isaf")
        assert stored.status_code == 200
        known = {"If-None-Match": stored.headers["etag"]}
        assert served.client.get("/v1/missions/isaf", headers=known).status_code == 304
        for path in ("/health/live", "/health/ready", "/metrics"):
            assert served.client.get(path).status_code == 200, path
        assert served.client.options("/v1/missions").status_code == 204
        assert not stage.go.is_set()


def test_a_client_that_may_have_the_response_is_told_so_without_a_slot(loaded: Callable[[str], str]) -> None:
    url, path = loaded("sqlite"), "/v1/lessons?limit=7"
    with served_by(Settings(database_url=url)) as served:
        etag = served.client.get(path, headers={"Host": "x"}).headers["etag"]
    with busy(url, requests=capacity(url), query_seconds=60) as (served, _, _):
        until(lambda: is_refused(served))
        assert served.client.get(path).status_code == 503
        assert served.client.get(path, headers={"Host": "x", "If-None-Match": etag}).status_code == 304


def test_no_request_waits_longer_than_a_query_may_take(database_url: str) -> None:
    with busy(database_url, requests=capacity(database_url), query_seconds=0.2) as (_, stage, asked):
        until(lambda: sum(one.done() for one in asked) == QUEUE)
        assert {one.result().status_code for one in asked if one.done()} == {503}
        assert stage.begun == capacity(database_url) - QUEUE


def test_a_slot_is_released_by_what_fails(database_url: str) -> None:
    with busy(database_url, "fails=1", requests=5, queue=10) as (served, _, asked):
        assert {one.result().status_code for one in asked} == {500}
        for number in range(3):
            assert served.client.get(f"/v1/missions?limit={number + 1}").status_code == 200


def test_what_takes_long_keeps_no_slot(database_url: str) -> None:
    with busy(database_url, "long=1", requests=20, queue=20) as (served, stage, asked):
        until(lambda: stage.begun == 20)
        assert served.client.get("/v1/missions/unok").status_code == 200
        stage.go.set()
        assert {one.result().status_code for one in asked} == {200}


def test_an_export_keeps_no_slot_while_it_is_read(file_url: str) -> None:
    settings = Settings(database_url=file_url, queue=0)
    with served_by(settings) as served, served.client.stream("GET", "/v1/activities.jsonl") as export:
        next(export.iter_raw(10))
        for number in range(5):
            assert served.client.get(f"/v1/missions?limit={number + 1}").status_code == 200


def test_with_room_for_all_nothing_is_refused(database_url: str) -> None:
    with served_by(Settings(database_url=database_url, queue=200)) as served:
        paths = [f"/v1/missions?limit={number + 1}" for number in range(100)]
        responses = asyncio.run(many(str(served.client.base_url), paths))
    assert [response.status_code for response in responses] == [200] * 100


def test_a_request_that_is_cancelled_leaves_its_slot_and_its_place_in_the_queue() -> None:
    go = asyncio.Event()

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def play() -> None:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.disconnect"}

        middleware = AdmissionMiddleware(app, concurrency=1, queue=1, seconds=5)
        scope: Scope = {"type": "http", "path": "/", "method": "GET", "headers": []}
        for _ in range(3):
            tasks = [asyncio.create_task(middleware(dict(scope), receive, send)) for _ in range(2)]
            await asyncio.sleep(0.01)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        go.set()
        await asyncio.gather(*(middleware(dict(scope), receive, send) for _ in range(2)))
        assert [message["status"] for message in sent] == [200, 200]

    asyncio.run(play())


@pytest.mark.parametrize("queue", [0, 1])
def test_a_burst_is_counted_before_any_of_it_is_processed(queue: int) -> None:
    """Queries on SQLite never suspend: without a pause each request of a burst would be over before the next is seen."""

    async def play() -> Counter[int]:
        statuses: Counter[int] = Counter()

        async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses[message["status"]] += 1

        async def receive() -> Message:
            return {"type": "http.disconnect"}

        middleware = AdmissionMiddleware(app, concurrency=1, queue=queue, seconds=5)
        scope = {"type": "http", "path": "/", "method": "GET", "headers": []}
        await asyncio.gather(*(middleware(dict(scope), receive, send) for _ in range(10)))
        return statuses

    assert asyncio.run(play()) == {200: 1 + queue, 503: 9 - queue}
