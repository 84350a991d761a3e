"""A checked seed as rows of tables. Ids ascend with (kind, slug), as `Record` promises.

Knows no kind by name: the declarations say which value goes to which table and column.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Table

from app.loader.files import Entry
from app.loader.parse import CitationInput, RecordInput, Seed
from app.loader.verification import field_verification, verification_of
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
BUILT_IN = Entry("app/kinds", "declarations", {})
"""The entry of rows that come from no seed file."""


@dataclass
class Rows:
    """Rows by table, each with the entry that it comes from."""

    by_table: defaultdict[Table, list[tuple[Entry, Row]]] = field(default_factory=lambda: defaultdict(list))
    counts: Counter[Table] = field(default_factory=Counter)
    """The number of the last row of each table. Numbers go on from here, so a table may begin above 1."""

    def add(self, model: type[Base], entry: Entry, **row: Any) -> int:
        """Add a row. Return its number within the table, from 1."""
        sql_table = table(model)
        self.by_table[sql_table].append((entry, row))
        number = self.counts[sql_table] = self.counts[sql_table] + 1
        return number

    def next_number(self, model: type[Base]) -> int:
        """Return the number that the next row of the table will have."""
        return self.counts[table(model)] + 1

    def in_order(self) -> Iterator[tuple[Table, list[tuple[Entry, Row]]]]:
        """Return the tables with their rows, each table after those that its foreign keys refer to."""
        return ((sql_table, self.by_table[sql_table]) for sql_table in Base.metadata.sorted_tables if sql_table in self.by_table)


def build_rows(seed: Seed, catalogue: Catalogue) -> Rows:
    """Build every row of a seed whose references have been checked."""
    record_ids = {id_: number for number, id_ in enumerate(sorted(seed.records, key=lambda id_: id_.split(":")), 1)}
    builder = RowBuilder(seed, catalogue, record_ids.__getitem__)
    builder.add_declarations()
    builder.add_sources()
    for resource in catalogue.tables:
        for entry, fact in seed.tables[resource.name]:
            builder.add_fact(resource, entry, dict(fact))
    for id_ in record_ids:
        builder.add_record(seed.records[id_])
    for id_ in record_ids:
        builder.add_links(seed.records[id_])
    return builder.rows


class RowBuilder:
    """Adds rows to `rows`, which the caller may replace between calls. Sources come first, then facts, records and links.

    `record_id` returns the number of the record of a public id such as `mission:isaf`.
    """

    def __init__(self, seed: Seed, catalogue: Catalogue, record_id: Callable[[str], int]) -> None:
        self.seed, self.catalogue, self.record_id, self.rows = seed, catalogue, record_id, Rows()
        self.source_ids: dict[str, int] = {}
        self.passage_ids: dict[tuple[str, str], int] = {}
        self.publishers = {source.slug: source.publisher or source.slug for _, source in seed.sources}
        """By source. A source without a publisher counts as one of its own in verification."""

    def add_declarations(self) -> None:
        """Add the kinds and predicates."""
        for kind, resource in self.catalogue.kinds.items():
            self.rows.add(Kind, BUILT_IN, name=kind, path=resource.name)
        for (kind, name, object_kind), relation in self.catalogue.relations.items():
            key = {"subject_kind": kind, "name": name, "object_kind": object_kind}
            self.rows.add(Predicate, BUILT_IN, **key, inverse=relation.inverse, meaning=relation.meaning)

    def add_sources(self) -> None:
        """Add the seed's sources, with their sections and passages."""
        for entry, source in sorted(self.seed.sources, key=lambda pair: pair[1].slug):
            row = source.model_dump() | _date_columns("published", source.published) | {"sort_name": plain(source.name)}
            source_id = self.source_ids[source.slug] = self.rows.add(Source, entry, id=len(self.source_ids) + 1, **row)
            self._add_passages(source.slug, source_id, self._add_sections(source.slug, source_id))

    def _add_sections(self, source: str, source_id: int) -> dict[str, int]:
        """Add the sections of a source. Return their ids by slug."""
        ids = {}
        for position, (entry, section) in enumerate(self.seed.sections.get(source, []), 1):
            id_ = self.rows.next_number(Section)
            row = {"id": id_, "source_id": source_id, "position": position}
            ids[section.slug] = self.rows.add(Section, entry, **row, **section.model_dump())
        return ids

    def _add_passages(self, source: str, source_id: int, section_ids: dict[str, int]) -> None:
        for entry, passage in self.seed.passages.get(source, []):
            section, _, numbers = passage.locator.partition(":")
            paragraph, _, sentence = numbers.partition(".")
            place = {"section_id": section_ids[section], "paragraph": int(paragraph), "sentence": int(sentence)}
            id_ = len(self.passage_ids) + 1
            self.rows.add(Passage, entry, id=id_, source_id=source_id, **place, **passage.model_dump())
            self.passage_ids[source, passage.locator] = id_

    def add_fact(self, resource: Resource, entry: Entry, values: Row) -> None:
        """Add a row of a plain table.

        Add the slugs of the records that it names, the key that is made of its values, and what its names sort by.
        """
        row = _single_columns(resource, values)
        row |= {name: slugify(values[name]) for name, field_ in resource.fields.items() if field_.record}
        key_parts = {name: field_.made_of for name, field_ in resource.fields.items() if field_.made_of}
        keys = {name: slugify("-".join(str(row[part]) for part in parts)) for name, parts in key_parts.items()}
        sort_columns = {name: field_.sort for name, field_ in resource.fields.items() if not isinstance(field_.sort, bool)}
        sort_values = {column.key: plain(values[name]) for name, column in sort_columns.items()}
        self.rows.add(resource.model, entry, **row | keys | sort_values)

    def add_record(self, record: RecordInput) -> None:
        """Add a record with everything that belongs to it except its links."""
        id_, resource, entry = self.record_id(record.id), record.resource, record.entry
        self.rows.add(
            Record,
            entry,
            id=id_,
            kind=resource.kind,
            slug=record.slug,
            name=record.name,
            sort_name=plain(record.name),
            summary=record.values.get("summary"),
            verification=verification_of([cite for cite in record.cites if cite.about is None], self.publishers),
        )
        self.rows.add(resource.model, entry, id=id_, **_single_columns(resource, record.values))
        self._add_list_values(record, id_)
        self._add_included_rows(record, id_)
        for position, (slug, alias) in enumerate(_alias_slugs(record), 1):
            self.rows.add(Alias, entry, record_id=id_, kind=resource.kind, slug=slug, name=alias, position=position)
        for name, verification in field_verification(record.cites, self.publishers).items():
            self.rows.add(FieldStatus, entry, record_id=id_, field=name, verification=verification)
        self._add_citations(record.cites, record_id=id_, link_id=None)

    def _add_list_values(self, record: RecordInput, id_: int) -> None:
        for name, model, column in _list_columns(record.resource):
            parent = _parent_column(record.resource, model)
            for position, value in enumerate(record.values.get(name) or [], 1):
                self.rows.add(model, record.entry, **{parent: id_, "position": position, column: value})

    def _add_included_rows(self, record: RecordInput, id_: int) -> None:
        for name, include in record.resource.include.items():
            if include.table is not None:
                parent = _parent_column(record.resource, include.table)
                for position, included in enumerate(record.values.get(name) or [], 1):
                    values = {key: value for key, value in dict(included).items() if key != "cites"}
                    self.rows.add(include.table, record.entry, **{parent: id_, "position": position}, **values)

    def add_links(self, record: RecordInput) -> None:
        """Add the links that have the record as their subject."""
        subject = {"subject_id": self.record_id(record.id), "subject_kind": record.resource.kind}
        for link in sorted(record.links, key=lambda link: (link.predicate, self.record_id(link.target))):
            object_ = {"object_id": self.record_id(link.target), "object_kind": link.target.partition(":")[0]}
            link_id = self.rows.next_number(Link)
            self.rows.add(
                Link,
                link.entry,
                id=link_id,
                **subject,
                **object_,
                predicate=link.predicate,
                verification=verification_of(link.cites, self.publishers),
                note=link.note,
            )
            self._add_citations(link.cites, record_id=None, link_id=link_id)

    def _add_citations(self, cites: list[CitationInput], **owner: int | None) -> None:
        """Add the citations of a record or link, whichever of `record_id` and `link_id` is not None."""
        for cite in cites:
            citation = cite.citation
            self.rows.add(
                Citation,
                cite.entry,
                id=self.rows.next_number(Citation),
                **owner,
                source_id=self.source_ids[cite.source],
                locator=citation.locator,
                passage_id=self.passage_ids[cite.source, citation.passage] if citation.passage else None,
                stance=citation.stance,
                about=cite.about,
                note=citation.note,
            )


