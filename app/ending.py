"""uvicorn's server and workers, which on SIGTERM first say for a while that they are ending, so that a balancer takes them out.

Meanwhile everything is answered as ever; then the port is closed. Knows nothing of what is served.
"""

import os
import signal
import time
from contextlib import suppress
from socket import socket
from types import FrameType

import uvicorn
from uvicorn.supervisors import Multiprocess

from app.telemetry.ending import IS_ENDING

SAY_SO = getattr(signal, "SIGUSR1", None)
"""Tells a worker that the server is ending, where the system has such a signal."""


class Config(uvicorn.Config):
    """uvicorn's; a worker that is made by it says that it is ending when the process above tells it to."""

    def load(self) -> None:
        super().load()
        if self.workers > 1 and SAY_SO is not None:
            signal.signal(SAY_SO, lambda *_: IS_ENDING.set())


class Server(uvicorn.Server):
    """uvicorn's, alone; told to end by SIGTERM, it first says so for a while. Told again, it ends at once."""

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
