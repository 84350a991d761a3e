"""Content negotiation (RFC 9110, 12.5): the media type by suffix or `Accept`, the encoding by `Accept-Encoding`.

Both headers are reduced to a `Variant`, which is all of them that can change a response. Clients that spell the same wish
differently share one cache entry.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from fastapi import Request
from starlette.exceptions import HTTPException

MEDIA_TYPES = (
    "application/json",
    "text/html",
    "text/csv",
    "text/plain",
    "text/markdown",
    "application/x-ndjson",
    "application/geo+json",
    "application/graphml+xml",
    "application/zip",
    "application/x-bibtex",
    "application/x-research-info-systems",
    "application/vnd.citationstyles.csl+json",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
"""Every media type that a route may offer."""
POSITIONS = {media_type: position for position, media_type in enumerate(MEDIA_TYPES)}
ENCODINGS = ("zstd", "br", "gzip")
"""In the order in which the compression middleware prefers them."""
Variant = tuple[bytes, bytes]
"""The preferences among MEDIA_TYPES, and the encoding."""
CACHE_SIZE = 256
MAX_CACHED_LENGTH = 1_000
"""Length up to which a header is worth remembering, in characters."""


def negotiate(request: Request, offered: Mapping[str, str]) -> str:
    """Return the name of the offered format that `Accept` prefers.

    `offered` maps names to media types, the default first. A route has refused the request with a 406 before if `Accept` admits
    none of them (see routing.py), so there is always one to return.
    """
    ranks = preferences(_accept(request))
    return max(offered, key=lambda name: ranks[POSITIONS[offered[name]]])


def check_accept(request: Request, offered: Iterable[str]) -> None:
    """Raise a 406 if `Accept` admits none of the media types offered."""
    accept = _accept(request)
    if accept == "*/*":
        return
    ranks = preferences(accept)
    if not any(ranks[POSITIONS[media_type]] for media_type in offered if media_type in POSITIONS):
        raise HTTPException(406, f"this path offers {', '.join(dict.fromkeys(offered))}", {"Vary": "Accept"})


def _accept(request: Request) -> str:
    return request.headers.get("accept") or "*/*"


def variant(accept: bytes, accept_encoding: bytes) -> Variant:
    """Return the variant of a response that a client wants, by two of its headers."""
    if len(accept) + len(accept_encoding) > MAX_CACHED_LENGTH:
        return _variant.__wrapped__(accept, accept_encoding)
    return _variant(accept, accept_encoding)


@lru_cache(CACHE_SIZE)
def _variant(accept: bytes, accept_encoding: bytes) -> Variant:
    return preferences(accept.decode("latin-1")), encoding(accept_encoding.decode("latin-1"))


def preferences(accept: str) -> bytes:
    """Return a rank for each of MEDIA_TYPES: 0 if `accept` does not admit it, else the higher the more it is wanted."""
    return _preferences.__wrapped__(accept) if len(accept) > MAX_CACHED_LENGTH else _preferences(accept)


@lru_cache(CACHE_SIZE)
def _preferences(accept: str) -> bytes:
    qualities = _qualities(accept)
    weights = [_weight(media_type, qualities) for media_type in MEDIA_TYPES]
    order = sorted({0.0, *weights})
    return bytes(map(order.index, weights))


def encoding(accept_encoding: str) -> bytes:
    """Return the best of ENCODINGS that `accept_encoding` admits, empty if none."""
    qualities = _qualities(accept_encoding)
    any_other = qualities.get("*", 0.0)
    return next((name.encode() for name in ENCODINGS if qualities.get(name, any_other)), b"")


def _weight(media_type: str, qualities: Mapping[str, float]) -> float:
    """Return the quality of a media type, from 0 to 1: the most specific range that matches it decides."""
    ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((qualities[range_] for range_ in ranges if range_ in qualities), 0.0)


def _qualities(header: str) -> dict[str, float]:
    """Return the quality of each name in a header; the best one of a name that is repeated."""
    qualities: dict[str, float] = {}
    for part in header.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        qualities[name] = max(qualities.get(name, 0.0), _quality(parameters))
    return qualities


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(0.0, float(value)), 1.0)  # in this order "nan" becomes 0
            except ValueError:
                return 0.0
    return 1.0
