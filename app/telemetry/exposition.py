"""Metrics in the text formats of Prometheus and OpenMetrics, written by `prometheus_client`."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import accumulate

from prometheus_client.core import CollectorRegistry, CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from app.telemetry.request_info import CACHE_RESULTS, HIT, MISS, NOT_MODIFIED
from app.telemetry.request_metrics import BOUNDS, RequestMetrics, Series

BUCKET_LABELS = (*map(str, BOUNDS), "+Inf")
CACHE_FAMILIES = {
    HIT: ("casebook_cache_hits", "Requests answered from the response cache."),
    MISS: ("casebook_cache_misses", "Requests whose response was not in the response cache."),
    NOT_MODIFIED: ("casebook_cache_not_modified", "Requests answered by the response cache with 304 Not Modified."),
}


class _RequestCollector(Collector):
    def __init__(self, metrics: RequestMetrics, release: tuple[str, datetime] | None) -> None:
        self._metrics, self._release = metrics, release

    def collect(self) -> Iterator[Metric]:
        yield self._requests()
        yield from self._by_route()
        yield from self._cache()
        yield GaugeMetricFamily("casebook_workers", "Workers whose metrics are combined here.", self._metrics.workers)
        if self._release:
            version, loaded_at = self._release
            info = GaugeMetricFamily("casebook_release_info", "Version of the current release.", labels=["version"])
            info.add_metric([version], 1)
            age = (datetime.now(UTC) - loaded_at).total_seconds()
            yield from (info, GaugeMetricFamily("casebook_release_age_seconds", "Time since the release was loaded.", age))

    def _requests(self) -> Metric:
        counts: Counter[tuple[str, str, str]] = Counter()
        for (method, template, status, _), series in self._metrics.by_labels.items():
            counts[method, template, str(status)] += sum(series.buckets)
        family = CounterMetricFamily(
            "casebook_requests", "Requests; status 0 if no response was sent.", labels=["method", "route", "status"]
        )
        for labels, count in counts.items():
            family.add_metric(labels, count)
        return family

    def _by_route(self) -> Iterator[Metric]:
        by_route: dict[str, Series] = {}
        for (_, template, _, _), series in self._metrics.by_labels.items():
            by_route.setdefault(template, Series()).add(series)
        latency = HistogramMetricFamily(
            "casebook_request_seconds", "Time until the response to a request was complete.", labels=["route"]
        )
        seconds = CounterMetricFamily("casebook_sql_seconds", "Time spent on SQL statements.", labels=["route"])
        statements = CounterMetricFamily("casebook_sql_statements", "SQL statements.", labels=["route"])
        for route, series in by_route.items():
            latency.add_metric([route], list(zip(BUCKET_LABELS, accumulate(series.buckets), strict=True)), series.seconds)
            seconds.add_metric([route], series.sql_seconds)
            statements.add_metric([route], series.sql_statements)
        yield from (latency, seconds, statements)

    def _cache(self) -> Iterator[Metric]:
        for result in CACHE_RESULTS:
            counts: Counter[str] = Counter()
            for (_, template, _, cache), series in self._metrics.by_labels.items():
                if cache == result:
                    counts[template] += sum(series.buckets)
            family = CounterMetricFamily(*CACHE_FAMILIES[result], labels=["route"])
            for route, count in counts.items():
                family.add_metric([route], count)
            yield family
        yield CounterMetricFamily(
            "casebook_cache_evictions", "Responses evicted from the response cache.", self._metrics.cache_evictions
        )
        yield GaugeMetricFamily("casebook_cache_bytes", "Bytes held by the response cache.", self._metrics.cache_bytes)


def render_metrics(accept: str, metrics: RequestMetrics, release: tuple[str, datetime] | None) -> tuple[bytes, str]:
    """Return the metrics in the newest format that the `Accept` header allows, and the media type.

    `release` is the version of the current release and the time when it was loaded.
    """
    registry = CollectorRegistry()
    registry.register(_RequestCollector(metrics, release))
    encoder, media_type = choose_encoder(accept)
    return encoder(registry), media_type
