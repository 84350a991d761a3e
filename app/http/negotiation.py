"""Which of what is offered an answer takes: of formats the suffix decides, else `Accept`; of encodings `Accept-Encoding`
(RFC 9110, 12.5).

What a client says is reduced to what can matter, so that the many ways to say the same are one to who keeps answers.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from fastapi import Request
from starlette.exceptions import HTTPException

ANYWHERE = (
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
"""Every media type that a path may offer."""
PLACES = {media_type: place for place, media_type in enumerate(ANYWHERE)}
ENCODINGS = ("zstd", "br", "gzip")
"""The best first, as the compressor prefers them."""
Variant = tuple[bytes, bytes]
"""Preferences among media types, and the encoding."""
REMEMBERED, LONGEST = 256, 1_000
"""How many readings of headers are remembered, and of how long ones."""


def chosen(request: Request, offered: Mapping[str, str], suffix: str | None = None) -> str:
    """The name of one of the formats offered, name to media type, the default first. 406 where `Accept` takes none of them."""
    if suffix is not None:
        return suffix
    ranks = preferences(_accept(request).decode("latin-1"))
    wanted = {name: ranks[PLACES[media_type]] for name, media_type in offered.items()}
    best = max(wanted, key=lambda name: wanted[name])
    if wanted[best] == 0:
        raise _not_acceptable(offered.values())
    return best


def _accept(request: Request) -> bytes:
    return next((value for name, value in request.scope["headers"] if name == b"accept"), b"*/*")


def check_accept(request: Request, offered: Iterable[str]) -> None:
    """406 for an `Accept` that takes none of the media types offered, save where `format` decides."""
    accepted = _accept(request)
    if not accepted:
        return
    ranks = preferences(accepted.decode("latin-1"))
    if not any(ranks[PLACES[media_type]] for media_type in offered) and "format" not in request.query_params:
        raise _not_acceptable(offered)


def _not_acceptable(offered: Iterable[str]) -> HTTPException:
    return HTTPException(406, f"offered here: {', '.join(dict.fromkeys(offered))}", {"Vary": "Accept"})


def variant(accept: bytes, accept_encoding: bytes) -> Variant:
    """The variant of an answer that a client wants, by two of its headers."""
    within = len(accept) + len(accept_encoding) <= LONGEST
    return _variant(accept, accept_encoding) if within else _variant.__wrapped__(accept, accept_encoding)


@lru_cache(REMEMBERED)
def _variant(accept: bytes, accept_encoding: bytes) -> Variant:
    return preferences(accept.decode("latin-1")), encoding(accept_encoding.decode("latin-1"))


def preferences(accepted: str) -> bytes:
    """For each media type of ANYWHERE, 0 where an `Accept` does not take it, else the more the more it is wanted."""
    return _preferences(accepted) if len(accepted) <= LONGEST else _preferences.__wrapped__(accepted)


@lru_cache(REMEMBERED)
def _preferences(accepted: str) -> bytes:
    qualities = _qualities(accepted)
    weights = [_weight(media_type, qualities) for media_type in ANYWHERE]
    order = sorted({0.0, *weights})
    return bytes(map(order.index, weights))


def encoding(accepted: str) -> bytes:
    """The best encoding that an `Accept-Encoding` takes; empty where it takes none."""
    qualities = _qualities(accepted)
    others = qualities.get("*", 0.0)
    return next((name.encode() for name in ENCODINGS if qualities.get(name, others)), b"")


def _weight(media_type: str, qualities: Mapping[str, float]) -> float:
    """How much a client wants a media type, from 0 to 1: the most specific range that matches decides."""
    ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((qualities[range_] for range_ in ranges if range_ in qualities), 0.0)


def _qualities(header: str) -> dict[str, float]:
    """What a header names, each with its quality; with the best of them where it is named again."""
    named: dict[str, float] = {}
    for part in header.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        named[name] = max(named.get(name, 0.0), _quality(parameters))
    return named


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(0.0, float(value)), 1.0)  # in this order "nan" is 0
            except ValueError:
                return 0.0
    return 1.0
