"""The sources that synthesized records cite, and citations of them. Most support, few dispute, some are about one field.

Knows nothing of the records that cite.
"""

import hashlib
from collections.abc import Sequence
from functools import cache

from app.loader.parse import CitationInput, Seed
from app.loader.rows import BUILT_IN
from app.loader.schema import CitationSeed, PassageSeed, SectionSeed, SourceSeed
from app.synthetic.seeded_random import SeededRandom

ARTICLE = "synthetic-article"
SOURCES = (
    SourceSeed(slug=ARTICLE, name="Synthetic article", kind="article", publisher="Institute", published="2021-08"),
    SourceSeed(slug="synthetic-list", name="Synthetic list", kind="official_list", publisher="Secretariat", published="2019"),
    SourceSeed(
        slug="synthetic-dataset", name="Synthetic dataset", kind="dataset", publisher="University", published="2020-02-28"
    ),
    SourceSeed(slug="synthetic-resolutions", name="Synthetic resolutions", kind="resolution_collection", publisher="Secretariat"),
    SourceSeed(slug="synthetic-report", name="Synthetic report", kind="report", publisher="Ministry", published="2014-12"),
    SourceSeed(slug="synthetic-register", name="Synthetic register", kind="dataset"),
)
"""The most cited first. Two share a publisher, and one has none, so that every rule of verification applies to some record."""
SOURCE_SLUGS = tuple(source.slug for source in SOURCES)
SECTIONS, PARAGRAPHS, SENTENCES = 8, 3, 4
LOCATORS = tuple(
    f"section-{section}:{paragraph}.{sentence}"
    for section in range(1, SECTIONS + 1)
    for paragraph in range(1, PARAGRAPHS + 1)
    for sentence in range(1, SENTENCES + 1)
)


def source_seed() -> Seed:
    """Return a seed of the sources, with the sections and passages of the article."""
    sections = [SectionSeed(slug=f"section-{number}", heading=f"Section {number}") for number in range(1, SECTIONS + 1)]
    return Seed(
        sources=[(BUILT_IN, source) for source in SOURCES],
        sections={ARTICLE: [(BUILT_IN, section) for section in sections]},
        passages={ARTICLE: [(BUILT_IN, _make_passage(locator)) for locator in LOCATORS]},
    )


def cite_record(random: SeededRandom, fields: Sequence[str]) -> list[CitationInput]:
    """Return one to three citations of a record, the first in support, and for a quarter of records one about a single field."""
    cites = [_cite(random, disputed_percent=0), *(_cite(random, disputed_percent=2) for _ in range(random.below(3)))]
    if random.is_within(25):
        cites.append(_cite(random, disputed_percent=10, about=random.choice(fields)))
    return cites


def cite_included_row(random: SeededRandom, about: str) -> CitationInput:
    """Return the citation of a row such as `parts.1`."""
    return _cite(random, disputed_percent=0, about=about)


def cite_link(random: SeededRandom) -> list[CitationInput]:
    """Return the one citation of a link."""
    return [_cite(random, disputed_percent=1)]


def _cite(random: SeededRandom, *, disputed_percent: int, about: str | None = None) -> CitationInput:
    stance = "disputes" if disputed_percent and random.is_within(disputed_percent) else "supports"
    return _citation(random.zipf_choice(SOURCE_SLUGS), random.choice(LOCATORS), stance, about)


@cache
def _citation(source: str, locator: str, stance: str, about: str | None) -> CitationInput:
    """Return a citation, cached: there are far fewer different ones than are made."""
    place = {"passage": locator} if source == ARTICLE else {"locator": f"row {locator}"}
    citation = CitationSeed.model_validate({"source": source, "stance": stance, "about": about} | place)
    return CitationInput(BUILT_IN, "cites", source, citation, about)


def _make_passage(locator: str) -> PassageSeed:
    digest = hashlib.sha256(locator.encode()).hexdigest()
    return PassageSeed(locator=locator, kind="sentence", sha256=digest, characters=100)
