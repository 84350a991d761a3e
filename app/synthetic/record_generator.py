"""Generated records: how many there are of each kind, their names and values, and the links between them.

The declarations determine which kinds, fields and links are possible. Knows no kind by name, and no database.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy.sql.elements import ColumnElement

from app.loader.parse import LinkInput, RecordInput
from app.loader.rows import BUILT_IN, Row
from app.model.catalogue import Catalogue
from app.model.resource import Relation, Resource
from app.synthetic.citations import cite_included_row, cite_link, cite_record
from app.synthetic.seeded_random import SeededRandom
from app.synthetic.texts import make_acronym, random_sentence, random_title
from app.synthetic.values import Vocabularies, included_rows, list_values, single_values

MIN_OF_A_KIND = 2
ROWS_OF_A_TABLE = 240
"""Rows of a plain table that names no records."""
MAX_FACTS = 4
"""A record is named by fewer rows than this of each plain table that names records of its kind."""
MAX_LINKS = 7
"""Optional links of a record."""
RANGE_SIZE = 1_000
SLUG_DIGITS = 7
STRIDE = 7_919
"""A prime, so that the most linked records are spread over all numbers of a kind."""


@dataclass(frozen=True)
class RecordRange:
    """The records of one kind from number `first` to number `last` of that kind, counted from 1."""

    kind: str
    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1


class RecordGenerator:
    """Generates a number of records for a catalogue, equal for an equal seed. Ids ascend with (kind, slug).

    Every range has random sequences of its own, so ranges can be generated in any order and by any process.
    """

    def __init__(self, catalogue: Catalogue, records: int, seed: int) -> None:
        self.catalogue, self.seed = catalogue, seed
        self.sizes = kind_sizes(catalogue, records)
        tables = [resource for resource in catalogue.tables if not _names_records(resource)]
        self.tables = {resource: list(self._table_rows(resource)) for resource in tables}
        """The rows of the plain tables that name no records."""
        self._id_offsets = {kind: sum(self.sizes[other] for other in self.sizes if other < kind) for kind in self.sizes}
        self._vocabularies = _vocabularies(self.tables)

    @property
    def total(self) -> int:
        """The number of records of all kinds."""
        return sum(self.sizes.values())

    def record_id(self, public_id: str) -> int:
        """Return the number of the record of a public id."""
        return self._id_offsets[public_id.partition(":")[0]] + int(public_id[-SLUG_DIGITS:])

    def first_record_id(self, record_range: RecordRange) -> int:
        """Return the number of the first record of a range."""
        return self._id_offsets[record_range.kind] + record_range.first

    def ranges(self) -> Iterator[RecordRange]:
        """Yield ranges that make up all records, in the order of their numbers."""
        for kind, size in self.sizes.items():
            for first in range(1, size + 1, RANGE_SIZE):
                yield RecordRange(kind, first, min(first + RANGE_SIZE - 1, size))

    def generate_records(self, record_range: RecordRange) -> Iterator[RecordInput]:
        """Yield the records of a range, without their links."""
        resource = self.catalogue.kinds[record_range.kind]
        random = SeededRandom(self.seed, "records", record_range.kind, record_range.first)
        citable_fields = [name for name in resource.seeded if name != "slug"]
        for number in range(record_range.first, record_range.last + 1):
            yield self._generate_record(resource, random, number, citable_fields)

    def generate_links(self, record_range: RecordRange) -> Iterator[RecordInput]:
        """Yield the same records with nothing but their links."""
        resource = self.catalogue.kinds[record_range.kind]
        random = SeededRandom(self.seed, "links", record_range.kind, record_range.first)
        for number in range(record_range.first, record_range.last + 1):
            links = self._generate_links(resource, random, number)
            yield RecordInput(resource=resource, entry=BUILT_IN, slug=_slug(record_range.kind, number), name="", links=links)

    def generate_facts(self, record_range: RecordRange) -> Iterator[tuple[Resource, Row]]:
        """Yield the rows of plain tables that name records of a range, each key once."""
        for resource in filter(_names_records, self.catalogue.tables):
            naming_fields = [name for name, field in resource.fields.items() if field.record == record_range.kind]
            key = next(field.made_of for field in resource.fields.values() if field.made_of)
            # "told" is part of the random seed: any other word would make other rows.
            random = SeededRandom(self.seed, "told", resource.name, record_range.first)
            for number in range(record_range.first, record_range.last + 1) if naming_fields else ():
                slugs = dict.fromkeys(naming_fields, _slug(record_range.kind, number))
                rows = [single_values(resource, random, number, "") | slugs for _ in range(random.below(MAX_FACTS))]
                by_labels = {tuple(row[name] for name in key): row for row in rows}
                yield from ((resource, row) for row in by_labels.values())

    def _generate_record(self, resource: Resource, random: SeededRandom, number: int, citable_fields: list[str]) -> RecordInput:
        # All of these draw from one sequence: in another order they would make other records of an equal seed.
        name = random_title(random)
        acronym = make_acronym(name, number)
        values: dict[str, Any] = {"summary": random_sentence(random)} | single_values(resource, random, number, acronym)
        included = included_rows(resource, random)
        abouts = [f"{field}.{position}" for field, rows in included.items() for position in range(1, len(rows) + 1)]
        return RecordInput(
            resource=resource,
            entry=BUILT_IN,
            slug=_slug(resource.kind, number),
            name=name,
            aliases=[acronym] if random.is_within(50) else [],
            values=values | list_values(resource, random, self._vocabularies) | included,
            cites=[*cite_record(random, citable_fields), *(cite_included_row(random, about) for about in abouts)],
        )

    def _generate_links(self, resource: Resource, random: SeededRandom, number: int) -> list[LinkInput]:
        """Return the required links of a record and up to `MAX_LINKS` others, each key once and none to the record itself."""
        if not resource.relations:
            return []
        relations = [relation for relation in resource.relations if relation.required]
        relations += [random.choice(resource.relations) for _ in range(1 + random.below(MAX_LINKS))]
        links: dict[tuple[str, str], LinkInput] = {}
        for relation in relations:
            target = self._random_target(relation, random)
            key = relation.name, "" if relation.single else target
            if key not in links and target != f"{resource.kind}:{_slug(resource.kind, number)}":
                links[key] = LinkInput(BUILT_IN, relation.name, target, None, cite_link(random))
        return list(links.values())

    def _random_target(self, relation: Relation, random: SeededRandom) -> str:
        """Draw the id of a record by Zipf's law: a few records have many links."""
        kind = relation.object_kind
        size = self.sizes[kind]
        return f"{kind}:{_slug(kind, random.zipf_index(size) * STRIDE % size + 1)}"

    def _table_rows(self, resource: Resource) -> Iterator[Row]:
        random = SeededRandom(self.seed, "facts", resource.name)
        return (single_values(resource, random, number, f"fact-{number}") for number in range(ROWS_OF_A_TABLE))


def kind_sizes(catalogue: Catalogue, records: int) -> dict[str, int]:
    """Return the number of records of each kind: in proportion to the square of its fields, included rows and relations."""
    weights = {
        kind: (len(resource.seeded) + len(resource.include) + len(resource.relations)) ** 2
        for kind, resource in sorted(catalogue.kinds.items())
    }
    sizes = {kind: max(MIN_OF_A_KIND, records * weight // sum(weights.values())) for kind, weight in weights.items()}
    heaviest = max(weights, key=lambda kind: weights[kind])
    sizes[heaviest] += records - sum(sizes.values())
    return sizes


def _names_records(resource: Resource) -> bool:
    return any(field.record for field in resource.fields.values())


def _vocabularies(tables: dict[Resource, list[Row]]) -> Vocabularies:
    """Return the keys of plain tables, by column."""
    vocabularies: dict[ColumnElement[Any], list[Any]] = {}
    for resource, rows in tables.items():
        key = resource.key.key
        if key in resource.seeded:
            vocabularies[resource.fields[key].expression] = [row[key] for row in rows]
    return vocabularies


def _slug(kind: str, number: int) -> str:
    return f"{kind.replace('_', '-')}-{number:0{SLUG_DIGITS}}"
