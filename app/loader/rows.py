"""A checked seed as rows of tables. Ids ascend with (kind, slug), as `Record` promises.

Knows no kind: what is written where follows from the declarations.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Table

from app.loader.files import Entry
from app.loader.parse import CitationInput, RecordInput, Seed
from app.loader.verification import field_statuses, status
from app.model import partial_date
from app.model.base import Base
from app.model.catalogue import Catalogue
from app.model.citation import Citation
from app.model.link import Link, Predicate
from app.model.naming import plain, slugify
from app.model.record import Alias, FieldStatus, Kind, Record
from app.model.resource import Resource, table
from app.model.schema import RECORD_FIELDS
from app.model.source import Passage, Section, Source

Row = dict[str, Any]
BUILT_IN = Entry("app/entities", "declarations", {})


@dataclass
class Rows:
    """Rows by table, each with the entry that it comes from."""

    by_table: defaultdict[Table, list[tuple[Entry, Row]]] = field(default_factory=lambda: defaultdict(list))
    counts: Counter[Table] = field(default_factory=Counter)
    """The number of the last row of each table; what begins elsewhere than at zero goes on from there."""

    def add(self, model: type[Base], entry: Entry, **row: Any) -> int:
        """Keep a row; its number within the table, from 1."""
        own = table(model)
        self.by_table[own].append((entry, row))
        number = self.counts[own] = self.counts[own] + 1
        return number

    def next_number(self, model: type[Base]) -> int:
        """The number that the next row of the table will have."""
        return self.counts[table(model)] + 1

    def in_order(self) -> Iterator[tuple[Table, list[tuple[Entry, Row]]]]:
        """Tables with their rows, what is referred to before what refers to it."""
        return ((own, self.by_table[own]) for own in Base.metadata.sorted_tables if own in self.by_table)


def rows(seed: Seed, catalogue: Catalogue) -> Rows:
    """Every row that the seed makes. The seed's references must hold."""
    numbers = {id_: n for n, id_ in enumerate(sorted(seed.records, key=lambda id_: id_.split(":")), 1)}
    writer = Writer(seed, catalogue, numbers.__getitem__)
    writer.declarations()
    writer.sources()
    for resource in catalogue.tables:
        for entry, fact in seed.tables[resource.name]:
            writer.fact(resource, entry, dict(fact))
    for id_ in numbers:
        writer.record(seed.records[id_])
    for id_ in numbers:
        writer.links(seed.records[id_])
    return writer.rows


