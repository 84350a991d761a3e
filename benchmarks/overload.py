"""Requests that arrive faster than they can be answered: `python -m benchmarks.overload`, as a table.

Requests arrive at random moments, as those of many clients do, whether or not earlier ones have been answered. The cache is
off, so that every response is computed. SECONDS=5 for each load, RECORDS=10000, both optional.
"""

import asyncio
import os
import random
import sys
import time
from collections import deque
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

import uvloop

from benchmarks.casebook import casebook
from benchmarks.datasets import synthesized_file
from benchmarks.load import require_wrk, run_load
from benchmarks.servers import HOST, Request, Server
from benchmarks.workloads import workloads

LOADS = (0.5, 0.9, 1.2, 2.0, 4.0)
"""Multiples of the peak: of the rate at which each connection sends its next request as soon as the last is answered."""
COLUMNS = ("arriving/s", "answered/s", "of the peak", "refused/s", "lost", "p50 ms", "p99 ms", "refused p99 ms", "probe p99 ms")
PROBE_INTERVAL = 0.05
LIVE = "/health/live"


@dataclass
class Outcome:
    """Response times in milliseconds, by kind of response, and the requests without one."""

    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    probes: list[float] = field(default_factory=list)
    lost: int = 0
    seconds: float = 0.0
    """Until the last response."""


class Connection(asyncio.Protocol):
    """A connection with one request at a time; it returns to the idle ones when that is answered."""

    def __init__(self, idle: "deque[Connection]") -> None:
        self._idle, self._buffer = idle, bytearray()
        self._transport: Any = None
        self._status: asyncio.Future[int | None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def send(self, path: str) -> "asyncio.Future[int | None]":
        """Return the status of the response, or None if the connection is lost before it."""
        self._status = asyncio.get_running_loop().create_future()
        self._buffer.clear()
        self._transport.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        return self._status

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, body = self._buffer.partition(b"\r\n\r\n")
        if end and self._status and len(body) >= int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            self._resolve(int(head[9:12]))
            self._idle.append(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio gives its signature
        if self in self._idle:
            self._idle.remove(self)
        self._resolve(None)

    def _resolve(self, status: int | None) -> None:
        future, self._status = self._status, None
        if future:
            future.set_result(status)


class Clients:
    """Independent clients of one server: requests at given moments, on as many connections as that takes."""

    def __init__(self, port: int) -> None:
        self._port, self._idle, self._pending = port, deque[Connection](), set[asyncio.Task[None]]()

    async def send(self, paths: Sequence[str], rate: float, seconds: float) -> Outcome:
        """Send requests at random moments, `rate` a second, and wait for the last response."""
        outcome, randomness, started_at = Outcome(), random.Random(1), time.perf_counter()  # noqa: S311 - arrivals, not secrets
        due, next_probe = 0.0, 0.0
        while due < seconds:
            await asyncio.sleep(max(0.0, started_at + due - time.perf_counter()))
            self._begin(self._send(randomness.choice(paths), started_at + due, outcome))
            if due >= next_probe:
                self._begin(self._send(LIVE, started_at + due, outcome))
                next_probe += PROBE_INTERVAL
            due += randomness.expovariate(rate)
        await asyncio.gather(*self._pending)
        outcome.seconds = time.perf_counter() - started_at
        return outcome

    def _begin(self, request: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(request)
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def _send(self, path: str, due: float, outcome: Outcome) -> None:
        """Send one request. Its response time counts from when it was due, so that a late start does not make it shorter."""
        connection = self._idle.pop() if self._idle else await self._connect()
        status = await connection.send(path)
        milliseconds = (time.perf_counter() - due) * 1000
        if status is None:
            outcome.lost += 1
        elif path == LIVE:
            outcome.probes.append(milliseconds)
        else:
            (outcome.accepted if status == 200 else outcome.refused).append(milliseconds)

    async def _connect(self) -> Connection:
        _, connection = await asyncio.get_running_loop().create_connection(lambda: Connection(self._idle), HOST, self._port)
        return connection


def _row(server: Server, paths: Sequence[str], multiple: float, seconds: float) -> list[str]:
    """Measure one load. The peak is measured right before, for the machine is not always as fast."""
    peak = run_load(server, list(map(Request, paths)), seconds).requests_per_second
    outcome = uvloop.run(Clients(server.port).send(paths, peak * multiple, seconds))
    answered = len(outcome.accepted) / outcome.seconds
    return [
        f"{multiple:g} x {peak:,.0f}",
        f"{answered:,.0f}",
        f"{answered / peak:.2f}",
        f"{len(outcome.refused) / outcome.seconds:,.0f}",
        str(outcome.lost),
        *(f"{_percentile(outcome.accepted, percent):,.0f}" for percent in (50, 99)),
        *(f"{_percentile(times, 99):,.0f}" for times in (outcome.refused, outcome.probes)),
    ]


def _percentile(values: Sequence[float], percent: int) -> float:
    return quantiles(values, n=100)[percent - 1] if len(values) > 1 else 0.0


def main() -> None:
    """Print the table."""
    require_wrk()
    seconds, file = float(os.environ.get("SECONDS", "5")), synthesized_file(int(os.environ.get("RECORDS", "10000")))
    with casebook(file, cache=False) as server:
        workload = next(workload for workload in workloads(server, file) if workload.name == "list of 20")
        run_load(server, workload.requests, 1)
        sys.stdout.write(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}\n")
        for multiple in LOADS:
            sys.stdout.write(f"| {' | '.join(_row(server, workload.paths, multiple, seconds))} |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
