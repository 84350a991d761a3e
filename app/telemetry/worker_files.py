"""What several workers counted, as one: each writes its numbers to a file of its own, in a folder that the server made.

A worker also writes before it answers, so numbers that were seen once are never lower when another worker is asked.
"""

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from app.telemetry.request_metrics import RequestMetrics, read

EVERY = 1.0
"""Seconds between writings: so much of what a worker counted is lost when it is killed."""
SILENT = 10.0
"""Seconds after which a worker that wrote nothing has ended. What it counted still counts, what it held does not."""

logger = logging.getLogger(__name__)


class Workers:
    """All workers, seen from one; without a folder it is the only one."""

    def __init__(self, own: RequestMetrics, folder: Path | None) -> None:
        self.own, self._folder = own, folder
        self._file = folder / f"{os.getpid()}-{uuid4().hex}.json" if folder else None

    def together(self) -> RequestMetrics:
        """What all of them counted."""
        if not self._folder:
            return self.own
        self._try_to_write()
        whole = RequestMetrics(workers=0)
        whole.add(self.own)
        for file in self._folder.glob("*.json"):
            if file != self._file:
                tally = read(file.read_bytes())
                if time.time() - file.stat().st_mtime > SILENT:
                    tally.cache_bytes = tally.workers = 0
                whole.add(tally)
        return whole

    def write(self) -> None:
        """Let the others know, whole or not at all."""
        if self._file:
            new = self._file.with_suffix(".new")
            new.write_bytes(self.own.written())
            new.replace(self._file)

    @asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        """Let the others know every second, and at the end."""
        writing = asyncio.create_task(self._keep_writing()) if self._file else None
        yield
        if writing:
            writing.cancel()
            self._try_to_write()

    async def _keep_writing(self) -> None:
        while True:
            self._try_to_write()
            await asyncio.sleep(EVERY)

    def _try_to_write(self) -> None:
        try:
            self.write()
        except OSError as error:
            logger.warning("other workers cannot see what this one counted: %s", error)
