"""Requests per second of all contestants, each in the workloads that it can take part in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.bare import record
from benchmarks.casebook import READY, casebook
from benchmarks.comparison import (
    EXPORT_SUFFIXES,
    require_same_exports,
    require_same_records,
    require_same_responses,
    require_success,
)
from benchmarks.datasette_requests import canned_query_requests, table_page_requests
from benchmarks.exports import command_line_export
from benchmarks.flat_database import build_flat_tables
from benchmarks.load import CONNECTIONS
from benchmarks.nginx import nginx, require_cache_hit
from benchmarks.roapi import roapi, roapi_requests
from benchmarks.rounds import Contestant, Results, run_rounds
from benchmarks.servers import ROOT, Request, Response, Server, uvicorn
from benchmarks.workloads import Workload, workloads

HANDWRITTEN, BARE = "benchmarks.handwritten:create_app()", "benchmarks.bare:app"
DATASETTE = "benchmarks.datasette_server:create_app()"
DATASETTE_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
FIRST_ITEM = "/v1/missions?limit=1"
EMPTY = Response(200, b"{}", {})


@contextmanager
def serving_all(file: Path, workers: int, recorded: Path) -> Iterator[dict[str, Server]]:
    """Run all servers over one file, with equally many workers. Bare ASGI sends the responses of the folder `recorded`."""
    build_flat_tables(file)
    record(recorded, 0, EMPTY)
    with ExitStack() as stack:

        def start(app: str, ready: str, **options: str) -> Server:
            return stack.enter_context(uvicorn(app, ready, workers=workers, **options))

        cached = stack.enter_context(casebook(file, workers=workers))
        yield {
            "computed": stack.enter_context(casebook(file, workers=workers, cache=False)),
            "cached": cached,
            "nginx": stack.enter_context(nginx(cached, READY, workers=workers)),
            "handwritten": start(HANDWRITTEN, FIRST_ITEM, BENCH_FILE=str(file)),
            "bare": start(BARE, "/0", BENCH_RESPONSES=str(recorded)),
            "datasette": start(
                DATASETTE, "/-/versions.json", python=str(DATASETTE_PYTHON), BENCH_FILE=str(file), PYTHONPATH=str(ROOT)
            ),
            "roapi": stack.enter_context(roapi(file, workers=workers)),
        }


def measure_throughput(servers: Mapping[str, Server], file: Path, recorded: Path, rounds: int, seconds: float) -> Results:
    """Compare the contestants' responses, then measure. Raise SystemExit if a response is not what Casebook returns."""
    measured = workloads(servers["computed"], file)
    for workload in measured:
        _require_same(servers, workload, file.stem)
    by_command_line = {suffix: command_line_export(file, suffix) for suffix in EXPORT_SUFFIXES}
    require_same_exports(servers["computed"], servers["handwritten"], by_command_line)
    return run_rounds(_contestants(servers, file.stem, measured, recorded), rounds, seconds, CONNECTIONS)


def _require_same(servers: Mapping[str, Server], workload: Workload, file_stem: str) -> None:
    computed, datasette = servers["computed"], servers["datasette"]
    require_same_responses(computed, servers["handwritten"], workload)
    require_same_records(computed, datasette, workload, canned_query_requests(workload, file_stem))
    if workload.name == "search":
        require_success(datasette, table_page_requests(workload, file_stem))
    else:
        require_same_records(computed, datasette, workload, table_page_requests(workload, file_stem))
    if requests := roapi_requests(workload):
        require_same_records(computed, servers["roapi"], workload, requests, counted=False)


def _contestants(servers: Mapping[str, Server], file_stem: str, measured: Sequence[Workload], recorded: Path) -> list[Contestant]:
    """Return the contestants. Hits, 304s, nginx and bare ASGI are measured by one URL of each workload, all others by all."""
    cached, proxy = servers["cached"], servers["nginx"]
    paths = {workload.name: workload.paths[len(workload.paths) // 2] for workload in measured}
    for number, path in enumerate(paths.values(), 1):
        record(recorded, number, cached.get(path))
        require_cache_hit(proxy, path)
    hits = {name: [Request(path)] for name, path in paths.items()}

    def requests(build: Callable[[Workload], Sequence[Request]]) -> dict[str, Sequence[Request]]:
        return {workload.name: built for workload in measured if (built := build(workload))}

    return [
        Contestant("bare", servers["bare"], {name: [Request(f"/{number}")] for number, name in enumerate(paths, 1)}),
        Contestant("hit", cached, hits),
        Contestant("304", cached, {name: [_conditional_request(cached, path)] for name, path in paths.items()}),
        Contestant("nginx", proxy, hits),
        Contestant("handwritten", servers["handwritten"], requests(lambda workload: workload.requests)),
        Contestant("computed", servers["computed"], requests(lambda workload: workload.requests)),
        Contestant(
            "datasette queries", servers["datasette"], requests(lambda workload: canned_query_requests(workload, file_stem))
        ),
        Contestant("datasette pages", servers["datasette"], requests(lambda workload: table_page_requests(workload, file_stem))),
        Contestant("roapi", servers["roapi"], requests(roapi_requests)),
    ]


def _conditional_request(server: Server, path: str) -> Request:
    """Return a request with the current entity tag. Raise SystemExit if the server does not answer it with a 304."""
    request = Request(path, if_none_match=server.get(path).headers["etag"])
    if (status := server.send(request).status) != 304:
        raise SystemExit(f"{path}: status {status} for its own entity tag, not 304")
    return request
