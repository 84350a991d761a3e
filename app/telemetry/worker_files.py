"""Metrics of several workers combined: each writes its own to a file in a folder that `casebook serve` creates.

A worker also writes its file before it combines all of them, so that a counter never decreases between two scrapes, whichever
workers respond.
"""

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from app.telemetry.request_metrics import RequestMetrics

WRITE_INTERVAL = 1.0
"""Seconds between two writes. A worker that is killed loses at most what it counted in this time."""
WORKER_TIMEOUT = 10.0
"""Seconds without a write after which a worker is considered to have ended. Its counters still count, its gauges do not."""

logger = logging.getLogger(__name__)


class WorkerFiles:
    """The files of all workers, as one worker sees them. Without a folder it is the only worker."""

    def __init__(self, metrics: RequestMetrics, folder: Path | None) -> None:
        self.metrics, self._folder = metrics, folder
        self._file = folder / f"{os.getpid()}-{uuid4().hex}.json" if folder else None

    def combined(self) -> RequestMetrics:
        """Return the sum of the metrics of all workers."""
        if not self._folder:
            return self.metrics
        self._try_to_write()
        combined = RequestMetrics(workers=0)
        combined.add(self.metrics)
        for file in self._folder.glob("*.json"):
            if file != self._file:
                other = RequestMetrics.from_json(file.read_bytes())
                if time.time() - file.stat().st_mtime > WORKER_TIMEOUT:
                    other.cache_bytes = other.workers = 0
                combined.add(other)
        return combined

    def write(self) -> None:
        """Write this worker's file, atomically."""
        if self._file:
            new = self._file.with_suffix(".new")
            new.write_bytes(self.metrics.to_json())
            new.replace(self._file)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Write this worker's file every second during the block, and at its end."""
        task = asyncio.create_task(self._keep_writing()) if self._file else None
        yield
        if task:
            task.cancel()
            self._try_to_write()

    async def _keep_writing(self) -> None:
        while True:
            self._try_to_write()
            await asyncio.sleep(WRITE_INTERVAL)

    def _try_to_write(self) -> None:
        try:
            self.write()
        except OSError as error:
            logger.warning("other workers cannot read the metrics of this one: %s", error)
