"""Pages of any other origin may ask, and read what answers say of themselves (Fetch, 3.3)."""

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
SHARED = [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", ", ".join(EXPOSED).encode())]
"""For whatever is asked from a page."""
BEFOREHAND = [
    (b"access-control-allow-methods", ", ".join(METHODS).encode()),
    (b"access-control-allow-headers", b"*"),
    (b"access-control-max-age", b"%d" % DAY),
]
"""For a browser that asks whether it may: it compares, so what it may not do needs no refusal."""
