"""uvicorn's server and workers, which on SIGTERM first say for a while that they are ending, so that a balancer takes them out.

Meanwhile everything is answered as ever; then the port is closed, and who had connected by then is still answered. Knows
nothing of what is served.
"""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from socket import socket
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess, multiprocess

from app.importing import importing
from app.telemetry.ending import IS_ENDING

SAY_SO = getattr(signal, "SIGUSR1", None)
"""Tells a worker that the server is ending, where the system has such a signal."""


class Config(uvicorn.Config):
    """uvicorn's; a worker that is made by it says that it is ending when the process above tells it to."""

    def load(self) -> None:
        with importing():
            super().load()
        if self.workers > 1 and SAY_SO is not None:
            signal.signal(SAY_SO, lambda *_: IS_ENDING.set())


class LastAccepting(uvicorn.Server):
    """uvicorn's; before it closes a port it accepts who waits there, for the system would reset their connections."""

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        waited = [accepted for port in sockets or () for accepted in _waiting_at(port)]
        for opened in (*self.servers, *(sockets or ())):
            opened.close()
        for accepted in waited:
            await asyncio.get_running_loop().connect_accepted_socket(self._connection, accepted)
        await super().shutdown(sockets)

    def _connection(self) -> asyncio.Protocol:
        made: Any = self.config.http_protocol_class
        connection: asyncio.Protocol = made(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)
        return connection


def _waiting_at(port: socket) -> Iterator[socket]:
    with suppress(OSError):  # nobody waits any more, or no file is left for more connections
        while True:
            yield port.accept()[0]


multiprocess.Server = LastAccepting  # type: ignore[attr-defined] # what workers run; each comes by here to have its `Config`


class Server(LastAccepting):
    """The same, alone; told to end by SIGTERM, it first says so for a while. Told again, it ends at once."""

    def __init__(self, config: uvicorn.Config, drain_seconds: float) -> None:
        super().__init__(config)
        self._drain_seconds, self._ends_at = drain_seconds, float("inf")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig == signal.SIGTERM and self._drain_seconds and self.started and not IS_ENDING.is_set():
            self._captured_signals.append(sig)
            self._ends_at = time.monotonic() + self._drain_seconds
            IS_ENDING.set()
            return
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or time.monotonic() >= self._ends_at


class Workers(Multiprocess):
    """uvicorn's; told to end by SIGTERM, all say so for a while. At the end, no port is left open at which nobody accepts any
    more.
    """

    def __init__(self, config: uvicorn.Config, sockets: list[socket], drain_seconds: float) -> None:
        super().__init__(config, sockets)
        self._drain_seconds, self._drains = drain_seconds, False

    def handle_term(self) -> None:
        super().handle_term()
        self._drains = self._drain_seconds > 0

    def terminate_all(self) -> None:
        if self._drains and SAY_SO is not None:
            for process in self.processes:
                with suppress(ProcessLookupError):
                    os.kill(process.pid or 0, SAY_SO)
            end = time.monotonic() + self._drain_seconds
            while time.monotonic() < end and not self.signal_queue:  # told again, it ends at once
                time.sleep(0.05)
        for held in self.sockets:
            held.close()
        super().terminate_all()
