"""Starting uvicorn: one process, or several workers; and a second server for the admin port."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvicorn

from app.server.addresses import bare_host, require_address, url_of
from app.settings import FOLDER_VARIABLE, Settings
from app.telemetry.logs import log_config

APPLICATION, ADMIN_APPLICATION = "app.main:create_app", "app.main:create_admin_app"
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - the system's own; the folder in it has a random name
WORKER_START_SECONDS = 60
"""Time in which a worker must answer its supervisor. It imports everything first, for which uvicorn's 5 seconds can be too few
on a busy machine: the worker would be killed and started again for ever."""
LOOPBACK = "127.0.0.1,::1,::ffff:127.0.0.1"
"""Proxies that are trusted to name the client, unless FORWARDED_ALLOW_IPS names others: uvicorn's default, in all spellings."""
GRACEFUL_SECONDS = 30
"""Time in which requests under way at shutdown can be finished."""

logger = logging.getLogger(__name__)


def serve(settings: Settings, host: str, port: int, workers: int) -> None:
    """Serve until a signal comes. Exit with uvicorn's status if the application does not start.

    Raise CasebookError if a port cannot be listened on.
    """
    host = bare_host(host)
    for port_ in filter(None, (port, settings.admin_port)):
        require_address(host, port_)
    options: dict[str, Any] = {
        "factory": True,
        "host": host,
        "access_log": False,
        "server_header": False,
        "log_config": log_config(settings.log_format, settings.log_level),
        "log_level": None,
        "forwarded_allow_ips": os.environ.get("FORWARDED_ALLOW_IPS", LOOPBACK),
        "ws": "none",
        "timeout_graceful_shutdown": GRACEFUL_SECONDS,
    }
    # uvicorn raises the signal that stopped it once more, which by default would end the process before it has cleaned up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if workers == 1 and hasattr(signal, "SIGHUP"):
        # A terminal that closes stops a server as SIGTERM does. The supervisor of several workers replaces them instead.
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    with _shared_folder(is_needed=workers > 1 or settings.admin_port is not None):
        if port:  # else uvicorn logs the one that it gets
            logger.info("Casebook on %s (its documentation is at /docs; Ctrl-C stops it)", url_of(host, port))
        with _admin_server(settings.admin_port, options):
            uvicorn.run(APPLICATION, port=port, workers=workers, timeout_worker_healthcheck=WORKER_START_SECONDS, **options)


@contextmanager
def _admin_server(port: int | None, options: dict[str, Any]) -> Iterator[None]:
    """Run a server of probes and metrics in a thread of its own, where it also answers when all workers are busy."""
    if port is None:
        yield
        return
    server = uvicorn.Server(uvicorn.Config(ADMIN_APPLICATION, port=port, **options))
    thread = threading.Thread(target=server.run, name="admin", daemon=True)
    thread.start()
    logger.info("Probes and metrics on %s", url_of(options["host"], port))
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(GRACEFUL_SECONDS)


@contextmanager
def _shared_folder(*, is_needed: bool) -> Iterator[None]:
    """Create the folder in which workers share their metrics, in memory if possible. The environment tells them its name."""
    folder = _temporary_folder() if is_needed else None
    if folder is None:
        yield
        return
    with folder as name:
        os.environ[FOLDER_VARIABLE] = name
        try:
            yield
        finally:
            with suppress(KeyError):
                del os.environ[FOLDER_VARIABLE]


def _temporary_folder() -> "TemporaryDirectory[str] | None":
    parent = SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK) else None
    try:
        return TemporaryDirectory(prefix="casebook-", dir=parent)
    except OSError as error:
        logger.warning("/metrics will show the numbers of the worker that answers, and of no other: %s", error)
        return None
