"""Exports of whole lists: their speed, the memory that they cost the server, and response times of others meanwhile."""

import http.client
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import handwritten_sql as sql
from benchmarks.casebook import casebook
from benchmarks.comparison import EXPORT_SUFFIXES
from benchmarks.load import LoadResult, run_load
from benchmarks.report import Figure
from benchmarks.servers import HOST, Request, Server
from benchmarks.workloads import workloads

SQL = {"jsonl": sql.ALL_JSONL, "csv": sql.ALL_CSV}
SQLITE = shutil.which("sqlite3")
PYTHON_EXPORT = """
import csv, sqlite3, sys
file, suffix, sql = sys.argv[1:]
cursor = sqlite3.connect(f"file:{file}?mode=ro", uri=True).execute(sql)
if suffix == "csv":
    writer = csv.writer(sys.stdout)
    writer.writerow([column[0] for column in cursor.description])
    writer.writerows(cursor)
else:
    sys.stdout.writelines(row[0] + "\\n" for row in cursor)
"""
COMMAND_LINE = "the sqlite3 command line" if SQLITE else "Python's sqlite3, since there is no sqlite3 command line"
GOALS = {"jsonl": 0.5, "csv": 0.3}
READ_BYTES = 1 << 20
MEMORY_INTERVAL = 0.02
MIN_SECONDS = 5
"""Of a load whose slowest hundredth is looked at."""


def export_figures(servers: Mapping[str, Server], file: Path, rounds: int, seconds: float) -> list[Figure]:
    """Measure exports beside the command line and the other servers, and details during an export."""
    figures, grown = [], 0.0
    with casebook(file) as server:
        _export_seconds(server, "/v1/missions.jsonl")
        for suffix in EXPORT_SUFFIXES:
            ratios: dict[str, list[float]] = {}
            for _ in range(rounds):
                with _watched_memory(server) as growth:
                    seconds_taken = _export_seconds(server, f"/v1/missions.{suffix}")
                grown = max(grown, growth.mib)
                for baseline, baseline_seconds in _baseline_seconds(servers, file, suffix).items():
                    ratios.setdefault(baseline, []).append(baseline_seconds / seconds_taken)
            figures += [_ratio_figure(suffix, baseline, median(values)) for baseline, values in ratios.items()]
        figures.append(Figure("memory that the server gains by whole lists (RssAnon)", grown, 64, unit=" MiB"))
        figures.append(_details_meanwhile(server, file, rounds, max(seconds, MIN_SECONDS)))
    return figures


def command_line_export(file: Path, suffix: str) -> bytes:
    """Return what the command line writes, without any server."""
    return subprocess.run(_command(file, suffix), capture_output=True, check=True).stdout


def _ratio_figure(suffix: str, baseline: str, ratio: float) -> Figure:
    goal = GOALS[suffix] if baseline == COMMAND_LINE else None
    return Figure(f"whole list as {suffix}, rows a second x {baseline}", ratio, goal, at_most=False)


def _baseline_seconds(servers: Mapping[str, Server], file: Path, suffix: str) -> dict[str, float]:
    """Return how long others take for the same export. Datasette has none as JSON Lines."""
    seconds = {
        COMMAND_LINE: _command_line_seconds(file, suffix),
        "SQLite by hand": _export_seconds(servers["handwritten"], f"/v1/missions.{suffix}"),
    }
    if suffix == "csv":
        path = f"/{file.stem}-flat/missions.csv?_stream=on&_size=max"
        seconds["Datasette"] = _export_seconds(servers["datasette"], path)
    return seconds


def _command_line_seconds(file: Path, suffix: str) -> float:
    """Return how long the command line takes to write to nowhere."""
    started_at = time.perf_counter()
    subprocess.run(_command(file, suffix), stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started_at


def _command(file: Path, suffix: str) -> list[str]:
    if SQLITE is None:
        return [sys.executable, "-c", PYTHON_EXPORT, str(file), suffix, SQL[suffix]]
    return [SQLITE, "-readonly", *(("-csv", "-header") if suffix == "csv" else ("-list",)), str(file), SQL[suffix]]


def _export_seconds(server: Server, path: str) -> float:
    """Return the seconds until the last byte of an export."""
    connection = http.client.HTTPConnection(HOST, server.port, timeout=600)
    started_at = time.perf_counter()
    connection.request("GET", path, headers={"Accept-Encoding": "identity"})
    response = connection.getresponse()
    if response.status != 200:
        raise SystemExit(f"{path}: status {response.status}")
    while response.read(READ_BYTES):
        pass
    connection.close()
    return time.perf_counter() - started_at


@dataclass
class MemoryGrowth:
    """The most that a server's RssAnon has grown by, in MiB."""

    mib: float = 0.0


@contextmanager
def _watched_memory(server: Server) -> Iterator[MemoryGrowth]:
    """Poll a server's memory until the end of the context."""
    growth, done = MemoryGrowth(), threading.Event()
    before = server.memory()[1]

    def watch() -> None:
        while not done.wait(MEMORY_INTERVAL):
            growth.mib = max(growth.mib, server.memory()[1] - before)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield growth
    finally:
        done.set()
        thread.join()


def _details_meanwhile(server: Server, file: Path, rounds: int, seconds: float) -> Figure:
    """Measure how much slower details are during an export."""
    requests = workloads(server, file)[0].requests
    ratios, rates = [], []
    for _ in range(rounds):
        quiet, busy = run_load(server, requests, seconds), _load_during_export(server, requests, seconds)
        rates.append(busy.requests_per_second)
        if quiet.p99 and busy.p99 and not busy.errors:
            ratios.append(busy.p99 / quiet.p99)
    value = median(ratios) if len(ratios) == rounds else None
    note = f"{min(rates):.1f} responses/s then, at least"
    return Figure("p99 of details while a whole list is written, x quiet", value, 5, note=note)


def _load_during_export(server: Server, requests: Sequence[Request], seconds: float) -> LoadResult:
    """Put a load on a server that writes one export after another."""
    done = threading.Event()

    def export() -> None:
        while not done.is_set():
            _export_seconds(server, "/v1/missions.jsonl")

    thread = threading.Thread(target=export)
    thread.start()
    try:
        return run_load(server, requests, seconds)
    finally:
        done.set()
        thread.join()
