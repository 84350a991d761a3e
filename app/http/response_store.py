"""Stored responses, bounded in bytes: the least recently used ones are evicted first.

Everything stored from data belongs to one release; `renew` drops what belongs to another.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.http.conditional import CacheKey, RawHeaders
from app.telemetry.request_metrics import RequestMetrics

ENTRY_OVERHEAD: Final = 2_000
"""Bytes of the Python objects that hold an entry, about."""
MAX_KEY_BYTES: Final = 4_096
MAX_SHARE: Final = 8
"""An entry may take at most one part in eight of the store."""


@dataclass(slots=True)
class StoredResponse:
    """A response and the headers of the 304 that stands for it."""

    version: str
    """The data version; empty if no data went into the response, so that no release invalidates it."""
    tag: str
    etag: bytes
    """The header: the tag in the response's encoding."""
    headers: RawHeaders
    not_modified: RawHeaders
    body: bytes
    route: str
    """The route's template, for metrics."""
    size: int = 0
    """Bytes, as the store counts them."""


class ResponseStore:
    """Responses by cache key, at most `limit` bytes of them. A limit of 0 stores nothing."""

    def __init__(self, limit: int, metrics: RequestMetrics) -> None:
        self.limit, self.version, self._metrics = limit, "", metrics
        self._release: tuple[str, datetime | None] = ("", None)
        self._entries: OrderedDict[CacheKey, StoredResponse] = OrderedDict()

    def get(self, key: CacheKey) -> StoredResponse | None:
        """Return the response stored under a key and mark it as the most recently used."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def accepts(self, key: CacheKey) -> bool:
        """True if a response may be stored under the key: it names a host, which is part of URLs, and is not over-long."""
        _scheme, host, *_ = key
        return self.limit > 0 and host != b"" and sum(map(len, key)) <= MAX_KEY_BYTES

    def put(self, key: CacheKey, entry: StoredResponse) -> bool:
        """Store a response, evicting others as needed. Return False if it is of another release or too large."""
        entry.size = _size(key, entry)
        if entry.version not in ("", self.version) or entry.size * MAX_SHARE > self.limit:
            return False
        self._remove(key)
        self._entries[key] = entry
        self._metrics.cache_bytes += entry.size
        while self._metrics.cache_bytes > self.limit:
            self._remove(next(iter(self._entries)))
            self._metrics.cache_evictions += 1
        return True

    def renew(self, version: str, loaded_at: datetime | None) -> None:
        """Drop everything if the current release is another one. A version may be loaded again, so the time counts as well."""
        if (version, loaded_at) != self._release:
            self._entries.clear()
            self.version, self._release, self._metrics.cache_bytes = version, (version, loaded_at), 0

    def _remove(self, key: CacheKey) -> None:
        removed = self._entries.pop(key, None)
        if removed:
            self._metrics.cache_bytes -= removed.size


def _size(key: CacheKey, entry: StoredResponse) -> int:
    headers = sum(len(name) + len(value) for name, value in (*entry.headers, *entry.not_modified))
    return ENTRY_OVERHEAD + sum(map(len, key)) + headers + len(entry.body)
