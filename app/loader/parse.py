"""Entries as checked models, then as one `RecordInput` a record, merged from all packs that have an entry for it.

Knows nothing of what citations and links refer to.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from app.loader.files import Entry, Pack
from app.loader.mapping import map_rows
from app.loader.schema import (
    SLUG,
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
    articles: list[tuple[Entry, str]] = field(default_factory=list)
    """The manifest of each pack that names an article, and the article."""
    rejected: dict[str, set[str]] = field(default_factory=dict)
    """The names of entries with mistakes of form, by kind, plain table, `sources` or `passages`; "" for an unknown name."""
    incomplete: set[str] = field(default_factory=set)
    """The ids of records to which a rejected entry adds."""

    def reject(self, collection: str, name: str | None) -> None:
        """Note that an entry of a collection was rejected, so that references to it are no mistakes of their own."""
        self.rejected.setdefault(collection, set()).add(name or "")

    def may_be_rejected(self, collection: str, name: str) -> bool:
        """Return True if a name that no valid entry has may be that of a rejected one."""
        names = self.rejected.get(collection, ())
        return name in names or "" in names


def parse(packs: Iterable[Pack], catalogue: Catalogue, mistakes: list[Mistake]) -> Seed:
    """Merge the packs into one seed; add every mistake of form to `mistakes`."""
    seed, additions = Seed(), list[RecordInput]()
    for pack in packs:
        additions += _parse_pack(pack, seed, catalogue, mistakes)
    for addition in additions:  # when all records are defined, whichever pack comes first
        _merge(seed, addition, mistakes)
    for record in seed.records.values():
        if record.id not in seed.incomplete:
            _check_complete(record, mistakes)
    return seed


def _parse_pack(pack: Pack, seed: Seed, catalogue: Catalogue, mistakes: list[Mistake]) -> list[RecordInput]:
    """Add a pack to the seed. Return what it adds to records."""
    article = _parse_manifest(pack, seed, mistakes)
    entries = map_rows(pack, catalogue, mistakes)
    seed.sources += _validated("sources", "slug", SourceSeed, entries, seed=seed, mistakes=mistakes)
    _add_passages(seed, article, entries, mistakes)
    for resource in catalogue.tables:
        rows = _validated(resource.name, resource.key.key, seed_model(resource), entries, seed=seed, mistakes=mistakes)
        seed.tables.setdefault(resource.name, []).extend(rows)
    additions = []
    for resource in catalogue.kinds.values():
        for entry, model in _validated(
            resource.name, "slug", seed_model(resource), entries, seed=seed, mistakes=mistakes, kind=resource.kind
        ):
            record = _record_input(resource, entry, model, article)
            if model.adds_to is not None:
                additions.append(record)
            else:
                _define(seed, record, mistakes)
    return additions


def _parse_manifest(pack: Pack, seed: Seed, mistakes: list[Mistake]) -> str:
    """Return the slug of the pack's article, "" if it has none."""
    manifest = validate(PackSeed, [pack.manifest], mistakes)
    article = (manifest[0][1].article or "") if manifest else str(pack.manifest.fields.get("article", ""))
    if not manifest:
        seed.reject("sources", article)
    elif article:
        seed.articles.append((pack.manifest, article))
    return article


def _add_passages(seed: Seed, article: str, entries: dict[str, list[Entry]], mistakes: list[Mistake]) -> None:
    """Add the sections and passages of a pack. Those of an article are in one pack."""
    for name, key, model, rows in (
        ("sections", "slug", SectionSeed, seed.sections),
        ("passages", "locator", PassageSeed, seed.passages),
    ):
        if not entries.get(name):
            continue
        if rows.get(article):
            msg = f"the {name} of the article {article!r} are in {rows[article][0][0].file} already"
            mistakes.append(Mistake(file=entries[name][0].file, msg=msg))
            continue
        rows[article] = _validated(name, key, model, entries, seed=seed, mistakes=mistakes)


def _validated(  # noqa: PLR0913 - an entry's file, its key, its model, and what they are added to
    name: str,
    key: str,
    model: type[Any],
    entries: dict[str, list[Entry]],
    *,
    seed: Seed,
    mistakes: list[Mistake],
    kind: str | None = None,
) -> list[tuple[Entry, Any]]:
    """Return the valid entries of a file, and note the names of the others, for kinds also the records that they add to."""
    rejected = list[Entry]()
    valid = validate(model, entries.get(name, []), mistakes, rejected)
    for entry in rejected:
        slug, adds_to = entry.fields.get(key), entry.fields.get("adds_to")
        if isinstance(adds_to, str) and kind:
            seed.incomplete.add(adds_to)
        if not isinstance(adds_to, str) or not kind:
            is_name = isinstance(slug, str) and (key != "slug" or re.fullmatch(SLUG, slug))
            seed.reject(kind or name, slug if is_name else None)
    return valid


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
    if record is None and seed.may_be_rejected(*target_id.split(":", 1)):
        return
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
        record.entry.mistake(name, "is required")
        for name in required_fields(record.resource)
        if record.values.get(name) is None and name not in record.entry.reported
    ]
    is_supported = any(cite.about is None and cite.citation.stance == "supports" for cite in record.cites)
    if not is_supported and "cites" not in record.entry.reported:
        mistakes.append(record.entry.mistake("cites", "needs a citation that supports the whole record, so one without `about`"))
