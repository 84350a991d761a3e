"""Metrics of the requests of one process. Plain counters, so that counting a request takes about a microsecond.

Knows nothing of the formats in which they are exposed.
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Any

import orjson

from app.telemetry.request_info import RequestInfo

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets of durations, in seconds; the last bucket has none."""

Labels = tuple[str, str, int, str]
"""Method, template of the route, status (0 if none was sent) and result of the cache. Clients cannot make up values of any."""


@dataclass(slots=True)
class Series:
    """Totals of the requests that have the same labels."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    """The number of requests in each bucket, not cumulative."""
    seconds: float = 0.0
    sql_seconds: float = 0.0
    sql_statements: int = 0

    def add(self, other: "Series") -> None:
        """Add the totals of another series."""
        self.buckets = [count + other_count for count, other_count in zip(self.buckets, other.buckets, strict=True)]
        self.seconds += other.seconds
        self.sql_seconds += other.sql_seconds
        self.sql_statements += other.sql_statements


@dataclass(slots=True)
class RequestMetrics:
    """All series, and the figures that the response cache keeps here: its evictions, and the bytes that it holds."""

    by_labels: dict[Labels, Series] = field(default_factory=dict)
    cache_evictions: int = 0
    cache_bytes: int = 0
    workers: int = 1

    def count(self, info: RequestInfo) -> None:
        """Count a request that is done."""
        labels = (info.method, info.template, info.status, info.cache)
        series = self.by_labels.get(labels)
        if series is None:
            series = self.by_labels[labels] = Series()
        series.buckets[bisect_left(BOUNDS, info.seconds)] += 1
        series.seconds += info.seconds
        series.sql_seconds += info.sql_seconds
        series.sql_statements += info.sql_statements

    def add(self, other: "RequestMetrics") -> None:
        """Add the metrics of another worker."""
        for labels, series in other.by_labels.items():
            self.by_labels.setdefault(labels, Series()).add(series)
        self.cache_evictions += other.cache_evictions
        self.cache_bytes += other.cache_bytes
        self.workers += other.workers

    def to_json(self) -> bytes:
        """Return the metrics as JSON, for the other workers."""
        return orjson.dumps((list(self.by_labels.items()), self.cache_evictions, self.cache_bytes))

    @classmethod
    def from_json(cls, content: bytes) -> "RequestMetrics":
        """Return the metrics of another worker from its JSON."""
        by_labels, evictions, cache_bytes = orjson.loads(content)
        return cls({_labels(labels): Series(**series) for labels, series in by_labels}, evictions, cache_bytes)


def _labels(values: list[Any]) -> Labels:
    method, template, status, cache = values
    return method, template, status, cache
