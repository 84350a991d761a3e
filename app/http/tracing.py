"""OpenTelemetry, where the packages are there and its standard environment variables ask for it. FastAPI does the tracing.

One span a request, named by method and template; what the cache answers has none. Queries stay out of it, as out of logs.
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
    """What the environment asks for, as FastAPI takes it; without a wish it is off and costs nothing."""
    wanted = {signal: _wanted(signal) for signal in ("TRACES", "METRICS", "LOGS")}
    if not any(wanted.values()):
        return OFF
    if find_spec("opentelemetry.sdk") is None:
        logger.warning("the environment asks for OpenTelemetry, which is not there: install casebook-api[telemetry]")
        return OFF
    return {
        "tracing": wanted["TRACES"],
        "metrics": wanted["METRICS"],
        "logs": wanted["LOGS"],
        "tracer_provider": _provider() if wanted["TRACES"] else None,
        "operation_spans": False,
        "auto_configure": True,
    }


def name_span(work: RequestInfo) -> None:
    """For an answer that was not routed, by the template that is remembered with it."""
    span = trace.get_current_span()
    span.update_name(f"{work.method} {work.template}")
    span.set_attribute("http.route", work.template)


def _wanted(signal: str) -> bool:
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
