"""uvicorn's connection, with what it leaves to a proxy: limits for who is slow, and a last answer before the server ends.

Knows nothing of what is asked. A client that reads or writes a little before each limit is still a proxy's to refuse.
"""

from asyncio import BaseTransport, TimerHandle
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

ASKING_SECONDS = 10.0
"""For the head of a request, from when the connection is open or its first byte came."""
READING_SECONDS = 60.0
"""For a client to take what is in the way of more."""
LAST_SECONDS = 1.0
"""For requests that were under way when the server was told to end."""


class Connection(HttpToolsProtocol):
    """One connection."""

    _asking: TimerHandle | None = None
    _reading: TimerHandle | None = None
    _is_last = False

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(cast(Any, transport))
        self._ask_soon()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._ask_soon()

    def on_headers_complete(self) -> None:
        self._stop(self._asking)
        super().on_headers_complete()
        if self._is_last and self.cycle:
            self.cycle.keep_alive = False

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stop(self._reading)
        self._reading = self.loop.call_later(READING_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop(self._reading)
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop(self._asking)
        self._stop(self._reading)
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Answer what is being answered, and what was sent before the client could know; then close."""
        self._is_last = True
        if self._is_idle():
            self.loop.call_later(LAST_SECONDS, self._leave)
        else:
            super().shutdown()

    def _leave(self) -> None:
        if self._is_idle():
            self.transport.close()

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _ask_soon(self) -> None:
        self._stop(self._asking)
        self._asking = self.loop.call_later(ASKING_SECONDS, self.transport.abort)

    @staticmethod
    def _stop(timer: TimerHandle | None) -> None:
        if timer:
            timer.cancel()
