"""Records of one kind side by side: their fields, and the records that all, some or one of them are linked to.

It applies to every kind and judges nothing except whether values and links are the same.
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

IDENTITY_FIELDS = ("id", "kind", "slug")
LINK_FIELDS = ("verification", "note", "citations")
GROUPS = ("shared_by_all", "shared_by_some", "only_one")
STATUSES = ("single_source", "corroborated", "disputed")
"""From the weakest to the strongest: of two links that are joined, the stronger status remains."""

Item = dict[str, Any]


async def compare(snapshot: Snapshot, catalogue: Catalogue, ids: Sequence[str]) -> Item:
    """Return the comparison of records by their public ids. Four statements.

    Raise NotFound for an unknown id, InvalidQuery if the records are not of one kind or one is given twice.
    """
    identified = await identify(snapshot, catalogue, ids)
    _check(ids, identified)
    resource, row_ids = catalogue.kinds[identified[0][0]], [row_id for _, row_id in identified]
    shape, statement = _all_fields(resource)
    items = {row[-1]: shape.item(row) for row in await snapshot.fetch(statement, ids=row_ids)}
    records = [items[row_id] for row_id in row_ids]
    links = await links_of(snapshot, row_ids)
    return {
        "kind": resource.kind,
        "records": [{name: record[name] for name in ("id", "name")} for record in records],
        "fields": _compare_fields(resource, records),
        "links": _compare_links({items[row_id]["id"]: links[row_id] for row_id in row_ids}),
    }


@cache
def _all_fields(resource: Resource) -> tuple[Shape, CompiledStatement]:
    """Return the shape of all fields of a kind, and the statement that reads them for some row ids."""
    shape = Shape(resource, resource.fields)
    return shape, CompiledStatement(
        select(*shape.columns, resource.id).select_from(resource.rows).where(in_list(resource.id, "ids"))
    )


def _check(ids: Sequence[str], identified: Sequence[tuple[str, int]]) -> None:
    kinds = dict.fromkeys(kind for kind, _ in identified)
    repeated = [id_ for n, id_ in enumerate(ids) if identified[n] in identified[:n]]
    problems = []
    if len(kinds) > 1:
        problems.append(f"must name records of one kind; these are of the kinds {' and '.join(kinds)}")
    if repeated:
        problems.append(f"must name each record once, but {', '.join(repeated)} is given again")
    if problems:
        raise InvalidQuery(*(Problem(loc=("query", "id"), msg=msg) for msg in problems))


def _compare_fields(resource: Resource, records: Sequence[Item]) -> dict[str, Item]:
    """Return the value of each field in each record, and whether the values are equal."""
    return {
        name: {
            "equal": _equal([record[name] for record in records], field),
            "values": {record["id"]: record[name] for record in records},
        }
        for name, field in resource.fields.items()
        if name not in IDENTITY_FIELDS
    }


def _equal(values: Sequence[Any], field: Field) -> bool | None:
    """Return False if two known values differ, True if all are known and equal, else None.

    Lists are equal in any order. Dates of different precision, such as 1993 and 1993-10, may or may not be the same: None.
    """
    known: list[Any] = [sorted(value) if isinstance(value, list) else value for value in values if value not in (None, [])]
    differing = [(one, other) for one, other in combinations(known, 2) if one != other]
    if field.precision is None:
        certainly_differ = bool(differing)
    else:
        certainly_differ = any(not one.startswith(other) and not other.startswith(one) for one, other in differing)
    if certainly_differ:
        return False
    return None if differing or len(known) < len(values) else True


def _compare_links(links: Mapping[str, Mapping[str, Sequence[Item]]]) -> dict[str, dict[str, list[Item]]]:
    """Return the linked records by predicate and group, from the links of each compared record by predicate."""
    by_predicate: dict[str, dict[str, Item]] = {}
    for record_id, links_by_predicate in links.items():
        for predicate, linked in links_by_predicate.items():
            entries = by_predicate.setdefault(predicate, {})
            for item in linked:
                entry = entries.setdefault(item["id"], {name: item[name] for name in ("id", "kind", "name")} | {"of": {}})
                link = {name: item[name] for name in LINK_FIELDS}
                entry["of"][record_id] = _join(entry["of"][record_id], link) if record_id in entry["of"] else link
    return {predicate: _group(by_predicate[predicate], len(links)) for predicate in sorted(by_predicate)}


def _group(entries: Mapping[str, Item], record_count: int) -> dict[str, list[Item]]:
    """Group entries by the number of compared records that are linked to them. With one record, it counts as all."""
    grouped: dict[str, list[Item]] = {group: [] for group in GROUPS}
    for id_ in sorted(entries):
        linked_count = len(entries[id_]["of"])
        group = "shared_by_all" if linked_count == record_count else "only_one" if linked_count == 1 else "shared_by_some"
        grouped[group].append(entries[id_])
    return grouped


def _join(one: Item, other: Item) -> Item:
    """Join two links that have the same predicate and record at the other end.

    This happens with symmetric predicates, such as two concepts that each `relates_to` the other.
    """
    return {
        "verification": max(one["verification"], other["verification"], key=STATUSES.index),
        "note": "; ".join(link["note"] for link in (one, other) if link["note"]) or None,
        "citations": [*one["citations"], *other["citations"]],
    }
