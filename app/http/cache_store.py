"""Answers as they were sent, kept in memory until another release comes: at most so many bytes, the longest unused go first.

Knows nothing of how a request comes in, of databases, nor whether the release is still the current one: who asks does.
"""

from collections import Counter, OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.http.negotiation import Variant
from app.telemetry.request_metrics import Tally

RawHeaders = list[tuple[bytes, bytes]]
Key = tuple[str, bytes, str, bytes, Variant]
"""Scheme, host, path, query, variant."""

OVERHEAD: Final = 2_000
"""About the memory that an entry takes beside its bytes: the objects that hold them."""
LONGEST_KEY: Final = 4_096
SHARE: Final = 8
"""No entry is larger than one part in so many of the whole."""


@dataclass(slots=True)
class Kept:
    """An answer, and the 304 that stands for it."""

    version: str
    """The data version; empty where it is made of the program alone, so that no release ends it."""
    tag: str
    etag: bytes
    """The header: the tag, in this encoding."""
    headers: RawHeaders
    not_modified: RawHeaders
    body: bytes
    template: str
    """The route's, for who counts by route."""
    size: int = 0
    """What the cache counts for it."""


class Cache:
    """Kept answers by what decides their bytes. All that are made of data are of one release."""

    def __init__(self, limit: int, tally: Tally) -> None:
        self.limit, self.version, self._tally = limit, "", tally
        self._release: tuple[str, datetime | None] = ("", None)
        self._entries: OrderedDict[Key, Kept] = OrderedDict()
        self._targets = Counter[tuple[str, bytes]]()

    def get(self, key: Key) -> Kept | None:
        """What is kept under a key, now the last that would go."""
        kept = self._entries.get(key)
        if kept is not None:
            self._entries.move_to_end(key)
        return kept

    def knows(self, path: str, query: bytes) -> bool:
        """Whether something is kept of a path and a query, in whatever form."""
        return (path, query) in self._targets

    def takes(self, key: Key) -> bool:
        """Whether all that decides the bytes is in the key, and it is not over-long."""
        _scheme, host, *_ = key
        return self.limit > 0 and host != b"" and sum(map(len, key)) <= LONGEST_KEY

    def keep(self, key: Key, kept: Kept) -> bool:
        """Keep an answer in place of those that were longest unused; not one that is of another release, or too large."""
        kept.size = _size(key, kept)
        if kept.version not in ("", self.version) or kept.size * SHARE > self.limit:
            return False
        self._drop(key)
        self._entries[key] = kept
        self._targets[key[2:4]] += 1
        self._tally.cache_bytes += kept.size
        while self._tally.cache_bytes > self.limit:
            self._drop(next(iter(self._entries)))
            self._tally.cache_evictions += 1
        return True

    def renew(self, version: str, loaded_at: datetime | None) -> None:
        """This is the current release: what is kept of another goes. A version may come again, so the time counts as well."""
        if (version, loaded_at) != self._release:
            self._entries.clear()
            self._targets.clear()
            self.version, self._release, self._tally.cache_bytes = version, (version, loaded_at), 0

    def _drop(self, key: Key) -> None:
        dropped = self._entries.pop(key, None)
        if dropped:
            self._tally.cache_bytes -= dropped.size
            self._targets[key[2:4]] -= 1
            if not self._targets[key[2:4]]:
                del self._targets[key[2:4]]


def _size(key: Key, kept: Kept) -> int:
    headers = sum(len(name) + len(value) for name, value in (*kept.headers, *kept.not_modified))
    return OVERHEAD + sum(map(len, key)) + headers + len(kept.body)
