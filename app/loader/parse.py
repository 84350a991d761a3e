"""Entries as checked models, then as one `RecordInput` a record, merged from all packs that have an entry for it.

Knows nothing of what citations and links refer to.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from app.loader.files import Entry, Pack
from app.loader.mapping import map_rows
from app.loader.schema import (
    CitationSeed,
    PackSeed,
    PassageSeed,
    RecordSeed,
    SectionSeed,
    SourceSeed,
    required_fields,
    seed_model,
)
from app.loader.suggestion import did_you_mean
from app.loader.validation import validate
from app.model.catalogue import Catalogue
from app.model.error import Mistake
from app.model.resource import Resource

SHARED_FIELDS = set(RecordSeed.model_fields)
"""The fields that the entries of all kinds have."""


@dataclass(frozen=True)
class CitationInput:
    """A citation as an entry gives it, and the field of the entry that it stands in, for error messages."""

    entry: Entry
    field: str
    source: str
    """The pack's article if the citation names no source."""
    citation: CitationSeed
    about: str | None
    """The field that it applies to; for a citation of an included row, the row, such as `parts.1`."""


@dataclass(frozen=True)
class LinkInput:
    """A link from the record of the entry to the record whose id is `target`."""

    entry: Entry
    predicate: str
    target: str
    note: str | None
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
    """The summary and the fields of its kind."""
    cites: list[CitationInput] = field(default_factory=list)
    links: list[LinkInput] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The public id, such as `mission:isaf`."""
        return f"{self.resource.kind}:{self.slug}"


@dataclass
class Seed:
    """The contents of all packs: sources, their sections and passages by source, plain tables by name, records by id."""

    sources: list[tuple[Entry, SourceSeed]] = field(default_factory=list)
    sections: dict[str, list[tuple[Entry, SectionSeed]]] = field(default_factory=dict)
    passages: dict[str, list[tuple[Entry, PassageSeed]]] = field(default_factory=dict)
    tables: dict[str, list[tuple[Entry, BaseModel]]] = field(default_factory=dict)
    records: dict[str, RecordInput] = field(default_factory=dict)


def parse(packs: Iterable[Pack], catalogue: Catalogue, mistakes: list[Mistake]) -> Seed:
    """Merge the packs into one seed; add every mistake of form to `mistakes`."""
    seed, additions = Seed(), list[RecordInput]()
    for pack in packs:
        additions += _parse_pack(pack, seed, catalogue, mistakes)
    for addition in additions:  # when all records are defined, whichever pack comes first
        _merge(seed, addition, mistakes)
    for record in seed.records.values():
        _check_complete(record, mistakes)
    return seed


def _parse_pack(pack: Pack, seed: Seed, catalogue: Catalogue, mistakes: list[Mistake]) -> list[RecordInput]:
    """Add a pack to the seed. Return what it adds to records."""
    manifest = validate(PackSeed, [pack.manifest], mistakes)
    article = (manifest[0][1].article if manifest else None) or ""
    entries = map_rows(pack, catalogue, mistakes)
    seed.sources += validate(SourceSeed, entries.get("sources", []), mistakes)
    if "sections" in entries:
        seed.sections[article] = validate(SectionSeed, entries["sections"], mistakes)
    if "passages" in entries:
        seed.passages[article] = validate(PassageSeed, entries["passages"], mistakes)
    for resource in catalogue.tables:
        rows = validate(seed_model(resource), entries.get(resource.name, []), mistakes)
        seed.tables.setdefault(resource.name, []).extend(rows)
    additions = []
    for resource in catalogue.kinds.values():
        for entry, model in validate(seed_model(resource), entries.get(resource.name, []), mistakes):
            record = _record_input(resource, entry, model, article)
            if model.adds_to is not None:
                additions.append(record)
            else:
                _define(seed, record, mistakes)
    return additions


def _record_input(resource: Resource, entry: Entry, model: RecordSeed, article: str) -> RecordInput:
    values = {name: getattr(model, name) for name in model.model_fields_set if name not in SHARED_FIELDS}
    record = RecordInput(
        resource=resource,
        entry=entry,
        slug=model.slug or (model.adds_to or "").partition(":")[2],
        name=model.name or "",
        aliases=model.aliases,
        former_slugs=list(model.former_slugs),
        values=values | ({"summary": model.summary} if model.summary else {}),
        cites=_citation_inputs(entry, "cites", model.cites, article),
    )
    for predicate, links in model.links.items():
        for index, link in enumerate(links):
            cites = _citation_inputs(entry, f"links.{predicate}.{index}.cites", link.cites, article)
            record.links.append(LinkInput(entry, predicate, link.to, link.note, cites))
    for name in resource.include:
        for index, row in enumerate(values.get(name, [])):
            record.cites += _citation_inputs(entry, f"{name}.{index}.cites", row.cites, article, about=f"{name}.{index + 1}")
    return record


def _citation_inputs(
    entry: Entry, field: str, cites: Iterable[CitationSeed], article: str, about: str | None = None
) -> list[CitationInput]:
    return [
        CitationInput(entry, f"{field}.{index}", cite.source or article, cite, about or cite.about)
        for index, cite in enumerate(cites)
    ]


def _define(seed: Seed, record: RecordInput, mistakes: list[Mistake]) -> None:
    first = seed.records.setdefault(record.id, record)
    if first is not record:
        msg = f"{record.id} is defined already, in {first.entry.file}: use adds_to, or another slug"
        mistakes.append(record.entry.mistake("slug", msg))


def _merge(seed: Seed, addition: RecordInput, mistakes: list[Mistake]) -> None:
    """Add what an entry with `adds_to` says to the record that it names."""
    target_id = str(addition.entry.fields["adds_to"])
    record = seed.records.get(target_id)
    if record is None or record.resource is not addition.resource:
        msg = f"no {addition.resource.kind} has the id {target_id}{did_you_mean(addition.id, seed.records)}"
        mistakes.append(addition.entry.mistake("adds_to", msg))
        return
    for name, value in addition.values.items():
        if name in record.values:
            mistakes.append(addition.entry.mistake(name, f"{record.id} has a value already, from {record.entry.file}"))
        record.values[name] = value
    record.aliases = [*record.aliases, *addition.aliases]
    record.former_slugs += addition.former_slugs
    record.cites += addition.cites
    record.links += addition.links


def _check_complete(record: RecordInput, mistakes: list[Mistake]) -> None:
    mistakes += [
        record.entry.mistake(name, "is required") for name in required_fields(record.resource) if record.values.get(name) is None
    ]
    if not any(cite.about is None and cite.citation.stance == "supports" for cite in record.cites):
        mistakes.append(record.entry.mistake("cites", "needs a citation that supports the whole record, so one without `about`"))
