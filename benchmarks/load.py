"""The load on a server: wrk in a process of its own, which sends requests in rotation over connections that stay open."""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from benchmarks.servers import HOST, Request, Server

WRK = shutil.which("wrk")
SCRIPT = Path(__file__).with_name("rotate.lua")
CONNECTIONS = 16
TIMEOUT_SECONDS = 30
"""A response that takes longer counts as an error."""


@dataclass(frozen=True)
class LoadResult:
    """The result of one load. Percentiles are of the response times, in milliseconds."""

    requests_per_second: float
    p50: float
    p95: float
    p99: float
    errors: int
    """Requests without a response, or with one of status 400 and above."""


def require_wrk() -> None:
    if WRK is None:
        raise SystemExit("the load comes from wrk, which is not installed: with Debian's packages, `apt-get install wrk`")


def run_load(server: Server, requests: Sequence[Request], seconds: float, connections: int = CONNECTIONS) -> LoadResult:
    """Send the requests in rotation for about this long: wrk takes full seconds, at least one."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("".join("\t".join(request) + "\n" for request in requests))
        file.flush()
        duration = f"{max(1, round(seconds))}s"
        options = ["-t1", f"-c{connections}", f"-d{duration}", f"--timeout={TIMEOUT_SECONDS}s", "-s", str(SCRIPT)]
        command = [WRK or "wrk", *options, f"http://{HOST}:{server.port}", "--", file.name]
        timeout = seconds + 3 * TIMEOUT_SECONDS
        output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=timeout).stdout
    counts = orjson.loads(next(line for line in output.splitlines() if line.startswith("RESULT")).removeprefix("RESULT "))
    p50, p95, p99 = (counts[name] / 1000 for name in ("p50", "p95", "p99"))
    errors = counts["socket_errors"] + counts["status_errors"]
    return LoadResult(counts["requests"] / (counts["microseconds"] / 1e6), p50, p95, p99, errors)
