"""Values as cells of a table: CSV (RFC 4180) and spreadsheets."""

import csv
import io
from collections.abc import Iterable
from typing import Any

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def defused(text: str) -> str:
    """A cell that a spreadsheet shows and does not run: what could begin a formula gets an apostrophe in front."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def cell(value: Any) -> str | int | float | bool:
    """A value of an answer as one cell: several values joined by `;`, unknown empty. Numbers and truth values stay so."""
    match value:
        case None:
            return ""
        case bool() | int() | float():
            return value
        case list():
            return defused(";".join(str(cell(part)) for part in value))
        case dict():
            return defused(";".join(f"{key}={cell(part)}" for key, part in value.items()))
    return defused(str(value))


def csv_lines(rows: Iterable[Iterable[Any]]) -> bytes:
    """Rows as lines of CSV, in UTF-8."""
    written = io.StringIO()
    writer = csv.writer(written)
    for row in rows:
        writer.writerow([str(made).lower() if isinstance(made := cell(value), bool) else made for value in row])
    return written.getvalue().encode()
