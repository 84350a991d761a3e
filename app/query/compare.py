"""Records of one kind side by side: their fields, and what all, some or one of them are tied to.

Knows no kind, and judges nothing but whether values and ties are the same.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import combinations
from typing import Any

from sqlalchemy import select

from app.database import CompiledStatement, Snapshot, in_list
from app.model.catalogue import Catalogue
from app.model.error import InvalidQuery, Problem
from app.model.resource import Field, Resource
from app.query.graph.links_and_citations import links_of
from app.query.identify import identify
from app.query.lists.rows import Shape

IDENTITY = ("id", "kind", "slug")
GROUPS = ("shared_by_all", "shared_by_some", "only_one")
WEIGHTS = ("single_source", "corroborated", "disputed")

Item = dict[str, Any]


async def compare(snapshot: Snapshot, catalogue: Catalogue, ids: Sequence[str]) -> Item:
    """The records that the ids name, compared. Four statements; NotFound, or InvalidQuery where they do not compare."""
    found = await identify(snapshot, catalogue, ids)
    _check(ids, found)
    resource, numbers = catalogue.kinds[found[0][0]], [number for _, number in found]
    shape, statement = _shown(resource)
    items = {row[-1]: shape.item(row) for row in await snapshot.fetch(statement, ids=numbers)}
    records = [items[number] for number in numbers]
    links = await links_of(snapshot, numbers)
    return {
        "kind": resource.kind,
        "records": [{name: record[name] for name in ("id", "name")} for record in records],
        "fields": _fields(resource, records),
        "links": _links({items[number]["id"]: links[number] for number in numbers}),
    }


@cache
def _shown(resource: Resource) -> tuple[Shape, CompiledStatement]:
    """All fields of some records of a kind, and the statement that reads them."""
    shape = Shape(resource, resource.fields)
    return shape, CompiledStatement(
        select(*shape.columns, resource.id).select_from(resource.rows).where(in_list(resource.id, "ids"))
    )


def _check(ids: Sequence[str], found: Sequence[tuple[str, int]]) -> None:
    kinds = dict.fromkeys(kind for kind, _ in found)
    again = [id_ for n, id_ in enumerate(ids) if found[n] in found[:n]]
    problems = []
    if len(kinds) > 1:
        problems.append(f"takes records of one kind and was given {' and '.join(kinds)}")
    if again:
        problems.append(f"takes each record once: {', '.join(again)} names one that is given before")
    if problems:
        raise InvalidQuery(*(Problem(loc=("query", "id"), msg=msg) for msg in problems))


def _fields(resource: Resource, records: Sequence[Item]) -> dict[str, Item]:
    """Each field's value in each record, and whether it is the same."""
    return {
        name: {
            "equal": _equal([record[name] for record in records], field),
            "values": {record["id"]: record[name] for record in records},
        }
        for name, field in resource.fields.items()
        if name not in IDENTITY
    }


def _equal(values: Sequence[Any], field: Field) -> bool | None:
    """False where two known values differ, true where all are known and the same, else None.

    Lists are the same in any order. A date leaves open whether it is the same as one that is less precise.
    """
    known: list[Any] = [sorted(value) if isinstance(value, list) else value for value in values if value not in (None, [])]
    differing = [(one, other) for one, other in combinations(known, 2) if one != other]
    if field.precision is not None:
        certain = any(not one.startswith(other) and not other.startswith(one) for one, other in differing)
    else:
        certain = bool(differing)
    return False if certain else None if differing or len(known) < len(values) else True


def _links(links: Mapping[str, Mapping[str, Sequence[Item]]]) -> dict[str, dict[str, list[Item]]]:
    """What the records are tied to, by predicate and by how many of them are."""
    tied: dict[str, dict[str, Item]] = {}
    for record, by_predicate in links.items():
        for predicate, ends in by_predicate.items():
            for end in ends:
                same = {name: end[name] for name in ("id", "kind", "name")}
                of = tied.setdefault(predicate, {}).setdefault(end["id"], same | {"of": {}})["of"]
                said = {name: end[name] for name in ("verification", "note", "citations")}
                of[record] = _joined(of[record], said) if record in of else said
    return {predicate: _grouped(tied[predicate], len(links)) for predicate in sorted(tied)}


def _grouped(entries: Mapping[str, Item], count: int) -> dict[str, list[Item]]:
    grouped: dict[str, list[Item]] = {group: [] for group in GROUPS}
    for id_ in sorted(entries):
        of = len(entries[id_]["of"])
        grouped[GROUPS[0 if of == count else 2 if of == 1 else 1]].append(entries[id_])
    return grouped


def _joined(one: Item, other: Item) -> Item:
    """Two links that read alike from this end, as where each of two concepts `relates_to` the other: the weightier status."""
    return {
        "verification": max(one["verification"], other["verification"], key=WEIGHTS.index),
        "note": "; ".join(said["note"] for said in (one, other) if said["note"]) or None,
        "citations": [*one["citations"], *other["citations"]],
    }
