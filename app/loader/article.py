"""A copy of an article, compared with the digests in seed_data to see whether each locator still names the same passage."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.loader.files import MAX_BYTES, read_packs
from app.loader.parse import Seed, parse
from app.loader.schema import PassageSeed
from app.loader.segment import Segment, split_article
from app.model.catalogue import Catalogue
from app.model.error import CasebookError, Mistake, SeedError


@dataclass(frozen=True)
class Difference:
    """One passage that differs between the copy and seed_data."""

    locator: str
    description: str


@dataclass(frozen=True)
class Comparison:
    """The differences between a copy and seed_data, and the number of seeded passages: those that match, and all."""

    differences: list[Difference]
    matching: int
    total: int
    is_identical: bool
    """True if the copy is byte for byte the file that the digests were computed from."""


def compare_copy(folder: Path, catalogue: Catalogue, source: str, document: Path) -> Comparison:
    """Compare a copy of a source with the digests of its passages.

    Raise SeedError if seed_data cannot be read, and CasebookError if the source has no passages or the copy is not UTF-8.
    """
    seed = _read_seed(folder, catalogue)
    if source not in seed.passages:
        raise CasebookError(f"source {source!r} has no passages; sources with passages: {', '.join(seed.passages)}")
    content = _read_copy(document)
    try:
        copied = {segment.locator: segment for segment in split_article(content.decode())}
    except UnicodeDecodeError:
        raise CasebookError(f"{document} is not UTF-8 text") from None
    seeded = {passage.locator: passage for _, passage in seed.passages[source]}
    changed = list(_changed_passages(seeded, copied))
    added = [Difference(locator, "is new") for locator in copied if locator not in seeded]
    file_digest = next((entry.sha256 for _, entry in seed.sources if entry.slug == source), None)
    return Comparison(
        differences=changed + added,
        matching=len(seeded) - len(changed),
        total=len(seeded),
        is_identical=hashlib.sha256(content).hexdigest() == file_digest,
    )


def _read_copy(document: Path) -> bytes:
    with document.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise CasebookError(f"{document} is larger than {MAX_BYTES // 2**20} MiB")
    return content


def _read_seed(folder: Path, catalogue: Catalogue) -> Seed:
    mistakes: list[Mistake] = []
    seed = parse(read_packs(folder, catalogue, mistakes), catalogue, mistakes)
    if mistakes:
        raise SeedError(mistakes)
    return seed


def _changed_passages(seeded: Mapping[str, PassageSeed], copied: Mapping[str, Segment]) -> Iterator[Difference]:
    locators = {segment.sha256: segment.locator for segment in copied.values()}
    for locator, passage in seeded.items():
        if locator in copied and copied[locator].sha256 == passage.sha256:
            continue
        if passage.sha256 in locators:
            yield Difference(locator, f"has moved to {locators[passage.sha256]}")
        else:
            yield Difference(locator, "has a different text" if locator in copied else "is missing")
