"""Values as cells of a table: CSV (RFC 4180) and spreadsheets."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from types import NoneType
from typing import Any

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def defused(text: str) -> str:
    """A cell that a spreadsheet shows and does not run: what could begin a formula gets an apostrophe in front."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def cell(value: Any) -> str | int | float | bool:
    """A value of an answer as one cell: several values joined by `;`, unknown empty. Numbers and truth values stay so."""
    made: str | int | float | bool = CELLS[type(value)](value)
    return made


def _as_it_is(value: Any) -> Any:
    return value


def _nothing(_value: None) -> str:
    return ""


def _joined(values: list[Any]) -> str:
    return defused(";".join([str(cell(value)) for value in values])) if values else ""


def _paired(values: dict[str, Any]) -> str:
    return defused(";".join([f"{key}={cell(value)}" for key, value in values.items()])) if values else ""


def _truth(value: bool) -> str:
    return "true" if value else "false"


CELLS: Mapping[type, Callable[[Any], Any]] = {
    NoneType: _nothing,
    bool: _as_it_is,
    int: _as_it_is,
    float: _as_it_is,
    str: defused,
    list: _joined,
    dict: _paired,
}
"""By the type of a value, for an export has millions of them: trying one after another takes twice as long."""
CSV_CELLS = {**CELLS, bool: _truth}


def csv_lines(rows: Iterable[Iterable[Any]]) -> bytes:
    """Rows as lines of CSV, in UTF-8."""
    written = io.StringIO()
    csv.writer(written).writerows([CSV_CELLS[type(value)](value) for value in row] for row in rows)
    return written.getvalue().encode()
