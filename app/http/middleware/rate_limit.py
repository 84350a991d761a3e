"""How often one client may ask, where the operator says so: so many requests in each window of time, told as
draft-ietf-httpapi-ratelimit-headers has it. Probes and metrics do not count.

A client is an address, of IPv6 the network that a household has. Whether a proxy may say which it is, the server decides.
"""

import time
from collections import Counter
from functools import lru_cache
from ipaddress import ip_address

from fastapi import FastAPI, Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.errors import too_many_requests
from app.http.middleware.admission import needs_none

WINDOWS = {"second": 1, "minute": 60, "hour": 3600}
"""Seconds."""
CLIENTS = 10_000
"""How many are told apart in one window; all others are one."""
OTHERS = ""
NETWORK = len("2001:0db8:0000:0000")


def refusal(api: FastAPI) -> ASGIApp:
    """Answers that there were too many, whatever the path."""

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        await too_many_requests(Request({**scope, "app": api}))(scope, receive, send)

    return refuse


class RateLimit:
    """`rate` reads `100/minute`. Who asks more often in a window is handed to `refusing`."""

    def __init__(self, app: ASGIApp, refusing: ASGIApp, rate: str) -> None:
        limit, _, window = rate.partition("/")
        self._app, self._refusing, self._limit, self._seconds = app, refusing, int(limit), WINDOWS[window]
        self._policy = f'"default";q={limit};w={self._seconds}'
        self._window, self._asked = -1, Counter[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or needs_none(scope["path"]):
            await self._app(scope, receive, send)
            return
        left, ends_in = self._count(_client((scope["client"] or (OTHERS,))[0]))

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                headers["RateLimit-Policy"] = self._policy
                headers["RateLimit"] = f'"default";r={max(left, 0)};t={ends_in}'
                if left < 0:
                    headers["Retry-After"] = str(ends_in)
                message = {**message, "headers": headers.raw}
            await send(message)

        await (self._refusing if left < 0 else self._app)(scope, receive, telling)

    def _count(self, client: str) -> tuple[int, int]:
        """How many requests are left, negative where this is one too many, and the seconds until the window ends."""
        window, passed = divmod(time.monotonic(), self._seconds)
        if window != self._window:
            self._window, self._asked = int(window), Counter()
        if client not in self._asked and len(self._asked) >= CLIENTS:
            client = OTHERS
        self._asked[client] += 1
        return self._limit - self._asked[client], max(1, round(self._seconds - passed))


@lru_cache(CLIENTS)
def _client(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:  # what a proxy says need not be one
        return host[:NETWORK]
    return host if address.version == 4 else address.exploded[:NETWORK]
