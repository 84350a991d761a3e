"""Dates of reduced precision, ISO 8601: "1993", "1993-10", "1993-10-05".

Stored as the first day and a precision, returned as they were written, and compared as the range of days that they cover.
"""

import re
from datetime import date, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

LENGTH = {"year": 4, "month": 7, "day": 10}
PRECISION_BY_LENGTH = {length: precision for precision, length in LENGTH.items()}
PATTERN = r"^\d{4}(-\d{2}(-\d{2})?)?$"


def parse(text: str) -> tuple[date, str]:
    """Return first day and precision. Raise ValueError if `text` is no partial date."""
    if not re.fullmatch(PATTERN, text, re.ASCII):
        raise ValueError("must be a year, month or day as YYYY, YYYY-MM or YYYY-MM-DD")
    try:
        return date.fromisoformat((text + "-01-01")[:10]), PRECISION_BY_LENGTH[len(text)]
    except ValueError:
        raise ValueError(f"is not a date in the calendar: {text}") from None


def isoformat(first: date | str | None, precision: str | None) -> str | None:
    """Return the partial date as it was written, from its first day (as a date or ISO 8601) and its precision."""
    return str(first)[: LENGTH[precision]] if first and precision else None


def day_range(text: str) -> tuple[date, date]:
    """Return the first day that `text` covers and the first day after it (for the year 9999, the last day of the calendar)."""
    first, precision = parse(text)
    if precision == "day":
        return first, first + timedelta(days=1) if first < date.max else date.max
    if precision == "month" and first.month < 12:
        return first, first.replace(month=first.month + 1)
    return first, date(first.year + 1, 1, 1) if first.year < date.max.year else date.max


def last_day(text: str) -> date:
    """Return the last day that `text` covers."""
    first, precision = parse(text)
    end = day_range(text)[1]
    return first if precision == "day" else end - timedelta(days=1) if end < date.max else end


def _validate(text: str) -> str:
    parse(text)
    return text


PartialDate = Annotated[str, Field(pattern=PATTERN, max_length=10), AfterValidator(_validate)]
