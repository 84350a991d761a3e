"""What the application can answer at once is answered as it would be by uvicorn's own connection, byte for byte."""

import asyncio
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from app.http.old_call import Int32, send_whole
from app.http.old_exchange import Exchange
from app.main import create_app
from app.server.old_connection import Client, Connection
from app.settings import Settings
from tests.conftest import serving, serving_app
from tests.database.test_engines import DOCUMENT, documented

LARGE = b"x" * 100_000
ANSWERS: dict[str, Int32] = {
    "/kept": (200, [(b"content-length", b"4"), (b"etag", b'"one"')], b"kept"),
    "/large": (200, [(b"content-length", b"%d" % len(LARGE))], LARGE),
    "/known": (304, [(b"etag", b'"one"')], b""),
    "/refused": (503, [(b"content-type", b"application/problem+json"), (b"content-length", b"7")], b"refused"),
}
SOON = ("/soon", "/later")
MADE_BY_TASK = {
    "/health/live",
    "/health/ready",
    "/v1/export",
    "/v1/case-studies/{slug}.md",
    "/v1/sources/{slug}/passages/{locator}",
}
MADE: Int32 = (200, [(b"content-length", b"4")], b"made")


class Told:
    """Answers of `ANSWERS` at once, those of `SOON` in their turn, all others after a while.

    `/broken` cannot be answered at once, for a fault, and of `/waits` that shows in its turn.
    """

    def __init__(self) -> None:
        self.called = 0

    def run_sync(self, scope: Scope, client: Client) -> Int32 | bool:
        path = scope["path"]
        if path == "/broken":
            raise RuntimeError
        if path in SOON or path == "/waits":
            asyncio.get_running_loop().call_later(0.001, client.tell, self._whole(scope) if path in SOON else None)
            return True
        return path in ANSWERS and self._whole(scope)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - its form is given
        if scope["type"] == "lifespan":
            return
        self.called += 1
        await asyncio.sleep(0 if scope["path"] == "/kept" else 0.001)
        await send_whole(send, self._whole(scope))

    def _whole(self, scope: Scope) -> Int32:
        status, headers, body = ANSWERS.get(scope["path"], MADE)
        return status, headers, b"" if scope["method"] == "HEAD" else body


class Called(Told):
    """The same, to be called only."""

    at_once: Any = None


@pytest.fixture(scope="module")
def addresses() -> Iterator[dict[str, tuple[str, int]]]:
    """Of both: by uvicorn's connection, and by ours."""
    with ExitStack() as held:
        yield {
            "theirs": address_of(held.enter_context(serving_app(Called(), http="httptools"))),
            "ours": address_of(held.enter_context(serving_app(Told(), http=Connection))),
        }


def address_of(base: str) -> tuple[str, int]:
    url = httpx.URL(base)
    return url.host, url.port or 0


def said(address: tuple[str, int], asked: bytes) -> bytes:
    """All that comes back until the server closes, for the last request says that it is the last."""
    with socket.create_connection(address, timeout=20) as client:
        client.sendall(asked)
        received = bytearray()
        while piece := client.recv(1_000_000):
            received += piece
    return re.sub(rb"date: [^\r]*", b"date: now", bytes(received))


def request(path: str, *lines: str, method: str = "GET", version: str = "1.1", body: str = "") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/{version}", "host: x", *lines, "", body]).encode()


LAST = request("/kept", "connection: close")
CONVERSATIONS = {
    "one": LAST,
    "old": request("/kept", version="1.0"),
    "several": request("/kept") + request("/known") + request("/refused") + LAST,
    "head": request("/kept", method="HEAD") + LAST,
    "a body that nobody reads": request("/kept", "content-length: 9", body="GET /kept") + LAST,
    "a body in chunks": request("/kept", "transfer-encoding: chunked", body="4\r\nabcd\r\n0\r\n\r\n") + LAST,
    "who waits to be told to go on": request("/kept", "expect: 100-continue", "content-length: 4", body="abcd") + LAST,
    "behind one that takes a while": request("/made") + request("/kept") + request("/made") + request("/known") + LAST,
    "many behind one another": request("/kept") * 3_000 + LAST,
    "many behind one that takes a while": request("/made") + request("/kept") * 3_000 + LAST,
    "large ones": request("/large") * 200 + LAST,
    "in its turn": request("/soon") + LAST,
    "several in their turn": request("/soon") + request("/later") + request("/kept") + request("/soon") + LAST,
    "many behind one in its turn": request("/soon") + request("/kept") * 3_000 + LAST,
    "in its turn, and the last": request("/soon", "connection: close"),
    "the head of one in its turn": request("/soon", method="HEAD") + LAST,
    "one that has to wait after all": request("/waits") + request("/soon") + LAST,
    "an upgrade": request("/kept", "connection: upgrade, close", "upgrade: h2c"),
    "a fault": request("/broken") + LAST,
}


