"""The numbers of what one process answered, kept as plainly as can be: adding a request to them takes about a microsecond.

Knows nothing of the forms in which they are served.
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Any

import orjson

from app.telemetry.request_info import HIT, NOT_MODIFIED, REFUSED, RequestInfo

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets that durations are counted in, in seconds; the last bucket has none."""

Key = tuple[str, str, int, str]
"""Method, template of the route, status (0: none was sent), and what the cache said. A client can invent none of them."""


@dataclass(slots=True)
class Numbers:
    """Of all requests that are alike."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0
    sql_seconds: float = 0.0
    sql_statements: int = 0

    def add(self, other: "Numbers") -> None:
        """Count the requests of another with these."""
        self.buckets = [one + more for one, more in zip(self.buckets, other.buckets, strict=True)]
        self.seconds += other.seconds
        self.sql_seconds += other.sql_seconds
        self.sql_statements += other.sql_statements


@dataclass(slots=True)
class RequestMetrics:
    """All numbers. The cache counts its evictions here, and says here how many bytes it holds."""

    by_key: dict[Key, Numbers] = field(default_factory=dict)
    cache_evictions: int = 0
    cache_bytes: int = 0
    workers: int = 1

    def count(self, work: RequestInfo) -> None:
        """One request that was answered."""
        numbers = self._numbers((work.method, work.template, work.status, work.cache), work.seconds)
        numbers.sql_seconds += work.sql_seconds
        numbers.sql_statements += work.sql_statements

    def count_kept(self, method: str, template: str, status: int, seconds: float) -> None:
        """One that was answered by what the cache keeps."""
        self._numbers((method, template, status, NOT_MODIFIED if status == 304 else HIT), seconds)

    def count_refused(self, method: str, status: int, seconds: float) -> None:
        """One that was refused before it was looked at; or left before that, so that no status was sent."""
        self._numbers((method, REFUSED, status, ""), seconds)

    def _numbers(self, key: Key, seconds: float) -> Numbers:
        """Those of requests that are alike, with one more."""
        numbers = self.by_key.get(key)
        if numbers is None:
            numbers = self.by_key[key] = Numbers()
        numbers.buckets[bisect_left(BOUNDS, seconds)] += 1
        numbers.seconds += seconds
        return numbers

    def add(self, other: "RequestMetrics") -> None:
        """What another worker counted."""
        for key, numbers in other.by_key.items():
            self.by_key.setdefault(key, Numbers()).add(numbers)
        self.cache_evictions += other.cache_evictions
        self.cache_bytes += other.cache_bytes
        self.workers += other.workers

    def written(self) -> bytes:
        """As another worker reads it by `read`."""
        return orjson.dumps((list(self.by_key.items()), self.cache_evictions, self.cache_bytes))


def read(written: bytes) -> RequestMetrics:
    """What another worker wrote."""
    by_key, evictions, cache_bytes = orjson.loads(written)
    return RequestMetrics({_key(key): Numbers(**numbers) for key, numbers in by_key}, evictions, cache_bytes)


def _key(parts: list[Any]) -> Key:
    method, template, status, cache = parts
    return method, template, status, cache
