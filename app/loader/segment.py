"""An article's text into passages: locators and digests, by the rules that `seed_data/README.md` states.

Knows nothing of files or of what is seeded.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from app.model.naming import slugify

TO_ASCII = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-"})  # noqa: RUF001 - the marks to replace
FIRST_SECTION = "introduction"
LONGEST_HEADING = 99


@dataclass(frozen=True)
class Segment:
    """One passage of a text."""

    locator: str
    kind: str
    sha256: str
    characters: int


def segments(document: str) -> Iterator[Segment]:
    """The passages of an article, in order: one line a paragraph or bullet, headings on lines of their own."""
    section, paragraph, after_bullet = FIRST_SECTION, 0, False
    for line in filter(None, map(str.strip, document.splitlines())):
        if line == "-":
            after_bullet = True
            continue
        bullet, after_bullet = after_bullet or line.startswith("- "), False
        if not bullet and len(line) <= LONGEST_HEADING and not line.endswith((".", ":")):
            section, paragraph = slugify(normalised(line)), 0
            continue
        paragraph += 1
        kind = "list_item" if bullet else "lead_in" if line.endswith(":") else "sentence"
        for sentence, text in enumerate(_sentences(line) if kind == "sentence" else [normalised(line)], 1):
            yield Segment(f"{section}:{paragraph}.{sentence}", kind, hashlib.sha256(text.encode()).hexdigest(), len(text))


def normalised(line: str) -> str:
    """NFKC, quotes and dashes in ASCII, no bullet, white space folded."""
    text = unicodedata.normalize("NFKC", line).translate(TO_ASCII)
    return re.sub(r"\s+", " ", re.sub(r"^\s*-\s+", "", text)).strip()


def _sentences(line: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])", normalised(line))
