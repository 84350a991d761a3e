"""Entries into checked models: the shape of each entry, then one merged draft for each record, whichever packs speak of it.

Knows nothing of what citations and links refer to.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from app.loader.files import Entry, Pack
from app.loader.mapping import entries_of
from app.loader.schema import (
    CitationSeed,
    LinkSeed,
    PackSeed,
    PassageSeed,
    RecordSeed,
    SectionSeed,
    SourceSeed,
    required_fields,
    seed_model,
)
from app.loader.validation import validated
from app.model.catalogue import Catalogue
from app.model.error import Mistake, nearest
from app.model.resource import Resource

COMMON = set(RecordSeed.model_fields)


@dataclass(frozen=True)
class CitationInput:
    """A citation with its place in the seed files; `source` is the pack's article where the file names none."""

    entry: Entry
    field: str
    source: str
    citation: CitationSeed
    about: str | None


@dataclass(frozen=True)
class LinkInput:
    """A link with its place in the seed files."""

    entry: Entry
    predicate: str
    link: LinkSeed
    cites: list[CitationInput]


@dataclass
class RecordInput:
    """One record, merged from the entry that defines it and those that add to it."""

    resource: Resource
    entry: Entry
    slug: str
    name: str
    aliases: list[str] = field(default_factory=list)
    former_slugs: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    cites: list[CitationInput] = field(default_factory=list)
    links: list[LinkInput] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"{self.resource.kind}:{self.slug}"


@dataclass
class Seed:
    """All of seed_data, in the form in which it is checked and loaded."""

    sources: list[tuple[Entry, SourceSeed]] = field(default_factory=list)
    sections: dict[str, list[tuple[Entry, SectionSeed]]] = field(default_factory=dict)
    passages: dict[str, list[tuple[Entry, PassageSeed]]] = field(default_factory=dict)
    tables: dict[str, list[tuple[Entry, BaseModel]]] = field(default_factory=dict)
    records: dict[str, RecordInput] = field(default_factory=dict)


def parse(packs: Iterable[Pack], catalogue: Catalogue, mistakes: list[Mistake]) -> Seed:
    """The packs as one seed; every mistake of form is added to `mistakes`."""
    seed, additions = Seed(), []
    for pack in packs:
        about = validated(PackSeed, [pack.about], mistakes)
        article = (about[0][1].article if about else None) or ""
        entries = entries_of(pack, catalogue, mistakes)
        seed.sources += validated(SourceSeed, entries.get("sources", []), mistakes)
        for name, model, into in (("sections", SectionSeed, seed.sections), ("passages", PassageSeed, seed.passages)):
            if name in entries:
                into[article] = validated(model, entries[name], mistakes)
        for resource in catalogue.tables:
            rows = validated(seed_model(resource), entries.get(resource.name, []), mistakes)
            seed.tables.setdefault(resource.name, []).extend(rows)
        for resource in catalogue.kinds.values():
            for entry, record in validated(seed_model(resource), entries.get(resource.name, []), mistakes):
                additions += _define(seed, _draft(resource, entry, record, article), mistakes)
    for draft in additions:
        _add(seed, draft, mistakes)
    for draft in seed.records.values():
        _require(draft, mistakes)
    return seed


def _draft(resource: Resource, entry: Entry, record: RecordSeed, article: str) -> RecordInput:
    own = {name: value for name in record.model_fields_set if name not in COMMON for value in [getattr(record, name)]}
    draft = RecordInput(
        resource=resource,
        entry=entry,
        slug=record.slug or (record.adds_to or "").partition(":")[2],
        name=record.name or "",
        aliases=record.aliases,
        former_slugs=list(record.former_slugs),
        values=own | ({"summary": record.summary} if record.summary else {}),
        cites=_said(entry, "cites", record.cites, article),
    )
    for predicate, links in record.links.items():
        for n, link in enumerate(links):
            draft.links.append(
                LinkInput(entry, predicate, link, _said(entry, f"links.{predicate}.{n}.cites", link.cites, article))
            )
    for name in resource.include:
        for n, row in enumerate(own.get(name, []), 1):
            draft.cites += _said(entry, f"{name}.{n - 1}.cites", row.cites, article, about=f"{name}.{n}")
    return draft


def _said(entry: Entry, place: str, cites: Iterable[CitationSeed], article: str, about: str | None = None) -> list[CitationInput]:
    return [
        CitationInput(entry, f"{place}.{n}", cite.source or article, cite, about or cite.about) for n, cite in enumerate(cites)
    ]


def _define(seed: Seed, draft: RecordInput, mistakes: list[Mistake]) -> list[RecordInput]:
    """Keep a definition; hand an addition back, for when all records are defined."""
    if "adds_to" in draft.entry.value:
        return [draft]
    first = seed.records.setdefault(draft.id, draft)
    if first is not draft:
        _wrong(mistakes, draft, "slug", f"{draft.id} is defined twice, first in {first.entry.file}")
    return []


def _add(seed: Seed, draft: RecordInput, mistakes: list[Mistake]) -> None:
    target = seed.records.get(str(draft.entry.value["adds_to"]))
    if target is None or target.resource is not draft.resource:
        near = nearest(draft.id, list(seed.records))
        hint = f": did you mean {near[0]}?" if near else ""
        _wrong(mistakes, draft, "adds_to", f"no {draft.resource.kind} has the id {draft.entry.value['adds_to']}{hint}")
        return
    for name, value in draft.values.items():
        if name in target.values:
            _wrong(mistakes, draft, name, f"{target.id} has it already, from {target.entry.file}")
        target.values[name] = value
    target.aliases = [*target.aliases, *draft.aliases]
    target.former_slugs += draft.former_slugs
    target.cites += draft.cites
    target.links += draft.links


def _require(draft: RecordInput, mistakes: list[Mistake]) -> None:
    for name in required_fields(draft.resource):
        if draft.values.get(name) is None:
            _wrong(mistakes, draft, name, "is missing")
    if not any(said.about is None and said.citation.stance == "supports" for said in draft.cites):
        _wrong(mistakes, draft, "cites", "no citation supports the record as a whole: one without `about` has to")


def _wrong(mistakes: list[Mistake], draft: RecordInput, field: str, msg: str) -> None:
    mistakes.append(draft.entry.mistake(field, msg))
