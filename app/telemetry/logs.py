"""The form of logs: lines of JSON for machines, Rich ones for a terminal.

What is logged while a request is answered says of itself which request that was. Query strings never come into it: they are
what people search for.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Literal

from rich.console import Console
from rich.logging import RichHandler

from app.telemetry.request_info import CURRENT_REQUEST, RequestInfo

Form = Literal["auto", "json", "text"]
WIDE = 250


class JSONLines(logging.Formatter):
    """One JSON object a line. The standard library writes it, for it takes any text, however broken."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line | _known(CURRENT_REQUEST.get()))


class TextLines(logging.Formatter):
    """The message, and of its request what the message does not say."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name that is overridden
        message = super().formatMessage(record)
        more = (f"{name}={value}" for name, value in _known(CURRENT_REQUEST.get()).items() if str(value) not in message)
        return "  ".join(filter(None, (message, " ".join(more))))


def terminal_handler() -> logging.Handler:
    """Rich lines on standard error; in a file as wide as they need to be."""
    console = Console(stderr=True)
    if not console.is_terminal:
        console.width = WIDE
    return RichHandler(console=console, show_path=False, rich_tracebacks=True)


def log_config(form: Form, level: str) -> dict[str, Any]:
    """A configuration for `logging.config.dictConfig`, also of the server's own loggers."""
    text = form == "text" or (form == "auto" and sys.stderr.isatty())
    handler = {"()": f"{__name__}.terminal_handler"} if text else {"class": "logging.StreamHandler"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": f"{__name__}.{'TextLines' if text else 'JSONLines'}"}},
        "handlers": {"stderr": handler | {"formatter": "line"}},
        "root": {"level": level.upper(), "handlers": ["stderr"]},
        # It tells each step of a migration, of which there are many for whoever only wants to serve.
        "loggers": {"alembic": {"level": "WARNING"}},
    }


def _known(work: RequestInfo) -> dict[str, Any]:
    if not work.request_id:
        return {}
    known: dict[str, Any] = {"request_id": work.request_id, "route": work.route, "method": work.method}
    if work.status:
        known["status"] = work.status
    if work.seconds:
        known["duration_ms"] = round(work.seconds * 1000, 3)
    return known
