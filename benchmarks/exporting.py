"""Whole lists: how fast they come, what they cost the server in memory, and how others are answered meanwhile."""

import http.client
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import statements as sql
from benchmarks.load import Measured, load
from benchmarks.servers import Server

SUFFIXES = ("jsonl", "csv")
SQL = {"jsonl": sql.ALL_LINES, "csv": sql.ALL_CELLS}
SQLITE = shutil.which("sqlite3")
BY_PYTHON = """
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
PIECE = 1 << 20


def command_line() -> str:
    """What writes whole lists without a server."""
    return "the sqlite3 command line" if SQLITE else "Python's sqlite3, for there is no sqlite3 command line"


def by_command_line(file: Path, suffix: str) -> bytes:
    """What it writes."""
    return subprocess.run(_command(file, suffix), capture_output=True, check=True).stdout


def seconds_of_command_line(file: Path, suffix: str) -> float:
    """How long it takes with nobody to wait for."""
    begun = time.perf_counter()
    subprocess.run(_command(file, suffix), stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


def _command(file: Path, suffix: str) -> list[str]:
    if SQLITE is None:
        return [sys.executable, "-c", BY_PYTHON, str(file), suffix, SQL[suffix]]
    return [SQLITE, "-readonly", *(("-csv", "-header") if suffix == "csv" else ("-list",)), str(file), SQL[suffix]]


def by_server(server: Server, path: str) -> float:
    """Seconds until the whole list has come."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    begun = time.perf_counter()
    connection.request("GET", path, headers={"Accept-Encoding": "identity"})
    response = connection.getresponse()
    if response.status != 200:
        raise SystemExit(f"{path}: answered {response.status}")
    while response.read(PIECE):
        pass
    connection.close()
    return time.perf_counter() - begun


@dataclass
class Growth:
    """How much more memory of its own a server came to have, in MiB."""

    most: float = 0.0


@contextmanager
def watched(server: Server) -> Iterator[Growth]:
    """Look at a server's memory again and again."""
    growth, done = Growth(), threading.Event()
    before = server.memory()[1]

    def watch() -> None:
        while not done.wait(0.02):
            growth.most = max(growth.most, server.memory()[1] - before)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield growth
    finally:
        done.set()
        thread.join()


def meanwhile(server: Server, lines: Sequence[str], seconds: float, path: str) -> Measured:
    """Details while a whole list is written, again as long as the load lasts."""
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            by_server(server, path)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        return load(server, lines, seconds)
    finally:
        done.set()
        thread.join()
