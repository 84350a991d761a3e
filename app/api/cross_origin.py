"""Pages of any other origin may ask, and read what answers say of themselves (Fetch, 3.3)."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

METHODS = ("GET", "HEAD", "OPTIONS")
EXPOSED = (
    "ETag",
    "Last-Modified",
    "Link",
    "X-Data-Version",
    "X-Notice",
    "X-Request-ID",
    "Content-Disposition",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
)
DAY = 86_400


def cross_origin(app: ASGIApp) -> CORSMiddleware:
    """What answers a browser that asks beforehand."""
    return CORSMiddleware(app, allow_origins=("*",), allow_methods=METHODS, expose_headers=EXPOSED, max_age=DAY)


async def _nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    pass


SHARED = [(name.lower().encode(), value.encode()) for name, value in cross_origin(_nothing).simple_headers.items()]
