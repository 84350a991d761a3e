"""What comes with rows where it is asked for: their parts, links and citations, in so many statements however many rows."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from app.database import CompiledStatement, Snapshot, in_list
from app.model.resource import Include, Resource
from app.query.graph.links_and_citations import citations_of, links_of
from app.query.lists.rows import Item, rows_of


async def include(snapshot: Snapshot, resource: Resource, items: dict[Any, Item], wanted: Sequence[str]) -> None:
    """Add what was asked for, in the order of the schema."""
    ids = list(items)
    rows = {name: await _rows_of(snapshot, include, ids) for name, include in resource.include.items() if name in wanted}
    links = await links_of(snapshot, ids) if "links" in wanted else {}
    cites = await citations_of(snapshot, ids) if "citations" in wanted or _cited(resource, rows) else {}
    for id_, made in items.items():
        for name, by_parent in rows.items():
            made[name] = by_parent.get(id_, [])
            if "citations" in resource.include[name].schema.model_fields:
                for row in made[name]:
                    row["citations"] = [cite for cite in cites[id_] if cite["about"] == f"{name}.{row['position']}"]
        if "links" in wanted:
            made["links"] = links[id_]
        if "citations" in wanted:
            made["citations"] = cites[id_]


async def _rows_of(snapshot: Snapshot, include: Include, ids: Sequence[Any]) -> dict[Any, list[Item]]:
    by_parent: dict[Any, list[Item]] = {}
    columns = include.rows.selected_columns
    for row in rows_of(columns.keys(), columns.values(), await snapshot.fetch(_including(include), ids=list(ids))):
        by_parent.setdefault(row.pop("parent"), []).append(row)
    return by_parent


@cache
def _including(include: Include) -> CompiledStatement:
    return CompiledStatement(include.rows.where(in_list(include.rows.selected_columns["parent"], "ids")))


def _cited(resource: Resource, names: Iterable[str]) -> bool:
    return any("citations" in resource.include[name].schema.model_fields for name in names)
