"""Cross-origin requests (Fetch, 3.3): any page may send one and read the response."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.errors import METHODS

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
DAY_SECONDS = 86_400
HEADERS = [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", ", ".join(EXPOSED).encode())]
PREFLIGHT_HEADERS = [
    (b"access-control-allow-methods", ", ".join(METHODS).encode()),
    (b"access-control-allow-headers", b"*"),
    (b"access-control-max-age", b"%d" % DAY_SECONDS),
]


class CORSMiddleware:
    """Adds the CORS headers to responses to requests that have an `Origin`, and those of a preflight to OPTIONS.

    Starlette's own rewrites `Vary` on every response, which costs more than all other middleware does for a cached one.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not any(name == b"origin" for name, _ in scope["headers"]):
            await self.app(scope, receive, send)
            return
        is_preflight = scope["method"] == "OPTIONS" and any(
            name == b"access-control-request-method" for name, _ in scope["headers"]
        )
        headers = [*HEADERS, *PREFLIGHT_HEADERS] if is_preflight else HEADERS

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *headers]}
            await send(message)

        await self.app(scope, receive, send_with_headers)
