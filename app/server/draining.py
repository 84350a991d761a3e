"""A grace period between SIGTERM and shutdown, in which a load balancer can take the server out of rotation.

uvicorn shuts down as soon as it gets the signal: it closes its port and finishes the requests under way. With a grace period
the readiness probe fails first, while requests are still accepted and answered.
"""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import FrameType


@asynccontextmanager
async def drain_on_sigterm(seconds: float, draining: threading.Event) -> AsyncIterator[None]:
    """On SIGTERM, set `draining` and hand the signal to uvicorn after `seconds`; a second one is handed over at once.

    Enter it in the application's lifespan, which begins when uvicorn has set its own signal handlers. Without `seconds`, and
    outside of the main thread, where no signal can be handled, it does nothing.
    """
    if not seconds or threading.current_thread() is not threading.main_thread():
        yield
        return
    shut_down, loop = signal.getsignal(signal.SIGTERM), asyncio.get_running_loop()

    def hand_over(signum: int, frame: FrameType | None) -> None:
        if callable(shut_down):
            shut_down(signum, frame)

    def drain(signum: int, frame: FrameType | None) -> None:
        if draining.is_set():
            hand_over(signum, frame)
        else:
            draining.set()
            loop.call_soon_threadsafe(loop.call_later, seconds, hand_over, signum, None)

    signal.signal(signal.SIGTERM, drain)
    yield
