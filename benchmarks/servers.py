"""Servers as processes: started on a free port, awaited, observed, and stopped by the process id they were started with."""

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
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
START_SECONDS = 60
STOP_SECONDS = 10
IDLE_SECONDS = 60
UVICORN = ("--no-access-log", "--no-server-header", "--log-level", "warning", "--loop", "uvloop", "--http", "httptools")
"""The same options for every contestant that uvicorn runs."""


class Request(NamedTuple):
    """A request of the load: a GET, or with a body a POST."""

    path: str
    if_none_match: str = ""
    body: str = ""


class Response(NamedTuple):
    """A response; the names of its headers are in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Server:
    """A server that accepts requests."""

    port: int
    pid: int
    startup_seconds: float
    """From the start of its process to its first response of status 200."""

    def get(self, path: str) -> Response:
        return self.send(Request(path))

    def send(self, request: Request) -> Response:
        """Return the response to a request that is sent as the load generator sends it: without a client's default headers."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=120)
        try:
            connection.putrequest("POST" if request.body else "GET", request.path, skip_accept_encoding=True)
            if request.if_none_match:
                connection.putheader("If-None-Match", request.if_none_match)
            if request.body:
                connection.putheader("Content-Length", str(len(request.body.encode())))
            connection.endheaders(request.body.encode() or None)
            response = connection.getresponse()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Response(response.status, response.read(), headers)
        finally:
            connection.close()

    def memory(self) -> tuple[float, float]:
        """Return RSS and RssAnon in MiB of the process and its children. Only RSS includes mapped files."""
        kib = [_memory(pid) for pid in self._processes()]
        return sum(rss for rss, _ in kib) / 1024, sum(anonymous for _, anonymous in kib) / 1024

    def wait_until_idle(self) -> None:
        """Wait, for a minute at most, until the server uses no processor time: it often finishes abandoned requests."""
        deadline, before = time.monotonic() + IDLE_SECONDS, -1
        while time.monotonic() < deadline and (ticks := sum(map(_processor_ticks, self._processes()))) != before:
            before = ticks
            time.sleep(0.1)

    def _processes(self) -> list[int]:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [self.pid, *map(int, children)]


@contextmanager
def uvicorn(app: str, ready: str, *, workers: int = 1, python: str = sys.executable, **environment: str) -> Iterator[Server]:
    """Run an ASGI application under uvicorn. `app` is `module:name` or, for a factory, `module:factory()`."""
    factory = ("--factory",) if app.endswith("()") else ()
    port = free_port()
    command = [python, "-m", "uvicorn", app.removesuffix("()"), *factory, "--workers", str(workers), *UVICORN]
    with running([*command, *listen_options(port)], port, ready, **environment) as server:
        yield server


@contextmanager
def running(command: Sequence[str], port: int, ready: str, **environment: str) -> Iterator[Server]:
    """Run a server until the end of the context. It is yielded once it answers the path `ready` with status 200."""
    # A second start is to find the byte code of the first.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | environment
    with tempfile.TemporaryFile() as output:
        started_at = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT)
        try:
            if not _becomes_ready(process, port, ready, started_at):
                output.seek(0)
                tail = output.read().decode()[-2000:]
                raise SystemExit(f"{' '.join(command)} does not answer {ready} with 200:\n{tail}")
            yield Server(port, process.pid, time.perf_counter() - started_at)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def listen_options(port: int) -> tuple[str, ...]:
    """Return the options by which uvicorn and `casebook serve` are given their address."""
    return "--host", HOST, "--port", str(port)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


def _becomes_ready(process: "subprocess.Popen[bytes]", port: int, ready: str, started_at: float) -> bool:
    server = Server(port, process.pid, 0)
    while time.perf_counter() - started_at < START_SECONDS and process.poll() is None:
        try:
            if server.get(ready).status == 200:
                return True
        except OSError:
            time.sleep(0.005)
    return False


def _memory(pid: int) -> tuple[int, int]:
    """Return RSS and RssAnon of one process in KiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    sizes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines) if name.startswith("Rss")}
    return sum(sizes.values()), sizes["RssAnon"]


def _processor_ticks(pid: int) -> int:
    """Return the clock ticks that a process has used, in user and kernel mode."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return int(user) + int(system)
