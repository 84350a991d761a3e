"""The passages of an article's text, with locators and digests, by the rules under "Locators" in `seed_data/README.md`.

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
MAX_HEADING = 99
"""Characters of a heading: a longer line without a full stop is a paragraph."""


@dataclass(frozen=True)
class Segment:
    """One passage of a text: its locator and kind, and the digest and length of its normalized text."""

    locator: str
    kind: str
    sha256: str
    characters: int


def split_article(text: str) -> Iterator[Segment]:
    """Yield the passages of an article in order. Each paragraph, list item and heading has a line of its own."""
    section, paragraph, after_bullet = FIRST_SECTION, 0, False
    for line in filter(None, map(str.strip, text.splitlines())):
        if line == "-":
            after_bullet = True
            continue
        is_item, after_bullet = after_bullet or line.startswith("- "), False
        if not is_item and len(line) <= MAX_HEADING and not line.endswith((".", ":")):
            section, paragraph = slugify(normalize_line(line)), 0
            continue
        paragraph += 1
        kind = "list_item" if is_item else "lead_in" if line.endswith(":") else "sentence"
        passages = _split_sentences(line) if kind == "sentence" else [normalize_line(line)]
        for sentence, passage in enumerate(passages, 1):
            digest = hashlib.sha256(passage.encode()).hexdigest()
            yield Segment(f"{section}:{paragraph}.{sentence}", kind, digest, len(passage))


def normalize_line(line: str) -> str:
    """Apply NFKC, make quotation marks and dashes ASCII, and remove the list mark and superfluous white space."""
    text = unicodedata.normalize("NFKC", line).translate(TO_ASCII)
    return re.sub(r"\s+", " ", re.sub(r"^\s*-\s+", "", text)).strip()


def _split_sentences(line: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])", normalize_line(line))
