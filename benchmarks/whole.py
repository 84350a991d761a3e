"""What is measured beside answers a second: start and memory, whole lists, growth with the data, the slowest answers."""

import http.client
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from benchmarks.datasets import COMMAND
from benchmarks.exporting import SUFFIXES, by_server, meanwhile, seconds_of_command_line, watched
from benchmarks.load import load
from benchmarks.questions import questions, slow_questions
from benchmarks.rounds import Contestant, compete
from benchmarks.servers import Server, running, uvicorn
from benchmarks.throughput import CASEBOOK, PATIENT, casebook

HELLO = "benchmarks.hello:app"
FIRST = "/v1/missions?limit=1"
GROWING = ("detail", "list of 20", "relation filter", "cursor page, deep")
TIMES = 3
LONG_ENOUGH = 5
"""Seconds of a load whose slowest hundredth is looked at."""


@dataclass(frozen=True)
class Figure:
    """One figure, and the goal that it has."""

    what: str
    value: float | None
    goal: float | None = None
    at_most: bool = True
    unit: str = ""
    note: str = ""


def start_and_memory(file: Path, rounds: int) -> list[Figure]:
    """From the start of the command to its first answer, and the memory then, beside the smallest application's."""
    url = f"sqlite:///{file}"
    starts, memories, alone = [], [], []
    for number in range(rounds + 1):  # the first only warms the disk's cache and writes byte code
        with uvicorn(HELLO, "/") as hello:
            other, at_hello = hello.started_in, hello.memory()
        with running([str(COMMAND), "serve"], FIRST, CASEBOOK_DATABASE_URL=url, CASEBOOK_QUERY_SECONDS=PATIENT) as served:
            ours, at_casebook = served.started_in, served.memory()
        with uvicorn(CASEBOOK, FIRST, CASEBOOK_DATABASE_URL=url) as application:
            own = application.started_in
        if number:
            starts.append(ours / other)
            alone.append(own / other)
            memories.append((at_casebook[0] / at_hello[0], at_casebook[1] / at_hello[1]))
    return [
        Figure("start of `casebook serve` to the first list, x FastAPI hello-world", median(starts), 1.5),
        Figure("start of the application alone under uvicorn, x hello-world", median(alone)),
        Figure("RSS after the first answer, x hello-world", median(rss for rss, _ in memories), 2.0),
        Figure("RssAnon after the first answer, x hello-world", median(own for _, own in memories)),
    ]


def whole_lists(servers: Mapping[str, Server], file: Path, rounds: int, seconds: float) -> list[Figure]:
    """Whole lists beside the command line and the other servers, and details meanwhile."""
    made, goals = [], {"jsonl": 0.5, "csv": 0.3}
    growth = 0.0
    with casebook(file) as fresh:
        by_server(fresh, "/v1/missions.jsonl")
        for suffix in SUFFIXES:
            path = f"/v1/missions.{suffix}"
            ratios: dict[str, list[float]] = {"the sqlite3 command line": [], "SQLite by hand": [], "Datasette": []}
            for _ in range(rounds):
                with watched(fresh) as grown:
                    ours = by_server(fresh, path)
                growth = max(growth, grown.most)
                ratios["the sqlite3 command line"].append(seconds_of_command_line(file, suffix) / ours)
                ratios["SQLite by hand"].append(by_server(servers["raw"], path) / ours)
                if suffix == "csv":
                    streamed = f"/{file.stem}-pages/missions.csv?_stream=on&_size=max"
                    ratios["Datasette"].append(by_server(servers["datasette"], streamed) / ours)
            for other, found in ratios.items():
                goal = goals[suffix] if other == "the sqlite3 command line" else None
                if found:
                    made.append(Figure(f"whole list as {suffix}, rows a second x {other}", median(found), goal, at_most=False))
        made.append(Figure("memory that the server gains by whole lists (RssAnon)", growth, 64, unit=" MiB"))
        made.append(_others_meanwhile(fresh, file, rounds, max(seconds, LONG_ENOUGH)))
    return made


def _others_meanwhile(server: Server, file: Path, rounds: int, seconds: float) -> Figure:
    lines = questions(server, file)[0].paths
    ratios, fewest = [], 0.0
    for _ in range(rounds):
        quiet, busy = load(server, lines, seconds), meanwhile(server, lines, seconds, "/v1/missions.jsonl")
        fewest = min(fewest or busy.a_second, busy.a_second)
        if quiet.p99 and busy.p99 and not busy.failed:
            ratios.append(busy.p99 / quiet.p99)
    value = median(ratios) if len(ratios) == rounds else None
    return Figure(
        "p99 of details while a whole list is written, x quiet", value, 5, note=f"{fewest:.1f} answers/s then, at least"
    )


def growth(small: Path, large: Path, rounds: int, seconds: float) -> list[Figure]:
    """How much longer answers take with a hundred times the data: asked by one client, so that none waits for another's."""
    with casebook(small, cache=False) as few, casebook(large, cache=False) as many:
        both = {"few": (few, small), "many": (many, large)}
        asked = {name: {one.name: one.paths for one in questions(*pair) if one.name in GROWING} for name, pair in both.items()}
        entered = [Contestant(name, server, asked[name]) for name, (server, _) in both.items()]
        results = compete(entered, rounds, max(seconds, LONG_ENOUGH), connections=1)
    made = []
    for name in GROWING:
        few_ms, many_ms = (results.milliseconds(name, size, "p50") for size in both)
        value = many_ms / few_ms if few_ms and many_ms else None
        made.append(Figure(f"p50 of {name}, {large.stem} records x {small.stem}", value, 1.5))
    return made


def slowest(file: Path) -> list[Figure]:
    """The p95 of what counts over everything, asked by one client, each question some times."""
    made = []
    with casebook(file, cache=False) as server:
        for asked in slow_questions():
            times, failed = _timed(server, asked.paths)
            p95 = quantiles(times, n=20)[18]
            note = f"{failed} of {len(times)} were given up by the server" if failed else f"p50 {median(times):.0f} ms"
            made.append(Figure(f"p95 of {asked.name}, {file.stem} records", p95, 250, unit=" ms", note=note))
    return made


def _timed(server: Server, paths: Sequence[str]) -> tuple[list[float], int]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    times, failed = [], 0
    for path in [*paths] * TIMES:
        begun = time.perf_counter()
        connection.request("GET", path, headers={"Accept-Encoding": "identity"})
        response = connection.getresponse()
        response.read()
        times.append(1000 * (time.perf_counter() - begun))
        failed += response.status != 200
    connection.close()
    return times, failed