class Writer:
    """Adds what it is given to `rows`, in whichever portions: sources first, then facts, records, and links between them."""

    def __init__(self, seed: Seed, catalogue: Catalogue, number_of: Callable[[str], int]) -> None:
        self.seed, self.catalogue, self.rows = seed, catalogue, Rows()
        self.source_ids: dict[str, int] = {}
        self.passage_ids: dict[tuple[str, str], int] = {}
        self.publishers = {source.slug: source.publisher or source.slug for _, source in seed.sources}
        self.number_of = number_of
        """The number of the record of an id."""

    def declarations(self) -> None:
        """Kinds and predicates."""
        for kind, resource in self.catalogue.kinds.items():
            self.rows.add(Kind, BUILT_IN, name=kind, path=resource.name)
        for (kind, name, object_kind), relation in self.catalogue.relations.items():
            legal = {"subject_kind": kind, "name": name, "object_kind": object_kind}
            self.rows.add(Predicate, BUILT_IN, **legal, inverse=relation.inverse, meaning=relation.meaning)

    def sources(self) -> None:
        """The seed's sources, with their sections and passages."""
        for entry, source in sorted(self.seed.sources, key=lambda pair: pair[1].slug):
            row = source.model_dump() | _dated("published", source.published)
            source_id = self.source_ids[source.slug] = self.rows.add(Source, entry, id=len(self.source_ids) + 1, **row)
            sections = {}
            for position, (place, section) in enumerate(self.seed.sections.get(source.slug, []), 1):
                id_ = self.rows.next_number(Section)
                sections[section.slug] = self.rows.add(
                    Section, place, id=id_, source_id=source_id, position=position, **section.model_dump()
                )
            for place, passage in self.seed.passages.get(source.slug, []):
                section_slug, _, numbers = passage.locator.partition(":")
                paragraph, _, sentence = numbers.partition(".")
                id_ = len(self.passage_ids) + 1
                at = {"section_id": sections[section_slug], "paragraph": int(paragraph), "sentence": int(sentence)}
                self.rows.add(Passage, place, id=id_, source_id=source_id, **at, **passage.model_dump())
                self.passage_ids[source.slug, passage.locator] = id_

    def fact(self, resource: Resource, entry: Entry, values: Row) -> None:
        """A row of a plain table, with the slugs of the records that it names and the key that its values make."""
        row = _own(resource, values)
        row |= {name: slugify(values[name]) for name, field_ in resource.fields.items() if field_.record}
        made = {name: field_.made_of for name, field_ in resource.fields.items() if field_.made_of}
        keys = {name: slugify("-".join(str(row[part]) for part in parts)) for name, parts in made.items()}
        self.rows.add(resource.model, entry, **row | keys)

    def record(self, draft: RecordInput) -> None:
        """A record with all that belongs to it, save its links."""
        id_, resource = self.number_of(draft.id), draft.resource
        whole = [said for said in draft.cites if said.about is None]
        self.rows.add(
            Record,
            draft.entry,
            id=id_,
            kind=resource.kind,
            slug=draft.slug,
            name=draft.name,
            sort_name=plain(draft.name),
            summary=draft.values.get("summary"),
            verification=status(whole, self.publishers),
        )
        self.rows.add(resource.model, draft.entry, id=id_, **_own(resource, draft.values))
        for name, of, column in _lists(resource):
            for position, value in enumerate(draft.values.get(name) or [], 1):
                self.rows.add(of, draft.entry, **_belonging(resource, of, id_, position), **{column: value})
        for name, include in resource.include.items():
            for position, row in enumerate(draft.values.get(name) or [], 1):
                if include.table is not None:
                    own = {key: value for key, value in dict(row).items() if key != "cites"}
                    self.rows.add(include.table, draft.entry, **_belonging(resource, include.table, id_, position), **own)
        for position, (slug, alias) in enumerate(_aliases(draft), 1):
            self.rows.add(Alias, draft.entry, record_id=id_, kind=resource.kind, slug=slug, name=alias, position=position)
        for name, verification in field_statuses(draft.cites, self.publishers).items():
            self.rows.add(FieldStatus, draft.entry, record_id=id_, field=name, verification=verification)
        self._citations(draft.cites, record_id=id_, link_id=None)

    def links(self, draft: RecordInput) -> None:
        """The links that a record is the subject of."""
        ends = {"subject_id": self.number_of(draft.id), "subject_kind": draft.resource.kind}
        for tied in sorted(draft.links, key=lambda tied: (tied.predicate, self.number_of(tied.link.to))):
            object_ = {"object_id": self.number_of(tied.link.to), "object_kind": tied.link.to.partition(":")[0]}
            link_id = self.rows.next_number(Link)
            said = {"predicate": tied.predicate, "verification": status(tied.cites, self.publishers), "note": tied.link.note}
            self.rows.add(Link, tied.entry, id=link_id, **ends, **object_, **said)
            self._citations(tied.cites, record_id=None, link_id=link_id)

    def _citations(self, cites: list[CitationInput], **of: int | None) -> None:
        for said in cites:
            cite = said.citation
            place = {"source_id": self.source_ids[said.source], "locator": cite.locator}
            place["passage_id"] = self.passage_ids[said.source, cite.passage] if cite.passage else None
            id_ = self.rows.next_number(Citation)
            self.rows.add(Citation, said.entry, id=id_, **of, **place, stance=cite.stance, about=said.about, note=cite.note)


def _own(resource: Resource, values: dict[str, Any]) -> Row:
    """The columns of a resource's own table."""
    row: Row = {}
    for name, is_date in _single(resource):
        row |= _dated(name, values.get(name)) if is_date else {name: values.get(name)}
    return row


@cache
def _single(resource: Resource) -> list[tuple[str, bool]]:
    """The fields of one value, and whether it is a date of reduced precision."""
    own = {name: resource.fields[name] for name in resource.seeded if not (resource.is_record and name in RECORD_FIELDS)}
    return [(name, field_.precision is not None) for name, field_ in own.items() if field_.of is None]


def _dated(name: str, text: str | None) -> Row:
    first, precision = partial_date.parse(text) if text else (None, None)
    return {name: first, f"{name}_precision": precision}


@cache
def _lists(resource: Resource) -> list[tuple[str, type[Base], str]]:
    """The fields of many values: name, table, and the column that a value is written to."""
    made = []
    for name in resource.seeded:
        field_ = resource.fields[name]
        column = resource.stored(field_)
        if field_.of is not None and column is not None and name not in RECORD_FIELDS:
            made.append((name, field_.of, column.name))
    return made


def _belonging(resource: Resource, model: type[Base], id_: int, position: int) -> Row:
    return {_parent(resource, model): id_, "position": position}


@cache
def _parent(resource: Resource, model: type[Base]) -> str:
    own = table(resource.model)
    return next(column.name for column in table(model).c if any(key.column.table is own for key in column.foreign_keys))


def _aliases(draft: RecordInput) -> list[tuple[str, str | None]]:
    named: dict[str, str | None] = {slugify(alias): alias for alias in draft.aliases}
    return [*named.items(), *((slug, None) for slug in draft.former_slugs if slug not in named)]
