"""Servers as processes: started on a free port, waited for, looked at, stopped by the pid they were started with."""

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
STOP_SECONDS = 10
REST_SECONDS = 60
UVICORN = ("--no-access-log", "--no-server-header", "--log-level", "warning", "--loop", "uvloop", "--http", "httptools")
"""The same for every contestant."""


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    port: int
    pid: int
    started_in: float
    """Seconds from its start to its first answer of 200."""

    def get(self, path: str, **headers: str) -> tuple[int, bytes, Mapping[str, str]]:
        """Status, body and headers of one answer; asked as the load asks, without headers of a client's own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.putrequest("GET", path, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            response = connection.getresponse()
            return response.status, response.read(), {name.lower(): value for name, value in response.getheaders()}
        finally:
            connection.close()

    def memory(self) -> tuple[float, float]:
        """RSS and RssAnon in MiB, of the process and those that it started. Mapped files count in the first only."""
        kib = [_memory(pid) for pid in (self.pid, *_children(self.pid))]
        return sum(rss for rss, _ in kib) / 1024, sum(anonymous for _, anonymous in kib) / 1024

    def rest(self) -> None:
        """Wait, for a minute at most, until it does nothing any more: what nobody waits for now is often made all the same."""
        end, before = time.monotonic() + REST_SECONDS, -1
        while time.monotonic() < end and (now := sum(_ticks(pid) for pid in (self.pid, *_children(self.pid)))) != before:
            before = now
            time.sleep(0.1)


@contextmanager
def uvicorn(app: str, ready: str, *, workers: int = 1, python: str = sys.executable, **environment: str) -> Iterator[Server]:
    """A server of an ASGI application, named `module:name` or, with a call, `module:factory()`."""
    factory = ("--factory",) if app.endswith("()") else ()
    command = [python, "-m", "uvicorn", app.removesuffix("()"), *factory, "--workers", str(workers), *UVICORN]
    with running(command, ready, **environment) as server:
        yield server


@contextmanager
def running(command: Sequence[str], ready: str, **environment: str) -> Iterator[Server]:
    """The server that a command starts, given a port; stopped at the end."""
    port = _free_port()
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | environment
    with tempfile.TemporaryFile() as said:
        begun = time.perf_counter()
        full = [*command, "--host", "127.0.0.1", "--port", str(port)]
        process = subprocess.Popen(full, cwd=ROOT, env=env, stdout=said, stderr=subprocess.STDOUT)
        try:
            if not _answers(process, port, ready, begun):
                said.seek(0)
                raise SystemExit(f"{' '.join(full)} does not answer {ready} with 200:\n{said.read().decode()[-2000:]}")
            yield Server(port, process.pid, time.perf_counter() - begun)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(process: "subprocess.Popen[bytes]", port: int, ready: str, begun: float) -> bool:
    """Wait for the first answer of 200."""
    server = Server(port, process.pid, 0)
    while time.perf_counter() - begun < START_SECONDS and process.poll() is None:
        try:
            if server.get(ready)[0] == 200:
                return True
        except OSError:
            time.sleep(0.005)
    return False


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


def _memory(pid: int) -> tuple[int, int]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    sizes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines) if name.startswith("Rss")}
    return sum(sizes.values()), sizes["RssAnon"]


def _ticks(pid: int) -> int:
    """Of the processor, that a process has used."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return int(user) + int(system)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
