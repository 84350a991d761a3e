"""Response times for one client, so that no response waits for another's: growth with the data, and the slowest responses."""

import http.client
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

from benchmarks.casebook import casebook
from benchmarks.report import Figure
from benchmarks.rounds import Contestant, run_rounds
from benchmarks.servers import HOST, Server
from benchmarks.workloads import slow_workloads, workloads

GROWING = ("detail", "list of 20", "relation filter", "cursor page, deep")
REPEATS = 3
MIN_SECONDS = 5


def growth_figures(small: Path, large: Path, rounds: int, seconds: float) -> list[Figure]:
    """Measure how much longer responses take with a hundred times the data."""
    with casebook(small, cache=False) as small_server, casebook(large, cache=False) as large_server:
        contestants = [_growing(small_server, small), _growing(large_server, large)]
        results = run_rounds(contestants, rounds, max(seconds, MIN_SECONDS), connections=1)
    figures = []
    for workload in GROWING:
        small_p50, large_p50 = (results.p50(workload, file.stem) for file in (small, large))
        ratio = large_p50 / small_p50 if small_p50 and large_p50 else None
        figures.append(Figure(f"p50 of {workload}, {large.stem} records x {small.stem}", ratio, 1.5))
    return figures


def slowest_figures(file: Path) -> list[Figure]:
    """Measure the p95 of responses that count over all records, a few times for each URL."""
    figures = []
    with casebook(file, cache=False) as server:
        for workload in slow_workloads():
            times, failed = _response_times(server, workload.paths)
            p95 = quantiles(times, n=20)[18]
            note = f"{failed} of {len(times)} failed" if failed else f"p50 {median(times):.0f} ms"
            figures.append(Figure(f"p95 of {workload.name}, {file.stem} records", p95, 250, unit=" ms", note=note))
    return figures


def _growing(server: Server, file: Path) -> Contestant:
    requests = {workload.name: workload.requests for workload in workloads(server, file) if workload.name in GROWING}
    return Contestant(file.stem, server, requests)


def _response_times(server: Server, paths: Sequence[str]) -> tuple[list[float], int]:
    """Return the response times in milliseconds, and how many responses were not 200."""
    connection = http.client.HTTPConnection(HOST, server.port, timeout=120)
    times, failed = [], 0
    for path in [*paths] * REPEATS:
        started_at = time.perf_counter()
        connection.request("GET", path, headers={"Accept-Encoding": "identity"})
        response = connection.getresponse()
        response.read()
        times.append(1000 * (time.perf_counter() - started_at))
        failed += response.status != 200
    connection.close()
    return times, failed
