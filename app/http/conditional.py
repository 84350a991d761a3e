"""Validators and freshness (RFC 9110, 8.8 and 13; RFC 9111): an answer is the same as long as the data version is.

Its tag can be told without making it, so a matching `If-None-Match` is answered before any question is asked of the data.
What is made of the program alone has the digest of its bytes for a tag.
"""

import hashlib
import re
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from app.http.about import NOTICE
from app.http.cache_store import Key, RawHeaders
from app.http.negotiation import ENCODINGS

CACHE_CONTROL, NO_STORE = "public, max-age=60, stale-while-revalidate=86400", "no-store"
VARY = "Accept, Accept-Encoding, Origin"
TAG = re.compile(rb'(?:W/)?("[^"]*")')
DIGITS = 16
OF_304 = frozenset((b"cache-control", b"etag", b"last-modified", b"vary", b"x-data-version"))
VALIDATING = OF_304 | {b"x-notice"}
RELEASES = 16
"""How many releases' headers are remembered."""


def tag_of(key: Key, version: str) -> str:
    """The data version, and a digest of everything else that decides the bytes, save the encoding."""
    *place, (preferences, _encoding) = key
    return f"{version}-{digest_of(repr((place, preferences)).encode())}"


def digest_of(body: bytes) -> str:
    """The tag of bytes that are as they are."""
    return hashlib.sha256(body).hexdigest()[:DIGITS]


def etag(tag: str, encoding: str = "") -> bytes:
    """The header: each encoding of an answer has a strong tag of its own."""
    return f'"{tag}-{encoding}"'.encode() if encoding else f'"{tag}"'.encode()


def matching(tag: str, given: bytes) -> bytes | None:
    """The header of the encoding that an `If-None-Match` names; None where it names none."""
    named = TAG.findall(given)
    return next((header for encoding in ("", *ENCODINGS) if (header := etag(tag, encoding)) in named), None)


def validators(header: bytes, version: str, loaded_at: datetime | None) -> RawHeaders:
    """Headers that say which answer it is, how long it is good and for which data, if any: those called `VALIDATING`."""
    return [(b"etag", header), *_freshness(version, loaded_at)]


@lru_cache(RELEASES)
def _freshness(version: str, loaded_at: datetime | None) -> RawHeaders:
    headers = [(b"cache-control", CACHE_CONTROL.encode()), (b"vary", VARY.encode())]
    if version:
        headers += [(b"x-data-version", version.encode()), (b"x-notice", NOTICE.encode())]
    if loaded_at:
        headers.append((b"last-modified", format_datetime(loaded_at, usegmt=True).encode()))
    return headers


def unmodified(headers: RawHeaders) -> RawHeaders:
    """Those of an answer's headers that its 304 has as well (RFC 9110, 15.4.5)."""
    return [(name, value) for name, value in headers if name in OF_304]


def with_etag(headers: RawHeaders, header: bytes) -> RawHeaders:
    """The same headers for another encoding."""
    return [(name, header if name == b"etag" else value) for name, value in headers]
