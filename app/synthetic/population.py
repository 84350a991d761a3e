"""Invented records: how many there are of each kind, what they are called and say, and what ties them.

Which kinds, fields and links there can be follows from the declarations; knows none by name, and no database.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy.sql.elements import ColumnElement

from app.loader.parse import LinkInput, RecordInput
from app.loader.rows import BUILT_IN, Row
from app.loader.schema import LinkSeed
from app.model.catalogue import Catalogue
from app.model.resource import Relation, Resource
from app.synthetic.chance import Chance
from app.synthetic.citing import of_link, of_part, of_record
from app.synthetic.invent import Pools, lists, own_values, parts
from app.synthetic.vocabulary import acronym, sentence, title

FEWEST_OF_A_KIND = 2
FACTS = 240
"""Rows of a plain table."""
DIGITS = 7
PORTION = 1_000
MOST_LINKS = 7
MOST_TOLD = 4
STRIDE = 7_919
"""Prime, so that the popular ones are spread over the records of a kind."""


@dataclass(frozen=True)
class Portion:
    """Records of one kind, from one number within it to another."""

    kind: str
    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1


class Population:
    """So many records of a catalogue, the same whenever the seed is. Ids ascend with (kind, slug)."""

    def __init__(self, catalogue: Catalogue, records: int, seed: int) -> None:
        self.catalogue, self.seed = catalogue, seed
        self.sizes = sizes(catalogue, records)
        tables = [resource for resource in catalogue.tables if not _names_records(resource)]
        self.facts = {resource: list(self._facts(resource)) for resource in tables}
        self._before = {kind: sum(self.sizes[other] for other in self.sizes if other < kind) for kind in self.sizes}
        self._pools = _pools(self.facts)

    @property
    def size(self) -> int:
        """How many records there are."""
        return sum(self.sizes.values())

    def number_of(self, id_: str) -> int:
        """The number of the record of an id."""
        return self._before[id_.partition(":")[0]] + int(id_[-DIGITS:])

    def number_of_first(self, portion: Portion) -> int:
        """The number of the first record of a portion."""
        return self._before[portion.kind] + portion.first

    def portions(self) -> Iterator[Portion]:
        """All records in the order of their numbers, some at a time."""
        for kind, size in self.sizes.items():
            for first in range(1, size + 1, PORTION):
                yield Portion(kind, first, min(first + PORTION - 1, size))

    def records(self, portion: Portion) -> Iterator[RecordInput]:
        """Records without their links."""
        resource, chance = self.catalogue.kinds[portion.kind], Chance(self.seed, "records", portion.kind, portion.first)
        fields = [name for name in resource.seeded if name != "slug"]
        for number in range(portion.first, portion.last + 1):
            yield self._record(resource, chance, number, fields)

    def links(self, portion: Portion) -> Iterator[RecordInput]:
        """The same records with nothing but their links."""
        resource, chance = self.catalogue.kinds[portion.kind], Chance(self.seed, "links", portion.kind, portion.first)
        for number in range(portion.first, portion.last + 1):
            links = self._links(resource, chance, number)
            yield RecordInput(resource=resource, entry=BUILT_IN, slug=_slug(portion.kind, number), name="", links=links)

    def told(self, portion: Portion) -> Iterator[tuple[Resource, Row]]:
        """The rows of plain tables that name these records; each key once."""
        for resource in filter(_names_records, self.catalogue.tables):
            naming = [name for name, field in resource.fields.items() if field.record == portion.kind]
            key = next(field.made_of for field in resource.fields.values() if field.made_of)
            chance = Chance(self.seed, "told", resource.name, portion.first)
            for number in range(portion.first, portion.last + 1) if naming else ():
                slugs = dict.fromkeys(naming, _slug(portion.kind, number))
                made = [own_values(resource, chance, number, "") | slugs for _ in range(chance.below(MOST_TOLD))]
                yield from ((resource, row) for row in {tuple(row[name] for name in key): row for row in made}.values())

    def _record(self, resource: Resource, chance: Chance, number: int, fields: list[str]) -> RecordInput:
        name = title(chance)
        short = acronym(name, number)
        values: dict[str, Any] = {"summary": sentence(chance)} | own_values(resource, chance, number, short)
        rows = parts(resource, chance)
        spoken_of = [f"{part}.{position}" for part, made in rows.items() for position in range(1, len(made) + 1)]
        return RecordInput(
            resource=resource,
            entry=BUILT_IN,
            slug=_slug(resource.kind, number),
            name=name,
            aliases=[short] if chance.in_100(50) else [],
            values=values | lists(resource, chance, self._pools) | rows,
            cites=[*of_record(chance, fields), *(of_part(chance, about) for about in spoken_of)],
        )

    def _links(self, resource: Resource, chance: Chance, number: int) -> list[LinkInput]:
        """The links that it must have, and one to seven by chance, each to a popular record more often than to another."""
        if not resource.relations:
            return []
        wanted = [relation for relation in resource.relations if relation.required]
        wanted += [chance.one_of(resource.relations) for _ in range(1 + chance.below(MOST_LINKS))]
        made: dict[tuple[str, str], LinkInput] = {}
        for relation in wanted:
            to = self._popular(relation, chance)
            key = relation.name, "" if relation.single else to
            if key not in made and to != f"{resource.kind}:{_slug(resource.kind, number)}":
                made[key] = LinkInput(BUILT_IN, relation.name, _link(to), of_link(chance))
        return list(made.values())

    def _popular(self, relation: Relation, chance: Chance) -> str:
        kind = relation.object_kind
        size = self.sizes[kind]
        return f"{kind}:{_slug(kind, chance.rank(size) * STRIDE % size + 1)}"

    def _facts(self, resource: Resource) -> Iterator[Row]:
        chance = Chance(self.seed, "facts", resource.name)
        return (own_values(resource, chance, number, f"fact-{number}") for number in range(FACTS))


def _names_records(resource: Resource) -> bool:
    return any(field.record for field in resource.fields.values())


def sizes(catalogue: Catalogue, records: int) -> dict[str, int]:
    """How many records there are of each kind: the more a kind says and ties, the more of it, by the square."""
    weights = {
        kind: (len(resource.seeded) + len(resource.include) + len(resource.relations)) ** 2
        for kind, resource in sorted(catalogue.kinds.items())
    }
    made = {kind: max(FEWEST_OF_A_KIND, records * weight // sum(weights.values())) for kind, weight in weights.items()}
    most = max(weights, key=lambda kind: weights[kind])
    made[most] += records - sum(made.values())
    return made


def _pools(facts: dict[Resource, list[Row]]) -> Pools:
    """What there is of each column that fields of many values refer to."""
    made: dict[ColumnElement[Any], list[Any]] = {}
    for resource, rows in facts.items():
        if resource.key.key in resource.seeded:
            made[resource.fields[resource.key.key].expression] = [row[resource.key.key] for row in rows]
    return made


@lru_cache(maxsize=50_000)
def _link(to: str) -> LinkSeed:
    return LinkSeed.model_construct(to=to, cites=[], note=None)


def _slug(kind: str, number: int) -> str:
    return f"{kind.replace('_', '-')}-{number:0{DIGITS}}"
