"""ROAPI, which serves tables in memory by REST and SQL: Rust, Arrow and DataFusion. It runs as its package has it.

It loads the flat tables from their SQLite file. Parquet is as fast once it is in memory, and ten times slower read from the file.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.flat_database import flat_file
from benchmarks.servers import HOST, ROOT, Request, Server, free_port, running
from benchmarks.workloads import PAGE, Workload

COMMAND = ROOT / ".venv-bench" / "bin" / "roapi"
MISSIONS = "/api/tables/missions"
# A semi-join takes two thirds of the time, and its result is wrong: rows are missing, since this version of DataFusion sorts and
# limits the missions before it joins them.
RELATED = (
    "select m.* from missions m join met on met.mission = m.slug"
    " where met.challenge = '{challenge}' order by m.slug limit {limit}"
)


@contextmanager
def roapi(file: Path, *, workers: int = 1) -> Iterator[Server]:
    """Run ROAPI over the flat tables of a database, with as many threads as others have processes."""
    port = free_port()
    command = [str(COMMAND), "--addr-http", f"{HOST}:{port}", "--addr-postgres", f"{HOST}:0", "--addr-flight-sql", f"{HOST}:0"]
    tables = [f"--table={table}=sqlite://{flat_file(file)}" for table in ("missions", "met")]
    threads = {"TOKIO_WORKER_THREADS": str(workers), "DATAFUSION_EXECUTION_TARGET_PARTITIONS": str(workers)}
    with running([*command, *tables], port, f"{MISSIONS}?limit=1", RUST_LOG="error", **threads) as server:
        yield server


def roapi_requests(workload: Workload) -> Sequence[Request]:
    """Return the requests for a workload, in the form that ROAPI is fastest at; none where it has nothing like it.

    REST is more than twice as fast as SQL for a detail; a page by its number is nearly twice as fast as one by the last key, as
    long as it is near the beginning.
    """
    match workload.name:
        case "detail":
            return [_table_request({"filter[slug]": _quoted(params["slug"])}) for params in workload.params]
        case "list of 20":
            numbers = range(1, len(workload.params) + 1)
            return [_table_request({"sort": "slug", "limit": str(PAGE), "page": str(number)}) for number in numbers]
        case "cursor page, deep":
            common = {"sort": "slug", "limit": str(PAGE)}
            return [_table_request({"filter[slug]gt": _quoted(params["after"])} | common) for params in workload.params]
        case "relation filter":
            return [_sql_request(params["challenge"]) for params in workload.params]
    return ()


def _table_request(query: dict[str, str]) -> Request:
    return Request(f"{MISSIONS}?{urlencode(query)}")


def _sql_request(challenge: str) -> Request:
    return Request("/api/sql", body=RELATED.format(challenge=challenge, limit=PAGE))


def _quoted(value: str) -> str:
    return f"'{value}'"
