"""The load on a server: wrk in a process of its own, asking for paths in turn over connections that stay open."""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from benchmarks.servers import Server

WRK = shutil.which("wrk")
SCRIPT = Path(__file__).with_name("rotate.lua")
CONNECTIONS = 16
PATIENCE = 30
"""Seconds after which an answer counts as none."""


@dataclass(frozen=True)
class Measured:
    """What one load came to."""

    a_second: float
    p50: float
    p95: float
    p99: float
    """Milliseconds until so many in a hundred were answered."""
    failed: int
    """Requests that were not answered, or with a status of 400 and above."""


def need_wrk() -> None:
    """Stop with what to do where there is no wrk."""
    if WRK is None:
        raise SystemExit("the load comes from wrk, which is not installed: with Debian's packages, `apt-get install wrk`")


def load(server: Server, lines: Sequence[str], seconds: float, connections: int = CONNECTIONS) -> Measured:
    """Ask for the paths in turn, for so long. A line may have a tag after a tab, to be sent as If-None-Match."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        duration = f"{max(1, round(seconds))}s"
        options = ["-t1", f"-c{connections}", f"-d{duration}", f"--timeout={PATIENCE}s", "-s", str(SCRIPT)]
        command = [WRK or "wrk", *options, f"http://127.0.0.1:{server.port}", "--", file.name]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 3 * PATIENCE)
    said = orjson.loads(next(line for line in done.stdout.splitlines() if line.startswith("RESULT")).removeprefix("RESULT "))
    p50, p95, p99 = (said[name] / 1000 for name in ("p50", "p95", "p99"))
    return Measured(said["requests"] / (said["microseconds"] / 1e6), p50, p95, p99, said["broken"] + said["refused"])
