"""Dates of reduced precision, ISO 8601: "1993", "1993-10", "1993-10-05".

Kept as the first day and a precision; given back as they came; compared as the range of days that they mean.
"""

import re
from datetime import date, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

LENGTH = {"year": 4, "month": 7, "day": 10}
PATTERN = r"^\d{4}(-\d{2}(-\d{2})?)?$"


def parse(text: str) -> tuple[date, str]:
    """First day and precision. ValueError where `text` is no such date."""
    if not re.fullmatch(PATTERN, text, re.ASCII):
        raise ValueError("must be a year, month or day as YYYY, YYYY-MM or YYYY-MM-DD")
    precision = {length: name for name, length in LENGTH.items()}[len(text)]
    try:
        return date.fromisoformat((text + "-01-01")[:10]), precision
    except ValueError:
        raise ValueError(f"is not a date of the calendar: {text}") from None


def text(first: date | None, precision: str | None) -> str | None:
    """The date as it came."""
    return first.isoformat()[: LENGTH[precision]] if first and precision else None


def shortened(first: str | None, precision: str | None) -> str | None:
    """The same where the first day is text already."""
    return first[: LENGTH[precision]] if first and precision else None


def days(text: str) -> tuple[date, date]:
    """The first day that `text` means and the first day after it (the last day of the calendar for the year 9999)."""
    first, precision = parse(text)
    if precision == "day":
        return first, first + timedelta(days=1) if first < date.max else date.max
    if precision == "month" and first.month < 12:
        return first, first.replace(month=first.month + 1)
    return first, date(first.year + 1, 1, 1) if first.year < date.max.year else date.max


def last_day(text: str) -> date:
    """The last day that `text` means."""
    first, precision = parse(text)
    after = days(text)[1]
    return first if precision == "day" else after - timedelta(days=1) if after < date.max else after


def _checked(text: str) -> str:
    parse(text)
    return text


PartialDate = Annotated[str, Field(pattern=PATTERN, max_length=10), AfterValidator(_checked)]
