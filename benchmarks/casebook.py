"""Casebook as a contestant."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.servers import Server, free_port, listen_options, running

APP, READY = "app.main:create_app()", "/health/ready"
COMMAND = Path(sys.executable).with_name("casebook")
QUERY_SECONDS = "60"
"""The time limit is not what is measured: a slow answer is to show how long it takes."""


@contextmanager
def casebook(file: Path, *, workers: int = 1, ready: str = READY, cache: bool = True) -> Iterator[Server]:
    """Run `casebook serve` over a database file."""
    port = free_port()
    command = [str(COMMAND), "serve", f"--workers={workers}", *listen_options(port)]
    settings = {"CASEBOOK_DATABASE_URL": f"sqlite:///{file}", "CASEBOOK_QUERY_SECONDS": QUERY_SECONDS}
    if not cache:
        settings["CASEBOOK_CACHE_BYTES"] = "0"
    with running(command, port, ready, **settings) as server:
        yield server
