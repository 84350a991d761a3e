"""References in the formats of reference managers: BibTeX, RIS, CSL-JSON and plain text.

Each writer escapes the characters that its format gives a meaning; accented letters stay as they are, in UTF-8.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
TYPES = {
    "record": ("misc", "DATA", "entry"),
    "dataset": ("misc", "DATA", "dataset"),
    "report": ("techreport", "RPT", "report"),
    "article": ("misc", "GEN", "article"),
    "official_list": ("misc", "GEN", "document"),
    "resolution_collection": ("misc", "GEN", "document"),
}
"""The type of each kind of reference in BibTeX, RIS and CSL."""

# A brace becomes a macro: BibTeX counts braces, escaped ones too.
LATEX = str.maketrans(
    {mark: f"\\{mark}" for mark in "&%$#_"}
    | {"\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}"}
    | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
)
IN_ADDRESS = str.maketrans({mark: f"%{ord(mark):02X}" for mark in '{}\\" <>'})


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A work to cite. `issued` is an ISO 8601 date of reduced precision."""

    key: str
    type: str
    title: str
    container: str | None = None
    publisher: str | None
    version: str | None = None
    issued: str | None
    url: str | None
    note: str | None


def bibtex(references: Iterable[Reference]) -> str:
    """Write BibTeX, which biblatex reads too. Titles have braces of their own, so that no style changes their case."""
    return "\n".join(map(_bibtex_entry, references))


def ris(references: Iterable[Reference]) -> str:
    """Write RIS, one line for each field."""
    return "\r\n".join(map(_ris_entry, references))


def csl_json(references: Iterable[Reference]) -> str:
    """Write CSL-JSON, as citeproc reads it."""
    return orjson.dumps([_csl_item(reference) for reference in references]).decode()


def text(references: Iterable[Reference]) -> str:
    """Write one line for each reference."""
    return "".join(map(_text_line, references))


def _bibtex_entry(reference: Reference) -> str:
    entry = TYPES[reference.type][0]
    year, month, day = _date(reference)
    fields = {
        "title": f"{{{_latex(reference.title)}}}",
        "institution" if entry == "techreport" else "howpublished": reference.publisher and _latex(reference.publisher),
        "version": reference.version and _latex(reference.version),
        "year": year,
        "month": month and MONTHS[int(month) - 1],
        "day": day.lstrip("0"),
        "url": reference.url and _line(reference.url).translate(IN_ADDRESS),
        "note": reference.note and _latex(reference.note),
    }
    # A month is a macro, which braces would turn into text.
    lines = [f"  {name} = {value if name == 'month' else f'{{{value}}}'}" for name, value in fields.items() if value]
    return f"@{entry}{{{reference.key},\n" + ",\n".join(lines) + "\n}\n"


def _ris_entry(reference: Reference) -> str:
    parts = _date(reference)
    fields = {
        "TY": TYPES[reference.type][1],
        "ID": reference.key,
        "TI": reference.title,
        "T2": reference.container,
        "PB": reference.publisher,
        "ET": reference.version,
        "PY": parts[0],
        "DA": "/".join([*parts, ""]) if parts[0] else None,
        "UR": reference.url,
        "N1": reference.note,
    }
    return "".join(f"{tag}  - {_line(value)}\r\n" for tag, value in fields.items() if value) + "ER  - \r\n"


def _csl_item(reference: Reference) -> dict[str, Any]:
    parts = [int(part) for part in _date(reference) if part]
    item = {
        "id": reference.key,
        "type": TYPES[reference.type][2],
        "title": reference.title,
        "container-title": reference.container,
        "publisher": reference.publisher,
        "version": reference.version,
        "issued": {"date-parts": [parts]} if parts else None,
        "URL": reference.url,
        "note": reference.note,
    }
    return {name: _line(value) if isinstance(value, str) else value for name, value in item.items() if value is not None}


def _text_line(reference: Reference) -> str:
    version = reference.version and f"version {reference.version}"
    issue = ", ".join(filter(None, [reference.publisher, version, reference.issued]))
    sentences = [_line(part).rstrip(".") for part in (reference.title, issue, reference.url, reference.note) if part]
    return ". ".join(sentences) + ".\n"


def _date(reference: Reference) -> tuple[str, str, str]:
    """Return year, month and day, empty if unknown."""
    year, month, day = [*(reference.issued or "").split("-"), "", ""][:3]
    return year, month, day


def _latex(value: str) -> str:
    return _line(value).translate(LATEX)


def _line(value: str) -> str:
    """Replace line breaks, which would end a field."""
    return " ".join(value.split())
