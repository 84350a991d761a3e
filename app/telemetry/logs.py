"""Log formats: lines of JSON for machines, Rich text for a terminal.

Lines written during a request name the request. They never contain query strings, which hold what people search for.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Literal

from rich.console import Console
from rich.logging import RichHandler

from app.telemetry.request_info import CURRENT_REQUEST, RequestInfo

LogFormat = Literal["auto", "json", "text"]
FILE_WIDTH = 250


class JSONLines(logging.Formatter):
    """A formatter that writes one JSON object a line. It uses the standard library, which encodes any text, even broken."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line | _request_fields(CURRENT_REQUEST.get()))


class TextLines(logging.Formatter):
    """A formatter that writes the message, followed by what it does not say of its request."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - overrides a method of the standard library
        message = super().formatMessage(record)
        fields = _request_fields(CURRENT_REQUEST.get())
        missing = (f"{name}={value}" for name, value in fields.items() if str(value) not in message)
        return "  ".join(filter(None, (message, " ".join(missing))))


def terminal_handler() -> logging.Handler:
    """Return a handler that writes Rich text to standard error, in wide lines if that is no terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    return RichHandler(console=console, show_path=False, rich_tracebacks=True)


def log_config(log_format: LogFormat, level: str) -> dict[str, Any]:
    """Return the configuration for `logging.config.dictConfig`, which also covers the loggers of the server."""
    is_text = log_format == "text" or (log_format == "auto" and sys.stderr.isatty())
    handler = {"()": f"{__name__}.terminal_handler"} if is_text else {"class": "logging.StreamHandler"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": f"{__name__}.{'TextLines' if is_text else 'JSONLines'}"}},
        "handlers": {"stderr": handler | {"formatter": "line"}},
        "root": {"level": level.upper(), "handlers": ["stderr"]},
        # Alembic logs every step of a migration, which is too much when a server starts with an empty database.
        "loggers": {"alembic": {"level": "WARNING"}},
    }


def _request_fields(info: RequestInfo) -> dict[str, Any]:
    if not info.request_id:
        return {}
    fields: dict[str, Any] = {"request_id": info.request_id, "route": info.route, "method": info.method}
    if info.status:
        fields["status"] = info.status
    if info.seconds:
        fields["duration_ms"] = round(info.seconds * 1000, 3)
    return fields
