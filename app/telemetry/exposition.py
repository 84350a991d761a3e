"""Numbers in the text formats of Prometheus and OpenMetrics; `prometheus_client` writes them.

Knows nothing of HTTP but that the reader names the format it takes.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import accumulate

from prometheus_client.core import CollectorRegistry, CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from app.telemetry.request_info import CACHE, HIT, MISS, NOT_MODIFIED
from app.telemetry.request_metrics import BOUNDS, Numbers, RequestMetrics

EDGES = (*map(str, BOUNDS), "+Inf")
CACHE_MEANINGS = {
    HIT: ("casebook_cache_hits", "Requests answered from the cache."),
    MISS: ("casebook_cache_misses", "Requests whose answer was not in the cache."),
    NOT_MODIFIED: ("casebook_cache_not_modified", "Requests for which the cache knew that the client has the answer."),
}


class _Families(Collector):
    def __init__(self, tally: RequestMetrics, release: tuple[str, datetime] | None) -> None:
        self._tally, self._release = tally, release

    def collect(self) -> Iterator[Metric]:
        yield self._requests()
        yield from self._by_route()
        yield from self._cache()
        yield GaugeMetricFamily("casebook_workers", "Workers whose numbers these are.", self._tally.workers)
        if self._release:
            version, loaded_at = self._release
            served = GaugeMetricFamily("casebook_release_info", "Version of the release that is served.", labels=["version"])
            served.add_metric([version], 1)
            age = (datetime.now(UTC) - loaded_at).total_seconds()
            yield from (served, GaugeMetricFamily("casebook_release_age_seconds", "Time since it was loaded.", age))

    def _requests(self) -> Metric:
        counts: Counter[tuple[str, str, str]] = Counter()
        for (method, template, status, _), numbers in self._tally.by_key.items():
            counts[method, template, str(status)] += sum(numbers.buckets)
        family = CounterMetricFamily(
            "casebook_requests", "Requests; status 0: ended unanswered.", labels=["method", "route", "status"]
        )
        for labels, count in counts.items():
            family.add_metric(labels, count)
        return family

    def _by_route(self) -> Iterator[Metric]:
        by_route: dict[str, Numbers] = {}
        for (_, template, _, _), numbers in self._tally.by_key.items():
            by_route.setdefault(template, Numbers()).add(numbers)
        latency = HistogramMetricFamily("casebook_request_seconds", "Time until a request was answered whole.", labels=["route"])
        seconds = CounterMetricFamily("casebook_sql_seconds", "Time that SQL statements took.", labels=["route"])
        statements = CounterMetricFamily("casebook_sql_statements", "SQL statements.", labels=["route"])
        for route, numbers in by_route.items():
            latency.add_metric([route], list(zip(EDGES, accumulate(numbers.buckets), strict=True)), numbers.seconds)
            seconds.add_metric([route], numbers.sql_seconds)
            statements.add_metric([route], numbers.sql_statements)
        yield from (latency, seconds, statements)

    def _cache(self) -> Iterator[Metric]:
        for outcome in CACHE:
            counts: Counter[str] = Counter()
            for (_, template, _, cache), numbers in self._tally.by_key.items():
                if cache == outcome:
                    counts[template] += sum(numbers.buckets)
            family = CounterMetricFamily(*CACHE_MEANINGS[outcome], labels=["route"])
            for route, count in counts.items():
                family.add_metric([route], count)
            yield family
        yield CounterMetricFamily("casebook_cache_evictions", "Answers that the cache let go.", self._tally.cache_evictions)
        yield GaugeMetricFamily("casebook_cache_bytes", "Bytes that the cache holds.", self._tally.cache_bytes)


def exposition(accept: str, tally: RequestMetrics, release: tuple[str, datetime] | None) -> tuple[bytes, str]:
    """The numbers in the newest format that `accept` takes, and its media type. Of the release: its version, and when it was
    loaded.
    """
    registry = CollectorRegistry()
    registry.register(_Families(tally, release))
    encoder, media_type = choose_encoder(accept)
    return encoder(registry), media_type
