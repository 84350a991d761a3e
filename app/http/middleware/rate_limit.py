"""A limit of requests for each client, announced as draft-ietf-httpapi-ratelimit-headers has it.

A client is an address; of IPv6, the /64 network that a household has. Which address that is behind a proxy, the server
decides (`--forwarded-allow-ips`).
"""

import time
from collections import Counter
from functools import lru_cache
from ipaddress import ip_address

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.errors import too_many_requests
from app.http.middleware.admission import EXEMPT
from app.http.urls import route_path

WINDOWS = {"second": 1, "minute": 60, "hour": 3600}
"""Seconds."""
MAX_CLIENTS = 10_000
"""Clients that are told apart in one window; all others share one limit."""
OTHER_CLIENTS = ""
IPV6_NETWORK = len("2001:0db8:0000:0000")


class RateLimitMiddleware:
    """Answers 429 to a client over its limit in a fixed window; `rate` reads `100/minute`. Probes and metrics do not count."""

    def __init__(self, app: ASGIApp, *, rate: str) -> None:
        limit, _, window = rate.partition("/")
        self.app, self._limit, self._seconds = app, int(limit), WINDOWS[window]
        self._policy = f'"default";q={limit};w={self._seconds}'
        self._window, self._counts = -1, Counter[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or route_path(scope).startswith(EXEMPT):
            await self.app(scope, receive, send)
            return
        remaining, seconds_left = self._count(_client((scope["client"] or (OTHER_CLIENTS,))[0]))

        async def send_with_limit(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                headers["RateLimit-Policy"] = self._policy
                headers["RateLimit"] = f'"default";r={max(remaining, 0)};t={seconds_left}'
                if remaining < 0:
                    headers["Retry-After"] = str(seconds_left)
                message = {**message, "headers": headers.raw}
            await send(message)

        await (too_many_requests(scope) if remaining < 0 else self.app)(scope, receive, send_with_limit)

    def _count(self, client: str) -> tuple[int, int]:
        """Count a request. Return how many remain, negative over the limit, and the seconds until the window ends."""
        window, elapsed = divmod(time.monotonic(), self._seconds)
        if window != self._window:
            self._window, self._counts = int(window), Counter()
        if client not in self._counts and len(self._counts) >= MAX_CLIENTS:
            client = OTHER_CLIENTS
        self._counts[client] += 1
        return self._limit - self._counts[client], max(1, round(self._seconds - elapsed))


@lru_cache(MAX_CLIENTS)
def _client(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:  # a proxy may send anything
        return host[:IPV6_NETWORK]
    if address.version == 4:
        return str(address)
    # A server that listens on `::` sees IPv4 clients as ::ffff:192.0.2.1.
    return str(address.ipv4_mapped or address.exploded[:IPV6_NETWORK])
