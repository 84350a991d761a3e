"""More requests than can be answered: some are answered in time, the others told so at once; what costs nothing always passes."""

import asyncio
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from itertools import count
from typing import Any

import httpx
import pytest
from app.server.old_connection import Connection
from fastapi import FastAPI, Request, Response

from app.http.middleware.admission import leave_turn
from app.main import around, create_app
from app.settings import Settings
from tests.conftest import serving_app
from tests.http.test_at_once import request
from tests.http.test_cache import Served, many
from tests.test_contract import DOCUMENT

WAITING = 2


class Stage:
    """Routes whose answers are being made until they are let go."""

    def __init__(self) -> None:
        self.go, self.begun = threading.Event(), 0

    async def hold(self, request: Request) -> Response:
        if request.query_params.get("long"):
            leave_turn(request)
        if request.query_params.get("fails"):
            raise RuntimeError
        self.begun += 1
        while not self.go.is_set():
            await asyncio.sleep(0.002)
        return Response(b"made", headers={"Cache-Control": "no-store"})


STAGE = Stage()
NEW = count()


@cache
def api_of(url: str) -> FastAPI:
    """One for all tests, for it takes long to make: each test has its own turns around it."""
    api = create_app(Settings(database_url=url))
    api.add_route("/hold", STAGE.hold)
    return api


@contextmanager
def served_with(url: str, **settings: Any) -> Iterator[Served]:
    """A server, its settings these."""
    api = api_of(url)
    app = around(api, Settings.model_validate({"database_url": url, **settings}))
    with serving_app(app) as base, httpx.Client(base_url=base, timeout=30) as client:
        yield Served(client, api)


@contextmanager
def busy(
    url: str, query: str = "", requests: int = 1, **settings: Any
) -> Iterator[tuple[Served, Stage, list[Future[httpx.Response]]]]:
    """A server at which so many requests have come that are not answered yet."""
    STAGE.go, STAGE.begun = threading.Event(), 0
    with served_with(url, **{"queue": WAITING, **settings}) as served, ThreadPoolExecutor(requests) as clients:
        for path in ("/v1/missions/isaf", "/v1/missions/isaf"):
            assert served.client.get(path).status_code == 200
        asked = [clients.submit(served.client.get, f"/hold?n={number}&{query}") for number in range(requests)]
        try:
            yield served, STAGE, asked
        finally:
            STAGE.go.set()


def until(holds: Callable[[], bool]) -> None:
    """Wait for it."""
    end = time.monotonic() + 30
    while not holds() and time.monotonic() < end:
        time.sleep(0.005)
    assert holds()


def places(url: str) -> int:
    """How many are made at once, and how many wait."""
    return WAITING + (1 if url.startswith("sqlite") else Settings().pool_size)


def test_what_is_too_much_is_refused_at_once_and_what_was_accepted_is_answered(database_url: str) -> None:
    with busy(database_url, requests=places(database_url) + 3) as (served, stage, asked):
        until(lambda: sum(one.done() for one in asked) == 3)
        for refused in (one.result() for one in asked if one.done()):
            assert (refused.status_code, refused.headers["retry-after"], refused.headers["cache-control"]) == (
                503,
                "1",
                "no-store",
            )
            assert refused.json()["type"] == "urn:casebook:problem:overloaded"
            assert refused.headers["x-request-id"]
        stage.go.set()
        assert Counter(one.result().status_code for one in asked) == {200: places(database_url), 503: 3}
        assert served.client.get("/v1/missions/unok").status_code == 200
    assert served.tally.by_key["GET", "(refused)", 503, ""].buckets


def test_what_is_kept_and_what_watches_the_server_need_no_turn(database_url: str) -> None:
    with busy(database_url, requests=places(database_url)) as (served, stage, _):
        until(lambda: stage.begun == places(database_url) - WAITING and refuses(served))
        kept = served.client.get("/v1/missions/isaf")
        assert kept.status_code == 200
        known = {"If-None-Match": kept.headers["etag"]}
        assert served.client.get("/v1/missions/isaf", headers=known).status_code == 304
        for path in ("/health/live", "/health/ready", "/metrics"):
            assert served.client.get(path).status_code == 200, path
        assert served.client.options("/v1/missions").status_code == 204
        assert not stage.go.is_set()


def test_nobody_waits_for_a_turn_longer_than_a_question_may_take(database_url: str) -> None:
    with busy(database_url, requests=places(database_url), query_seconds=0.2) as (_, stage, asked):
        until(lambda: sum(one.done() for one in asked) == WAITING)
        assert {one.result().status_code for one in asked if one.done()} == {503}
        assert stage.begun == places(database_url) - WAITING


