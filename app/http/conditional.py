"""Validators and freshness of responses (RFC 9110, 8.8 and 13; RFC 9111).

A response is the same for as long as the data version is. So its `ETag` follows from the version and the cache key, without
the response: a matching `If-None-Match` is answered before any query runs. Responses that no data go into, such as the OpenAPI
document, have a digest of their bytes for a tag.
"""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache

from app.http.about import NOTICE
from app.http.negotiation import ENCODINGS, Variant

RawHeaders = list[tuple[bytes, bytes]]
CacheKey = tuple[str, bytes, str, bytes, Variant]
"""Scheme, host, path, query string and variant: everything in a request that can change the bytes of its response."""

CACHE_CONTROL, NO_STORE = "public, max-age=60, stale-while-revalidate=86400", "no-store"
VARY = "Accept, Accept-Encoding, Origin"
ENTITY_TAG = re.compile(rb'(?:W/)?("[^"]*")')
TAG_DIGITS = 16
CACHED_VERSIONS = 16
NOT_MODIFIED_HEADERS = frozenset((b"cache-control", b"etag", b"last-modified", b"vary", b"x-data-version"))
"""Headers of a response that its 304 repeats (RFC 9110, 15.4.5)."""
VALIDATOR_HEADERS = NOT_MODIFIED_HEADERS | {b"x-notice"}


def tag_of(key: CacheKey, version: str) -> str:
    """Return the tag of a response: the data version and a digest of the cache key without the encoding."""
    *target, (preferences, _encoding) = key
    return f"{version}-{digest_of(repr((target, preferences)).encode())}"


def digest_of(body: bytes) -> str:
    """Return a digest of bytes, for a tag."""
    return hashlib.sha256(body).hexdigest()[:TAG_DIGITS]


def etag(tag: str, encoding: str = "") -> bytes:
    """Return the `ETag` header for a tag. It is strong, so each encoding has one of its own."""
    return f'"{tag}-{encoding}"'.encode() if encoding else f'"{tag}"'.encode()


def matching_etag(tag: str, if_none_match: bytes) -> bytes | None:
    """Return the `ETag` in any encoding that `If-None-Match` names, None if it names none."""
    named = ENTITY_TAG.findall(if_none_match)
    return next((header for encoding in ("", *ENCODINGS) if (header := etag(tag, encoding)) in named), None)


def validators(etag_header: bytes, version: str, loaded_at: datetime | None) -> RawHeaders:
    """Return VALIDATOR_HEADERS for a response made from a data version, or from none if `version` is empty.

    `Last-Modified` counts seconds. It is left out in the second of the load: another load in that second would have the same.
    """
    is_settled = loaded_at is not None and datetime.now(UTC) >= _next_second(loaded_at)
    return [(b"etag", etag_header), *_freshness(version, loaded_at if is_settled else None)]


@lru_cache(CACHED_VERSIONS)
def _freshness(version: str, loaded_at: datetime | None) -> RawHeaders:
    headers = [(b"cache-control", CACHE_CONTROL.encode()), (b"vary", VARY.encode())]
    if version:
        headers += [(b"x-data-version", version.encode()), (b"x-notice", NOTICE.encode())]
    if loaded_at:
        headers.append((b"last-modified", format_datetime(loaded_at, usegmt=True).encode()))
    return headers


def is_unmodified_since(header: bytes, loaded_at: datetime) -> bool:
    """True if nothing was loaded after the time in `If-Modified-Since` (RFC 9110, 13.1.3). False for what is no HTTP date."""
    try:
        since = parsedate_to_datetime(header.decode("latin-1"))
    except ValueError:
        return False
    return since.tzinfo is not None and loaded_at.replace(microsecond=0) <= since <= datetime.now(UTC)


def _next_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0) + timedelta(seconds=1)


def not_modified_headers(headers: RawHeaders) -> RawHeaders:
    """Return the headers of a response that its 304 repeats."""
    return [(name, value) for name, value in headers if name in NOT_MODIFIED_HEADERS]
