"""Values as cells of CSV (RFC 4180) and spreadsheets."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from types import NoneType
from typing import Any

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def defused(text: str) -> str:
    """Prefix text that a spreadsheet could read as a formula with an apostrophe."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def joined(values: Iterable[str]) -> str:
    r"""Join values by `;` so that they can be told apart: within a value, `\;` is a semicolon and `\\` a backslash."""
    return ";".join(value.replace("\\", "\\\\").replace(";", "\\;") for value in values)


def cell(value: Any) -> str | int | float | bool:
    """Return a value as one cell: several values are joined by `;`, null is empty, numbers and booleans stay as they are."""
    result: str | int | float | bool = CELLS[type(value)](value)
    return result


def _unchanged(value: Any) -> Any:
    return value


def _empty(_value: None) -> str:
    return ""


def _joined(values: list[Any]) -> str:
    return defused(joined(map(_as_text, values))) if values else ""


def _paired(values: dict[str, Any]) -> str:
    return defused(joined(f"{key}={_as_text(value)}" for key, value in values.items())) if values else ""


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else str(cell(value))


def _lower_case(value: bool) -> str:
    return "true" if value else "false"


CELLS: Mapping[type, Callable[[Any], Any]] = {
    NoneType: _empty,
    bool: _unchanged,
    int: _unchanged,
    float: _unchanged,
    str: defused,
    list: _joined,
    dict: _paired,
}
"""By type: an export has millions of values, and a chain of checks takes twice as long."""
CSV_CELLS = {**CELLS, bool: _lower_case}


def citation_text(citation: Mapping[str, Any]) -> str:
    """Return source and place of a citation, and its stance unless it supports."""
    place = f"{citation['source']} {citation['passage'] or citation['locator']}"
    return place if citation["stance"] == "supports" else f"{place} ({citation['stance']})"


def csv_lines(rows: Iterable[Iterable[Any]]) -> bytes:
    """Return rows as lines of CSV, in UTF-8."""
    lines = io.StringIO()
    csv.writer(lines).writerows([CSV_CELLS[type(value)](value) for value in row] for row in rows)
    return lines.getvalue().encode()
