"""Slow clients are let go of, and a server that is told to end answers what it has accepted."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import jsonschema
import orjson
import pytest
from app.server.old_connection import Connection
from app.server.old_ending import Config, LastAccepting
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.main import create_app
from app.settings import Settings
from tests.conftest import serving_app
from tests.database.test_faults import until
from tests.telemetry.test_metrics_and_logs import free_port
from tests.test_contract import DOCUMENT

CASEBOOK = str(Path(sys.executable).with_name("casebook"))
BIG = 20_000_000


async def big(scope: Scope, receive: Receive, send: Send) -> None:
    await Response(b"x" * BIG)(scope, receive, send)


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    """Of a server that has little patience."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("ASKING_SECONDS", "READING_SECONDS"):
            patch.setattr(f"app.server.old_connection.{name}", 0.5)
        with serving_app(big) as base:
            url = httpx.URL(base)
            yield url.host, url.port or 0


@contextmanager
def closed_within(seconds: float) -> Iterator[None]:
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < seconds


@pytest.mark.parametrize("said", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_who_does_not_finish_asking_is_let_go_of(address: tuple[str, int], said: bytes) -> None:
    with socket.create_connection(address, timeout=10) as client, closed_within(5):
        client.sendall(said)
        while not is_closed(client):
            with suppress(ConnectionError):
                client.sendall(b"y" if said else b"")  # a byte now and then buys no time


@pytest.mark.parametrize("after", [b"\r\n", b"GET / HT"], ids=["an empty line", "half a head"])
def test_who_says_a_little_after_an_answer_is_let_go_of(address: tuple[str, int], after: bytes) -> None:
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda: client.recv(1_000_000).startswith(b"HTTP/1.1 200"))
        client.sendall(after)
        with closed_within(5):
            until(lambda: is_closed(client))


