"""A case study as Markdown (CommonMark): statements with numbered citations, and a bibliography.

Text from data is escaped, so that it reads as it is and is never markup.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from app.query.bibliography import Bibliography

MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]<>&~|#$"})
OPENINGS = re.compile(r"^(\d{0,9})([-+=.)])")
ADDRESS = re.compile(r"https?://[^\s<>\\]+")

Item = dict[str, Any]


def escaped(text: str) -> str:
    """Return text on one line, with a backslash before characters that could be markup, also at the beginning of a line."""
    return OPENINGS.sub(r"\1\\\2", " ".join(text.split()).translate(MARKS))


def case_study_markdown(study: Item, bibliography: Bibliography, imprint: str) -> str:
    """Return the document. Its last line is `imprint`."""
    places = _Places()
    own = [cite for cite in study["citations"] if not (cite["about"] or "").startswith("parts.")]
    blocks = [f"# {escaped(study['name'])}", f"Status: **{escaped(study['verification'].replace('_', ' '))}**"]
    blocks += places.statement(escaped(study["summary"] or "No summary."), own)
    for link in study["links"].get("examines", []):
        blocks += places.statement(f"Mission: {escaped(link['name'])}, {escaped(link['id'])}", link["citations"])
    for kind, parts in groupby(study["parts"], key=lambda part: part["kind"]):
        blocks.append(f"## {escaped(kind.replace('_', ' ').capitalize())}")
        for part in parts:
            blocks += places.statement(escaped(part["text"]), part["citations"], whole=f"parts.{part['position']}")
    blocks += ["## Bibliography", "\n".join(places.listed(bibliography))]
    blocks += ["## Sources", "\n".join(f"- {_source(source)}" for source in bibliography.sources.values())]
    return "\n\n".join([*blocks, escaped(imprint)]) + "\n"


class _Places:
    """The cited places, numbered in order of appearance."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str | None, str | None], int] = {}

    def statement(self, text: str, cites: Sequence[Item], whole: str | None = None) -> list[str]:
        """Return the statement with the numbers of its citations, and remarks on some of them.

        `whole` is the `about` of citations for all of the statement.
        """
        numbered = [(self._number(cite), cite) for cite in cites]
        marks = dict.fromkeys(f"[{n}{', disputes' if cite['stance'] == 'disputes' else ''}]" for n, cite in numbered)
        remarks = [
            _remark(n, cite, whole)
            for n, cite in numbered
            if cite["note"] or cite["stance"] == "disputes" or cite["about"] != whole
        ]
        return [" ".join([text, *marks]), *(["\n".join(remarks)] if remarks else [])]

    def listed(self, bibliography: Bibliography) -> Iterable[str]:
        """Yield each place once: source, heading and passage, or the locator, which may equal the name of the source."""
        for (source, passage, locator), n in self._numbers.items():
            name = bibliography.sources[source]["name"]
            place = [f'"{bibliography.heading(source, passage)}"', f"passage {passage}"] if passage else [locator or ""]
            yield f"{n}. " + ", ".join(map(escaped, dict.fromkeys([name, *place])))

    def _number(self, cite: Item) -> int:
        return self._numbers.setdefault((cite["source"], cite["passage"], cite["locator"]), len(self._numbers) + 1)


def _remark(n: int, cite: Item, whole: str | None) -> str:
    what = "this" if cite["about"] == whole else f"the field {escaped(cite['about'] or '')}"
    note = f": {escaped(cite['note'])}" if cite["note"] else ""
    return f"- [{n}] {cite['stance']} {what}{note}"


def _source(source: Item) -> str:
    """Return a source with its terms of use."""
    url = source["url"] and (f"<{source['url']}>" if ADDRESS.fullmatch(source["url"]) else escaped(source["url"]))
    issued = [source["publisher"] and escaped(source["publisher"]), source["published"], url]
    terms = [f"Licence: {escaped(source['licence'] or 'not stated')}"]
    terms += [f"Attribution: {escaped(source['attribution'])}"] if source["attribution"] else []
    return ". ".join([", ".join([f"**{escaped(source['name'])}**", *filter(None, issued)]), *terms])
