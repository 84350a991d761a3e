"""A copy of an article against the digests that are seeded: whether every locator still means what it meant."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from app.loader.files import read_packs
from app.loader.parse import parse
from app.loader.segment import segments
from app.model.catalogue import Catalogue
from app.model.error import CasebookError, Mistake, SeedError


@dataclass(frozen=True)
class Difference:
    """A passage that is not as it was."""

    locator: str
    what: str


@dataclass(frozen=True)
class Comparison:
    """What came of comparing."""

    differences: list[Difference]
    same: int
    total: int
    same_file: bool


def compare(folder: Path, catalogue: Catalogue, source: str, document: Path) -> Comparison:
    """Compare a copy of a source with its seeded digests. SeedError where seed_data cannot be read."""
    mistakes: list[Mistake] = []
    seed = parse(read_packs(folder, catalogue, mistakes), catalogue, mistakes)
    if mistakes:
        raise SeedError(mistakes)
    if source not in seed.passages:
        raise CasebookError(f"no source {source!r} has passages; those that have: {', '.join(seed.passages)}")
    try:
        content = document.read_bytes()
        found = {segment.locator: segment for segment in segments(content.decode())}
    except UnicodeDecodeError:
        raise CasebookError(f"{document} is not text in UTF-8") from None
    known = {passage.locator: passage for _, passage in seed.passages[source]}
    places = {segment.sha256: segment.locator for segment in found.values()}
    differences = []
    for locator, passage in known.items():
        if locator not in found or found[locator].sha256 != passage.sha256:
            elsewhere = places.get(passage.sha256)
            what = f"stands at {elsewhere} now" if elsewhere else "is missing" if locator not in found else "reads differently"
            differences.append(Difference(locator, what))
    same = len(known) - len(differences)
    differences += [Difference(locator, "is new") for locator in found if locator not in known]
    whole = next((entry.sha256 for _, entry in seed.sources if entry.slug == source), None)
    return Comparison(differences, same, len(known), hashlib.sha256(content).hexdigest() == whole)
