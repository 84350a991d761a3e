"""A host that falls silent: its connection is hung up, as if it had gone.

To be cancelled would make psycopg ask that host to cancel the statement, and wait ten seconds for an answer.
"""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

GRACE = 0.5
"""Seconds that an answer may take to arrive, beyond what its statement may take."""


@contextmanager
def hanging_up(connection: Any, seconds: float) -> Iterator[None]:
    """Within it, psycopg finds its connection closed once the time is over."""
    timer = asyncio.get_running_loop().call_later(seconds + GRACE, _hang_up, connection)
    try:
        yield
    finally:
        timer.cancel()


def _hang_up(connection: Any) -> None:
    with socket.socket(fileno=os.dup(connection.fileno())) as its:
        its.shutdown(socket.SHUT_RDWR)
