"""OpenTelemetry: FastAPI traces if the packages are installed and the standard environment variables ask for it.

A request has one span, named by method and route. Query strings are left out, as in logs: they are what people search for.
"""

import logging
import os
from importlib.util import find_spec

from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace

from app.telemetry.request_info import RequestInfo

QUERY = "url.query"
OFF: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}

logger = logging.getLogger(__name__)


def tracing() -> TelemetryConfig:
    """Return the configuration that the environment asks for, in FastAPI's form; off by default."""
    requested = {signal: _is_requested(signal) for signal in ("TRACES", "METRICS", "LOGS")}
    if not any(requested.values()):
        return OFF
    if find_spec("opentelemetry.sdk") is None:
        logger.warning("the environment asks for OpenTelemetry, which is not there: install casebook-api[telemetry]")
        return OFF
    return {
        "tracing": requested["TRACES"],
        "metrics": requested["METRICS"],
        "logs": requested["LOGS"],
        "tracer_provider": _provider() if requested["TRACES"] else None,
        "operation_spans": False,
        "auto_configure": True,
    }


def name_span(work: RequestInfo) -> None:
    """Name the span of a response from the cache, which was not routed, by its stored route."""
    span = trace.get_current_span()
    span.update_name(f"{work.method} {work.template}")
    span.set_attribute("http.route", work.template)


def _is_requested(signal: str) -> bool:
    if os.getenv("OTEL_SDK_DISABLED", "").lower() == "true" or os.getenv(f"OTEL_{signal}_EXPORTER") == "none":
        return False
    return bool(os.getenv(f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT") or os.getenv("OTEL_EXPORTER_OTLP_ENDPOINT"))


def _provider() -> trace.TracerProvider:
    from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider  # noqa: PLC0415 - an extra

    class WithoutQuery(SpanProcessor):
        def on_start(self, span: Span, parent_context: object = None) -> None:  # noqa: ARG002 - its form is given
            if QUERY in (span.attributes or ()):
                span.set_attribute(QUERY, "REDACTED")

    provider = TracerProvider()
    provider.add_span_processor(WithoutQuery())
    return provider
