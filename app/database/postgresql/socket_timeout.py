"""A time limit for a PostgreSQL host that falls silent: its socket is shut down.

Cancelling the task instead would make psycopg ask the silent host to cancel the statement, and wait ten seconds for it.
"""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

GRACE = 0.5
"""Seconds that an answer may take to arrive, beyond the time limit of its statement."""


@contextmanager
def close_after(connection: Any, seconds: float) -> Iterator[None]:
    """Shut the socket of a psycopg connection down if the block takes longer than `seconds` and the grace."""
    timer = asyncio.get_running_loop().call_later(seconds + GRACE, _shut_down, connection)
    try:
        yield
    finally:
        timer.cancel()


def _shut_down(connection: Any) -> None:
    with socket.socket(fileno=os.dup(connection.fileno())) as duplicate:
        duplicate.shutdown(socket.SHUT_RDWR)