def test_nor_does_who_asks_for_what_could_be_made_at_once(database_url: str) -> None:
    places_taken = places(database_url) - WAITING
    with busy(database_url, requests=places_taken, query_seconds=0.2) as (served, stage, _):
        until(lambda: stage.begun == places_taken)
        late = served.client.get("/v1/missions?limit=3")
        assert (late.status_code, late.json()["type"]) == (503, "urn:casebook:problem:overloaded")
        stage.go.set()
        until(lambda: served.client.get("/v1/missions?limit=3").status_code == 200)


def test_for_who_has_left_by_then_nothing_is_made(loaded: Callable[[str], str]) -> None:
    with busy(loaded("sqlite"), queue=10) as (served, stage, _):
        until(lambda: stage.begun == 1)
        address = (served.client.base_url.host, served.client.base_url.port)
        made, left = (counted(served, "/v1/lessons", 200), counted(served, "(refused)", 0))
        for number in range(5):
            with socket.create_connection(address) as client:
                client.sendall(f"GET /v1/lessons?limit={number + 1} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        for _ in range(10):  # each is another look at what has come: that they came, what they ask, that they left
            served.client.get("/health/live")
        stage.go.set()
        until(lambda: counted(served, "(refused)", 0) == left + 5)
        assert served.client.get("/v1/lessons?limit=9").status_code == 200
        assert counted(served, "/v1/lessons", 200) == made + 1


ALONE = "connection: close"
ANOTHER = request("/v1/missions")
HEADS = {
    "one": [request("/v1/lessons")],
    "one with a query and all that a client sends": [
        request("/v1/lessons?limit=3&sort=-slug", "accept: */*", "Accept-Encoding: gzip", "Connection: keep-alive", "x-own: 1")
    ],
    "one after the other": [request("/v1/lessons"), request("/v1/lessons?limit=2"), request("/nope"), request("/v1/lessons")],
    "two in one piece": [request("/v1/lessons") + request("/v1/lessons?limit=2")],
    "one and a part of another": [request("/v1/lessons") + request("/v1/missions")[:20], request("/v1/missions")[20:]],
    "one in two pieces": [request("/v1/lessons")[:30], request("/v1/lessons")[30:]],
    "what is kept": [request("/v1/missions/isaf")],
    "what is kept, in another form": [request("/v1/missions/isaf", "accept-encoding: gzip")],
    "a probe": [request("/health/live")],
    "a probe, quoted": [request("/%68ealth/live")],
    "a path that is quoted": [request("/v1/%6cessons")],
    "a fragment": [request("/v1/missions/isaf#kept")],
    "who says who asks": [request("/v1/lessons", "X-Request-Id: mine")],
    "from a page elsewhere": [request("/v1/lessons", "Origin: https://other.example")],
    "a head": [request("/v1/lessons", method="HEAD")],
    "another method": [request("/v1/lessons", method="DELETE")],
    "the last": [request("/v1/lessons", "Connection: Close")],
    "old": [request("/v1/lessons", version="1.0")],
    "a body that comes later": [request("/v1/lessons", f"Content-Length: {len(ANOTHER)}"), ANOTHER],
    "one in chunks": [request("/v1/lessons", "Transfer-Encoding: chunked"), b"%x\r\n%b\r\n0\r\n\r\n" % (len(ANOTHER), ANOTHER)],
    "one that is hidden": [request("/v1/lessons", f"x: y\ncontent-length: {len(ANOTHER)}"), ANOTHER],
    "one that is said otherwise": [request("/v1/lessons", f"Content-Length : {len(ANOTHER)}"), ANOTHER],
    "who waits to be told to go on": [request("/v1/lessons", "expect: 100-continue", "content-length: 4", body="abcd")],
    "an upgrade": [request("/v1/lessons", "connection: upgrade", "upgrade: h2c"), ANOTHER],
    "a name that goes on in the next line": [request("/v1/lessons", "x-own: 1", " more")],
    "no request": [b"GET /v1/lessons\r\n\r\n"],
}


@pytest.mark.parametrize("pieces", HEADS.values(), ids=HEADS)
def test_what_is_refused_unread_is_answered_as_if_it_were_read(
    loaded: Callable[[str], str], pieces: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = loaded("sqlite")
    with busy(url, requests=places(url), query_seconds=60) as (served, _, _):
        until(lambda: refuses(served))
        unread = conversation(served, pieces)
        monkeypatch.setattr("app.server.old_connection.unread_of", lambda _app: lambda _received: None)
        assert unread == conversation(served, pieces)
        assert unread.startswith(b"HTTP/1.1")


def refuses(served: Served) -> bool:
    """Whether every place is taken; if not, one more is by now. Asks for what was never asked for, so never is kept."""
    try:
        return served.client.get(f"/nope{next(NEW)}", timeout=0.2).status_code == 503
    except httpx.ReadTimeout:
        return False


def conversation(served: Served, pieces: list[bytes]) -> bytes:
    """What comes back for each piece, and for one that says that it is the last; ids and the time left out."""
    received = bytearray()
    with socket.create_connection((served.client.base_url.host, served.client.base_url.port or 80), timeout=5) as client:
        for piece in [*pieces, request("/health/live", ALONE)]:
            with suppress(ConnectionError):  # it may have been closed by the other side
                client.sendall(piece)
            client.settimeout(0.1)
            with suppress(TimeoutError, ConnectionError):
                while part := client.recv(1_000_000):
                    received += part
    return re.sub(rb"(date|x-request-id): (?!mine)[^\r]*", rb"\1: any", bytes(received))


def test_who_may_have_the_answer_is_read(loaded: Callable[[str], str]) -> None:
    url, path = loaded("sqlite"), "/v1/lessons?limit=7"
    with served_with(url) as served:
        etag = served.client.get(path, headers={"Host": "x"}).headers["etag"]
        served.cache.renew("another", None)
    with busy(url, requests=places(url), query_seconds=60) as (served, _, _):
        until(lambda: refuses(served))
        assert served.client.get(path).status_code == 503
        assert served.client.get(path, headers={"Host": "x", "If-None-Match": etag}).status_code == 304


def test_what_is_refused_is_not_even_parsed(loaded: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    url, parsed, on_url = loaded("sqlite"), list[bytes](), Connection.on_url

    def noted(connection: Connection, url: bytes) -> None:
        parsed.append(url)
        on_url(connection, url)

    monkeypatch.setattr(Connection, "on_url", noted)
    with busy(url, requests=places(url), query_seconds=60) as (served, _, _):
        until(lambda: refuses(served))
        refused = counted(served, "(refused)", 503)
        parsed.clear()
        for limit in range(101, 130):  # which nothing else asks for, so none is kept
            assert served.client.get(f"/v1/lessons?limit={limit}").headers["x-request-id"]
        assert not parsed
        assert counted(served, "(refused)", 503) == refused + 29
        assert served.client.get("/v1/missions/isaf").status_code == 200
        assert parsed == [b"/v1/missions/isaf"]


def counted(served: Served, template: str, status: int) -> int:
    return sum(sum(numbers.buckets) for key, numbers in served.tally.by_key.items() if (key[1], key[2]) == (template, status))


def test_what_takes_long_takes_no_turn_from_others(database_url: str) -> None:
    crowd = 3 * places(database_url)  # all may wait, for they come at the same moment
    with busy(database_url, "long=1", requests=crowd, queue=crowd) as (served, stage, asked):
        until(lambda: stage.begun == len(asked))
        assert served.client.get("/v1/missions/unok").status_code == 200
        stage.go.set()
        assert {one.result().status_code for one in asked} == {200}


def test_an_export_that_is_read_slowly_keeps_nobody_waiting(database_url: str) -> None:
    with served_with(database_url, queue=0) as served:
        paths = ("/v1/activities.jsonl", "/v1/activities.csv", "/v1/activities.xlsx")
        with httpx.Client(base_url=served.client.base_url, timeout=30) as slow:
            for path in paths:
                with slow.stream("GET", path):
                    assert served.client.get(f"/v1/missions?limit={len(path)}").status_code == 200


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_turn_ends_whatever_becomes_of_it(database_url: str) -> None:
    STAGE.go = threading.Event()
    with served_with(database_url, queue=0) as served:
        for _ in range(10):
            assert served.client.get("/hold?fails=1").status_code == 500
        with pytest.raises(httpx.ReadTimeout):
            served.client.get("/hold", timeout=0.2)
        STAGE.go.set()
        until(lambda: served.client.get("/v1/missions/unok").status_code == 200)


def test_a_crowd_is_answered_or_refused_and_nobody_is_left_waiting(database_url: str) -> None:
    with served_with(database_url, queue=8) as served:
        paths = [f"/v1/search?q=peace+{number}" for number in range(60)]
        statuses = Counter(response.status_code for response in asyncio.run(many(str(served.client.base_url), paths)))
        assert set(statuses) <= {200, 503}
        assert statuses[200] >= 9
        assert served.client.get("/v1/search?q=peace").status_code == 200


def test_every_path_that_is_made_says_that_it_may_be_refused() -> None:
    without = [path for path, item in DOCUMENT["paths"].items() if "503" not in item["get"]["responses"]]
    assert without == ["/health/live"]
