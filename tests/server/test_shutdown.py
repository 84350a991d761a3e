"""SIGTERM: requests under way are finished, and with a grace period the readiness probe fails first."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.database.test_faults import until
from tests.telemetry.test_metrics_and_logs import free_port

CASEBOOK = str(Path(sys.executable).with_name("casebook"))
STOPPED = (0, -signal.SIGTERM)


@contextmanager
def running(url: str, workers: int, **settings: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server process, ready, and its URL."""
    port = free_port()
    base, env = f"http://127.0.0.1:{port}", {**os.environ, "CASEBOOK_DATABASE_URL": url, **settings}
    command = [CASEBOOK, "serve", f"--port={port}", f"--workers={workers}"]
    with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - our own command
        try:
            until(lambda: httpx.get(f"{base}/health/ready").status_code == 200)
            yield process, base
        finally:
            process.kill()


@pytest.mark.parametrize("workers", [1, 2])
def test_requests_under_way_are_finished(file_url: str, workers: int) -> None:
    """A connection may be lost when it was accepted and not read yet, or idle when a request comes: nothing else is."""
    outcomes, stop = Counter[str](), threading.Event()

    def keep_asking(base: str, number: int) -> None:
        with httpx.Client(base_url=base, timeout=30) as client:
            while not stop.is_set():
                try:
                    outcomes[str(client.get(f"/v1/missions?limit={number + 1}").status_code)] += 1
                except httpx.TransportError:
                    outcomes["lost"] += 1
                    return

    with running(file_url, workers, CASEBOOK_CACHE_BYTES="0") as (process, base), ThreadPoolExecutor(8) as clients:
        asking = [clients.submit(keep_asking, base, number) for number in range(8)]
        until(lambda: outcomes["200"] > 100)
        with httpx.stream("GET", f"{base}/v1/activities.jsonl", timeout=30) as export:
            lines = export.iter_lines()
            next(lines)
            process.send_signal(signal.SIGTERM)
            assert sum(1 for _ in lines) > 2_000
        stop.set()
        for one in asking:
            one.result(timeout=30)
        assert process.wait(30) in STOPPED
    assert set(outcomes) <= {"200", "lost"}
    assert outcomes["lost"] <= 8  # one a client at most, none that the server had begun to answer


@pytest.mark.parametrize("workers", [1, 2])
def test_with_a_grace_period_only_the_readiness_probe_fails_at_first(file_url: str, workers: int) -> None:
    unpooled = httpx.Client(limits=httpx.Limits(max_keepalive_connections=0), timeout=30)  # either worker gets some
    with running(file_url, workers, CASEBOOK_DRAIN_SECONDS="3") as (process, base), unpooled as client:
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        until(lambda: {client.get(f"{base}/health/ready").status_code for _ in range(20)} == {503})
        probe, statuses = client.get(f"{base}/health/ready"), Counter[tuple[int, ...]]()
        assert probe.json()["checks"] == {"serving": "this server is shutting down: ask another"}
        assert probe.headers["retry-after"] == "5"
        with suppress(httpx.TransportError):
            while True:
                statuses[tuple(client.get(base + path).status_code for path in ("/health/live", "/v1/missions"))] += 1
        assert time.monotonic() - began > 2.9
        assert process.wait(30) in STOPPED
    assert set(statuses) == {(200, 200)}


def test_a_second_signal_ends_the_grace_period(file_url: str) -> None:
    """Of one worker: uvicorn's supervisor of several waits for them, and hands no further signal on."""
    with running(file_url, 1, CASEBOOK_DRAIN_SECONDS="200") as (process, base):
        process.send_signal(signal.SIGTERM)
        until(lambda: httpx.get(f"{base}/health/ready").status_code == 503)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in STOPPED
