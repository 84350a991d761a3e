"""The server around the application: its ports, its workers, its logs. Knows nothing of what is served.

The ports are opened here, once, and every worker accepts at all of them, whether there is one or more.
"""

import logging
import os
import sys
from asyncio import Protocol
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory
from typing import Literal

import uvicorn
from uvicorn.config import STARTUP_FAILURE

from app.server.old_ending import Config, Server, Workers
from app.settings import FOLDER_VARIABLE, Settings
from app.telemetry.logs import log_config

APPLICATION = "app.main:create_app"
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - the system's own, where there is one; the folder in it has a name of its own
STARTING = 60
"""Seconds that a worker has before its first word. It imports everything first; on a busy machine uvicorn's own 5 are too few,
and it would be killed and started anew for ever."""
ENDING = 30
"""Seconds that answers under way have when the server is told to end."""

logger = logging.getLogger(__name__)


def serve_until_stopped(settings: Settings, host: str, port: int, workers: int) -> None:
    """Ends with the process's own status where the application does not start."""
    config = Config(
        APPLICATION,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,
        server_header=False,
        log_config=log_config(settings.log_format, settings.log_level),
        log_level=None,
        timeout_worker_healthcheck=STARTING,
        timeout_graceful_shutdown=ENDING,
        http=_connection(),
    )
    sockets = _sockets(config, settings.admin_port)
    if workers > 1:
        with _shared_folder():
            Workers(config, sockets, settings.drain_seconds).run()
        return
    server = Server(config, settings.drain_seconds)
    with suppress(KeyboardInterrupt):
        server.run(sockets)
    if not server.started:
        sys.exit(STARTUP_FAILURE)


def _connection() -> "type[Protocol] | Literal['auto']":
    """Ours, where its parser is installed."""
    if find_spec("httptools") is None:
        return "auto"
    from app.server.old_connection import Connection  # noqa: PLC0415 - it needs the parser

    return Connection


def _sockets(config: uvicorn.Config, admin_port: int | None) -> list[socket]:
    sockets = [config.bind_socket()]
    if admin_port:
        sockets.append(uvicorn.Config(APPLICATION, host=config.host, port=admin_port, log_config=None).bind_socket())
        logger.info("Probes and metrics on http://%s:%s", config.host, admin_port)
    port = sockets[0].getsockname()[1]
    logger.info("Casebook on http://%s:%s (ask it at /docs there, stop it with Ctrl-C)", config.host, port)
    return sockets


@contextmanager
def _shared_folder() -> Iterator[None]:
    """Where the workers tell each other what they counted: in memory where the system has files there."""
    parent = IN_MEMORY if os.access(IN_MEMORY, os.W_OK) else None
    try:
        folder = TemporaryDirectory(prefix="casebook-", dir=parent)
    except OSError as error:
        logger.warning("/metrics will show the numbers of the worker that answers, and of no other: %s", error)
        yield
        return
    with folder as name:
        os.environ[FOLDER_VARIABLE] = name
        yield
