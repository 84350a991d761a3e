"""What becomes of requests that come faster than they can be answered: `python -m benchmarks.overload`, as a table.

Requests come at random moments, whether or not those before were answered, as those of many clients do; the cache is off, so
that every answer has to be made. SECONDS=5 for each load, RECORDS=10000, both optional.
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

from benchmarks.datasets import dataset
from benchmarks.load import load, need_wrk
from benchmarks.questions import questions
from benchmarks.servers import Server
from benchmarks.throughput import casebook

LOADS = (0.5, 0.9, 1.2, 2.0, 4.0)
"""Parts of what the server can answer when it is asked again as soon as it has answered."""
COLUMNS = ("asked/s", "answered/s", "of the peak", "refused/s", "lost", "p50 ms", "p99 ms", "refused p99 ms", "probe p99 ms")
PROBE_EVERY = 0.05
LIVE = "/health/live"


@dataclass
class Seen:
    """What clients saw: milliseconds until each answer, by whether it was accepted."""

    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    lost: int = 0
    probes: list[float] = field(default_factory=list)
    seconds: float = 0.0
    """Until the last of them."""


class Client(asyncio.Protocol):
    """One connection, asked one thing at a time; back among those that are free when it is answered."""

    def __init__(self, free: "deque[Client]") -> None:
        self._free, self._answer = free, bytearray()
        self._transport: Any = None
        self._told: asyncio.Future[int | None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def ask(self, path: str) -> "asyncio.Future[int | None]":
        """The status that comes back; None where none does."""
        self._told = asyncio.get_running_loop().create_future()
        self._answer.clear()
        self._transport.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        return self._told

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if end and self._told and len(body) >= int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            self._tell(int(head[9:12]))
            self._free.append(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - its form is given
        if self in self._free:
            self._free.remove(self)
        self._tell(None)

    def _tell(self, status: int | None) -> None:
        told, self._told = self._told, None
        if told:
            told.set_result(status)


class Crowd:
    """Many clients of one server, who do not wait for each other."""

    def __init__(self, port: int) -> None:
        self._port, self._free, self._asking = port, deque[Client](), set[asyncio.Task[None]]()

    async def ask(self, paths: Sequence[str], a_second: float, seconds: float) -> Seen:
        """Requests at so many random moments a second; all are waited for at the end."""
        seen, chance, begun = Seen(), random.Random(1), time.perf_counter()  # noqa: S311 - arrivals, not secrets
        due, next_probe = 0.0, 0.0
        while due < seconds:
            await asyncio.sleep(max(0.0, begun + due - time.perf_counter()))
            self._begin(self._ask(chance.choice(paths), begun + due, seen))
            if due >= next_probe:
                self._begin(self._ask(LIVE, begun + due, seen))
                next_probe += PROBE_EVERY
            due += chance.expovariate(a_second)
        await asyncio.gather(*self._asking)
        seen.seconds = time.perf_counter() - begun
        return seen

    def _begin(self, asking: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(asking)
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _ask(self, path: str, due: float, seen: Seen) -> None:
        if not self._free:
            _, client = await asyncio.get_running_loop().create_connection(lambda: Client(self._free), "127.0.0.1", self._port)
        else:
            client = self._free.pop()
        status = await client.ask(path)
        taken = (time.perf_counter() - due) * 1000
        if status is None:
            seen.lost += 1
        elif path == LIVE:
            seen.probes.append(taken)
        else:
            (seen.accepted if status == 200 else seen.refused).append(taken)


def _row(server: Server, paths: Sequence[str], part: float, seconds: float) -> list[str]:
    """What became of one load; what the server can do is looked at right before, for the machine is not always as fast."""
    peak = load(server, paths, seconds).a_second
    seen = uvloop.run(Crowd(server.port).ask(paths, peak * part, seconds))
    done = len(seen.accepted) / seen.seconds
    return [
        f"{part:g} x {peak:,.0f}",
        f"{done:,.0f}",
        f"{done / peak:.2f}",
        f"{len(seen.refused) / seen.seconds:,.0f}",
        str(seen.lost),
        *(f"{_percentile(seen.accepted, percent):,.0f}" for percent in (50, 99)),
        *(f"{_percentile(times, 99):,.0f}" for times in (seen.refused, seen.probes)),
    ]


def _percentile(times: Sequence[float], percent: int) -> float:
    return quantiles(times, n=100)[percent - 1] if len(times) > 1 else 0.0


def main() -> None:
    """Print the table."""
    need_wrk()
    seconds, file = float(os.environ.get("SECONDS", "5")), dataset(int(os.environ.get("RECORDS", "10000")))
    with casebook(file, cache=False) as server:
        paths = next(question.paths for question in questions(server, file) if question.name == "list of 20")
        load(server, paths, 1)
        sys.stdout.write(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}\n")
        for part in LOADS:
            sys.stdout.write(f"| {' | '.join(_row(server, paths, part, seconds))} |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