@pytest.mark.parametrize("framing", [b"Content-Length: 1000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n1"])
def test_who_does_not_finish_what_is_answered_already_is_let_go_of(address: tuple[str, int], framing: bytes) -> None:
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(b"HEAD / HTTP/1.1\r\nHost: x\r\n" + framing)
        until(lambda: client.recv(1_000_000).startswith(b"HTTP/1.1 200"))
        client.sendall(b"1")
        with closed_within(5):
            until(lambda: is_closed(client))


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET /" + b"x" * 1_000_000, 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"y" * 1_000_000, 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Long: y\r\n" * 100_000, 431),
    ],
    ids=["nonsense", "a long target", "a target without an end", "a header without an end", "headers without an end"],
)
def test_what_cannot_be_read_is_a_problem(address: tuple[str, int], said: bytes, status: int) -> None:
    with socket.create_connection(address, timeout=10) as client:
        with suppress(ConnectionError):  # it is closed before all is said
            for place in range(0, len(said), 50_000):
                client.sendall(said[place : place + 50_000])
        received = bytearray()
        with suppress(ConnectionError):
            while piece := client.recv(1_000_000):
                received += piece
    head, _, body = bytes(received).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d" % status)
    assert b"content-type: application/problem+json" in head
    schema = DOCUMENT["components"]["schemas"]["ProblemOut"] | {"components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(schema).validate(orjson.loads(body))
    assert orjson.loads(body)["status"] == status


def test_what_is_nonsense_and_too_long_is_answered_once(address: tuple[str, int], caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ")
        for piece in (b"y" * 60_000, b"y" * 10_000 + b"\0\r\n\r\n"):
            time.sleep(0.1)  # so that each is read by itself
            client.sendall(piece)
        received = b"".join(iter(lambda: client.recv(1_000_000), b""))
    assert received.count(b"HTTP/1.1 ") == 1
    assert received.startswith((b"HTTP/1.1 400", b"HTTP/1.1 431"))
    assert not [record for record in caplog.records if record.name == "asyncio"]


def is_closed(client: socket.socket) -> bool:
    """Whether it is by the other side, looked at for a moment."""
    client.settimeout(0.05)
    try:
        return not client.recv(1_000_000)
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def test_who_does_not_read_is_let_go_of(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(1.5)
        read = 0
        with suppress(ConnectionError):
            while piece := client.recv(1_000_000):
                read += len(piece)
        assert 0 < read < BIG


def test_who_reads_as_it_comes_and_asks_again_is_not(address: tuple[str, int]) -> None:
    with httpx.Client(base_url=f"http://{address[0]}:{address[1]}", timeout=30) as client:
        for _ in range(3):
            assert len(client.get("/").content) == BIG
            time.sleep(0.3)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_server_that_is_told_to_end_answers_what_it_accepted(file_url: str, workers: int) -> None:
    port, env = free_port(), {**os.environ, "CASEBOOK_DATABASE_URL": file_url, "CASEBOOK_CACHE_BYTES": "0"}
    outcomes, stop = Counter[str](), threading.Event()

    def keep_asking(number: int) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            while not stop.is_set():
                try:
                    outcomes[str(client.get(f"/v1/missions?limit={number + 1}").status_code)] += 1
                except httpx.ConnectError:
                    return
                except httpx.TransportError as error:
                    outcomes[repr(error)] += 1

    command = [CASEBOOK, "serve", f"--port={port}", f"--workers={workers}"]
    with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as process, httpx.Client() as client:  # noqa: S603 - ours
        until(lambda: client.get(f"http://127.0.0.1:{port}/health/ready").status_code == 200)
        with ThreadPoolExecutor(8) as clients:
            asking = [clients.submit(keep_asking, number) for number in range(8)]
            until(lambda: outcomes["200"] > 100)
            with client.stream("GET", f"http://127.0.0.1:{port}/v1/activities.jsonl") as export:
                lines = export.iter_lines()
                next(lines)
                process.send_signal(signal.SIGTERM)
                assert sum(1 for _ in lines) > 2_000
            for one in asking:
                one.result(timeout=30)
        assert process.wait(30) in (0, -signal.SIGTERM)
    assert set(outcomes) == {"200"}


def test_who_had_connected_when_the_port_is_closed_is_answered(file_url: str) -> None:
    app = create_app(Settings(database_url=file_url))

    async def ended_with_clients_waiting(clients: list[socket.socket]) -> None:
        config = Config(app, http=Connection, port=0, log_config=None)
        port, server = config.bind_socket(), LastAccepting(config)
        config.load()
        server.lifespan = config.lifespan_class(config)
        await server.startup([port])
        for client in clients:  # the loop sees none of it before the end
            client.connect(port.getsockname())
            client.sendall(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n")
        await server.shutdown([port])

    with ExitStack() as held:
        clients = [held.enter_context(socket.socket()) for _ in range(5)]
        asyncio.run(asyncio.wait_for(ended_with_clients_waiting(clients), 20))
        for client in clients:
            received = b"".join(iter(lambda at=client: at.recv(10_000), b""))  # type: ignore[misc] # until it is closed
            assert received.startswith(b"HTTP/1.1 200 OK")
            assert received.endswith(b'{"status":"live"}')


@pytest.mark.parametrize("workers", [1, 2])
def test_a_server_that_is_told_to_end_first_says_so_for_a_while_and_answers_all_else(file_url: str, workers: int) -> None:
    port = free_port()
    base, env = f"http://127.0.0.1:{port}", {**os.environ, "CASEBOOK_DATABASE_URL": file_url, "CASEBOOK_DRAIN_SECONDS": "3"}
    command = [CASEBOOK, "serve", f"--port={port}", f"--workers={workers}"]
    asking = httpx.Client(limits=httpx.Limits(max_keepalive_connections=0), timeout=30)  # a connection each
    with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as process, asking:  # noqa: S603 - ours
        until(lambda: asking.get(f"{base}/health/ready").status_code == 200)
        process.send_signal(signal.SIGTERM)
        told = time.monotonic()
        until(lambda: {asking.get(f"{base}/health/ready").status_code for _ in range(20)} == {503})  # of both workers
        said, seen = asking.get(f"{base}/health/ready"), Counter[int]()
        assert (said.json()["checks"], said.headers["retry-after"]) == ({"serving": "this server is ending: ask another"}, "5")
        with suppress(httpx.TransportError):
            while True:  # of whose connections either worker takes some
                statuses = [asking.get(base + path).status_code for path in ("/health/live", "/v1/missions", "/health/ready")]
                assert statuses == [200, 200, 503]
                seen.update(statuses)
        assert time.monotonic() - told > 2.9
        assert process.wait(30) in (0, -signal.SIGTERM)
    assert seen[503] > 0


@pytest.mark.parametrize("workers", [1, 2])
def test_a_server_that_is_told_twice_to_end_says_so_no_longer(file_url: str, workers: int) -> None:
    port = free_port()
    base, env = f"http://127.0.0.1:{port}", {**os.environ, "CASEBOOK_DATABASE_URL": file_url, "CASEBOOK_DRAIN_SECONDS": "200"}
    command = [CASEBOOK, "serve", f"--port={port}", f"--workers={workers}"]
    with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - ours
        until(lambda: httpx.get(f"{base}/health/ready").status_code == 200)
        process.send_signal(signal.SIGTERM)
        until(lambda: httpx.get(f"{base}/health/ready").status_code == 503)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM)
