"""uvicorn's connection, with what it leaves to a proxy: limits for who is slow, and a last answer before the server ends.

What the application tells `run_sync`, or in its turn, is written without the task and the messages that ASGI needs to wait; what
it refuses `unread` is not even parsed.

Knows nothing of what is asked. A client that reads or writes a little before each limit is still a proxy's to refuse.
"""

from asyncio import BaseTransport, TimerHandle
from typing import Any, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from app.http.errors import unreadable
from app.server.old_offered import Answer, at_once_of, nothing, unread_of

ASKING_SECONDS = 10.0
"""For the head of a request, from when the connection is open or its first byte came."""
READING_SECONDS = 60.0
"""For a client to take what is in the way of more."""
LAST_SECONDS = 1.0
"""For requests that were under way when the server was told to end."""
LONGEST_HEAD = 65_536
"""Bytes of a request's target; also of the rest of its head, save what came with its beginning."""
IN_ONE = 65_536
"""So many bytes of a body are copied, so that what is sent is one piece: to send two takes longer."""


class Connection(HttpToolsProtocol):
    """One connection."""

    _asking: TimerHandle | None = None
    _reading: TimerHandle | None = None
    _is_asked = _is_receiving = _has_answered = _is_last = False
    _head = 0
    _wrong = 400
    """The status for what cannot be read."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._at_once, self._unread = at_once_of(self.app), unread_of(self.app)

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(cast(Any, transport))
        self._ask_soon()

    def data_received(self, data: bytes) -> None:
        self._has_answered = False
        answer = self._unread(data) if self._expects_a_request() else None
        if answer:
            self._asked()
            self._write(*answer, keep_alive=True)
            self.on_response_complete()
            return
        goes_on = self._is_asked
        super().data_received(data)
        if goes_on and self._is_asked and not self.transport.is_closing():
            self._head += len(data)
            if self._head > LONGEST_HEAD:
                self._wrong = 431 if self.headers else 414
                self.send_400_response("")
        if self._is_slow() and not self._asking:
            self._ask_soon()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_asked = self._is_receiving = True
        self._head = 0
        if self._asking:
            self._asked()

    def on_headers_complete(self) -> None:
        self._is_asked = False
        if self._asking:
            self._asked()
        if len(self.url) > LONGEST_HEAD:
            self._wrong = 414
            raise ValueError  # as for all else that cannot be read
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_receiving = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.pipeline:  # else more would be read for each answer, and wait in memory
            self.flow.pause_reading()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stop(self._reading)
        self._reading = self.loop.call_later(READING_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop(self._reading)
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_asked = False
        self._asked()
        self._stop(self._reading)
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Answer what is being answered, and what was sent before the client could know; then close."""
        self._is_last = True
        if self._is_idle():
            self.loop.call_later(LAST_SECONDS, self._leave)
        else:
            super().shutdown()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - what uvicorn says
        """Answer what cannot be read, and close."""
        if self._is_idle():
            response = unreadable(self._wrong)
            self._write(response.status_code, response.raw_headers, bytes(response.body), keep_alive=False)
        self.transport.close()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if self._is_last:
            cycle.keep_alive = False
        # One at a time: what comes behind it, before its client can have read it, waits for its turn as all else does.
        if self._has_answered or self.flow.write_paused or self.transport.is_closing() or app is not self.app:
            super()._start_asgi_task(cycle, app)
            return
        try:
            answer = self._at_once(cast(Scope, cycle.scope), Client(self, cycle))
        except Exception:  # the application is called then, and fails where it is logged
            answer = False
        if answer is False:
            super()._start_asgi_task(cycle, app)
        elif answer is not True:
            self._has_answered = True
            self._answer(cycle, *answer)

    def tell(self, cycle: RequestResponseCycle, answer: Answer | None) -> None:
        """Send the answer to a request; none where the application has to be called for it after all."""
        if answer is None:
            super()._start_asgi_task(cycle, self.app)
        elif not cycle.disconnected:
            self._has_answered = True
            self._answer(cycle, *answer)

    def _answer(self, cycle: RequestResponseCycle, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self._write(status, headers, body, keep_alive=cycle.keep_alive)
        cycle.response_started = cycle.response_complete = True
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()
        cycle.on_response = nothing  # type: ignore[assignment] # whatever it returns

    def _write(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes, *, keep_alive: bool) -> None:
        lines = [STATUS_LINE[status]]
        for name, value in (*self.server_state.default_headers, *headers):
            lines += (name, b": ", value, b"\r\n")
        lines.append(b"\r\n" if keep_alive else b"connection: close\r\n\r\n")
        if len(body) <= IN_ONE:
            lines.append(body)
            self.transport.write(b"".join(lines))
        else:
            self.transport.write(b"".join(lines))
            self.transport.write(body)

    def _expects_a_request(self) -> bool:
        """Whether what is received now begins one, that may be answered right away."""
        is_ready = not (self._is_receiving or self._is_last or self.flow.write_paused or self.transport.is_closing())
        return is_ready and self._is_idle()

    def _is_slow(self) -> bool:
        """Whether more has to come soon: of a head, of what was answered before it was whole, or after what is no request."""
        is_begun = self._is_asked or (self._is_idle() and self.timeout_keep_alive_task is None)
        return is_begun and not self.transport.is_closing()

    def _leave(self) -> None:
        if self._is_idle():
            self.transport.close()

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _ask_soon(self) -> None:
        self._asking = self.loop.call_later(ASKING_SECONDS, self.transport.abort)

    def _asked(self) -> None:
        self._stop(self._asking)
        self._asking = None

    @staticmethod
    def _stop(timer: TimerHandle | None) -> None:
        if timer:
            timer.cancel()


class Client:
    """Who made one request."""

    __slots__ = ("_connection", "_cycle")

    def __init__(self, connection: Connection, cycle: RequestResponseCycle) -> None:
        self._connection, self._cycle = connection, cycle

    @property
    def has_gone(self) -> bool:
        return self._cycle.disconnected

    def tell(self, answer: Answer | None) -> None:
        """The answer; none where the application has to be called after all."""
        self._connection.tell(self._cycle, answer)