def _single_columns(resource: Resource, values: dict[str, Any]) -> Row:
    """Return the columns of a resource's own table."""
    row: Row = {}
    for name, is_date in _single_fields(resource):
        row |= _date_columns(name, values.get(name)) if is_date else {name: values.get(name)}
    return row


@cache
def _single_fields(resource: Resource) -> list[tuple[str, bool]]:
    """Return the fields of one value, each with True if it is a date of reduced precision."""
    names = [name for name in resource.seeded if not (resource.is_record and name in RECORD_FIELDS)]
    fields = {name: resource.fields[name] for name in names}
    return [(name, field_.precision is not None) for name, field_ in fields.items() if field_.of is None]


def _date_columns(name: str, text: str | None) -> Row:
    first_day, precision = partial_date.parse(text) if text else (None, None)
    return {name: first_day, f"{name}_precision": precision}


@cache
def _list_columns(resource: Resource) -> list[tuple[str, type[Base], str]]:
    """Return the fields of many values: name, table, and the column that a value is written to."""
    fields = []
    for name in resource.seeded:
        field_ = resource.fields[name]
        column = resource.stored(field_)
        if field_.of is not None and column is not None and name not in RECORD_FIELDS:
            fields.append((name, field_.of, column.name))
    return fields


@cache
def _parent_column(resource: Resource, model: type[Base]) -> str:
    """Return the column of a table that refers to the table of the resource."""
    parent = table(resource.model)
    return next(column.name for column in table(model).c if any(key.column.table is parent for key in column.foreign_keys))


def _alias_slugs(record: RecordInput) -> list[tuple[str, str | None]]:
    """Return the slugs that redirect to a record, each with the alias that it is made from, None for a former slug."""
    aliases: dict[str, str | None] = {slugify(alias): alias for alias in record.aliases}
    return [*aliases.items(), *((slug, None) for slug in record.former_slugs if slug not in aliases)]
