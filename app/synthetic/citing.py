"""The sources that synthesized records cite, and citations of them: most support, few dispute, some speak of one field.

Knows nothing of what is cited.
"""

import hashlib
from collections.abc import Sequence
from functools import cache

from app.loader.parse import CitationInput, Seed
from app.loader.rows import BUILT_IN
from app.loader.schema import CitationSeed, PassageSeed, SectionSeed, SourceSeed
from app.synthetic.chance import Chance

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
"""The most cited first. Two have one publisher, and one has none."""
SLUGS = tuple(source.slug for source in SOURCES)
SECTIONS, PARAGRAPHS, SENTENCES = 8, 3, 4
LOCATORS = tuple(
    f"section-{section}:{paragraph}.{sentence}"
    for section in range(1, SECTIONS + 1)
    for paragraph in range(1, PARAGRAPHS + 1)
    for sentence in range(1, SENTENCES + 1)
)


def sources() -> Seed:
    """The sources, with the sections and passages of the article."""
    sections = [SectionSeed(slug=f"section-{number}", heading=f"Section {number}") for number in range(1, SECTIONS + 1)]
    return Seed(
        sources=[(BUILT_IN, source) for source in SOURCES],
        sections={ARTICLE: [(BUILT_IN, section) for section in sections]},
        passages={ARTICLE: [(BUILT_IN, _passage(locator)) for locator in LOCATORS]},
    )


def of_record(chance: Chance, fields: Sequence[str]) -> list[CitationInput]:
    """One to three citations of a record, the first in support, and now and then one of a single field."""
    made = [_cited(chance, disputes=0), *(_cited(chance, disputes=2) for _ in range(chance.below(3)))]
    return [*made, _cited(chance, disputes=10, about=chance.one_of(fields))] if chance.in_100(25) else made


def of_part(chance: Chance, about: str) -> CitationInput:
    """The citation of a part of a record."""
    return _cited(chance, disputes=0, about=about)


def of_link(chance: Chance) -> list[CitationInput]:
    """The citation of a link."""
    return [_cited(chance, disputes=1)]


def _cited(chance: Chance, *, disputes: int, about: str | None = None) -> CitationInput:
    stance = "disputes" if disputes and chance.in_100(disputes) else "supports"
    return _said(chance.ranked(SLUGS), chance.one_of(LOCATORS), stance, about)


@cache
def _said(source: str, locator: str, stance: str, about: str | None) -> CitationInput:
    """Each citation once: there are far fewer than uses of them."""
    place = {"passage": locator} if source == ARTICLE else {"locator": f"row {locator}"}
    cite = CitationSeed.model_validate({"source": source, "stance": stance, "about": about} | place)
    return CitationInput(BUILT_IN, "cites", source, cite, about)


def _passage(locator: str) -> PassageSeed:
    return PassageSeed(locator=locator, kind="sentence", sha256=hashlib.sha256(locator.encode()).hexdigest(), characters=100)