@pytest.mark.parametrize("asked", CONVERSATIONS.values(), ids=CONVERSATIONS)
def test_a_conversation_is_the_same_either_way(addresses: dict[str, tuple[str, int]], asked: bytes) -> None:
    theirs, ours = (said(addresses[name], asked) for name in ("theirs", "ours"))
    assert ours == theirs
    assert ours.startswith(b"HTTP/1.1 200 OK")


def test_what_comes_a_byte_at_a_time_is_answered_once(addresses: dict[str, tuple[str, int]]) -> None:
    with socket.create_connection(addresses["ours"], timeout=20) as client:
        for place in range(len(LAST)):
            client.sendall(LAST[place : place + 1])
        received = b"".join(iter(lambda: client.recv(1_000), b""))
    assert received.count(b"HTTP/1.1 200 OK") == 1


class Watched(Connection):
    """One that says how much it holds for who does not read."""

    unsent = waiting = 0

    def on_response_complete(self) -> None:
        super().on_response_complete()
        Watched.unsent = max(Watched.unsent, self.transport.get_write_buffer_size())
        Watched.waiting = max(Watched.waiting, len(self.pipeline))


def test_who_asks_for_much_and_reads_nothing_fills_no_memory() -> None:
    with serving_app(Told(), http=Watched) as base, socket.create_connection(address_of(base)) as client:
        client.settimeout(3)
        with pytest.raises(TimeoutError):
            client.sendall(request("/large") * 1_000_000)
    assert 0 < Watched.waiting < 20_000
    assert 0 < Watched.unsent < 10 * len(LARGE)


def test_kept_answers_are_written_at_once_and_others_are_made() -> None:
    told = Told()
    with serving_app(told, http=Connection) as base, httpx.Client(base_url=base, timeout=30) as client:
        for path, text in (("/kept", "kept"), ("/made", "made"), ("/broken", "made"), ("/soon", "made"), ("/waits", "made")):
            assert client.get(path).text == text
    assert told.called == 3


def test_who_leaves_before_the_turn_comes_harms_nobody() -> None:
    told = Told()
    with serving_app(told, http=Connection) as base:
        for _ in range(20):
            with socket.create_connection(address_of(base)) as client:
                client.sendall(request("/soon"))
        assert said(address_of(base), request("/soon", "connection: close")).endswith(b"made")
    assert told.called == 0


def test_whatever_is_not_long_is_made_without_a_task(file_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    by_task: list[str] = []
    called = Exchange.__call__

    async def noted(exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            by_task.append(scope["path"])
        await called(exchange, scope, receive, send)

    monkeypatch.setattr(Exchange, "__call__", noted)
    asked = [(template, *request) for template in DOCUMENT["paths"] for request in documented(template)]
    with serving(Settings(database_url=file_url)) as base, httpx.Client(base_url=base, timeout=30) as client:
        for encoding in ("identity", "gzip"):
            for _, path, query in asked:
                assert client.get(path, params=dict(query), headers={"Accept-Encoding": encoding}).status_code < 500
        assert client.head("/v1/missions").content == b""
        assert client.get("/v1/missions/nobody").status_code == 404
        assert client.get("/v1/missions?nothing=1").status_code == 422
        assert client.get("/v1/missions", headers={"Accept": "image/png"}).status_code == 406
    assert set(by_task) == {path for template, path, _ in asked if ".{" in template or template in MADE_BY_TASK}


@pytest.mark.parametrize(("trusted", "scheme"), [("127.0.0.1", "https"), ("192.0.2.1", "http")])
def test_what_a_proxy_says_counts_for_what_is_kept_as_well(file_url: str, trusted: str, scheme: str) -> None:
    app = create_app(Settings(database_url=file_url))
    with (
        serving_app(app, forwarded_allow_ips=trusted) as base,
        httpx.Client(base_url=base, timeout=30) as client,
    ):
        for _ in range(3):
            assert client.get("/v1/missions?limit=1").json()["page"]["next"].startswith(base)
            forwarded = client.get("/v1/missions?limit=1", headers={"X-Forwarded-Proto": "https"})
            assert forwarded.json()["page"]["next"].startswith(f"{scheme}://")
