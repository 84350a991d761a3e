"""Child rows, links and citations that `include` embeds in items, in a number of statements that is fixed for any page size."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from app.database import CompiledStatement, Snapshot, in_list
from app.model.resource import Include, Resource
from app.query.graph.links_and_citations import citations_of, links_of
from app.query.lists.rows import Item, rows_of


async def include(snapshot: Snapshot, resource: Resource, items: dict[Any, Item], names: Sequence[str]) -> None:
    """Add what `names` lists to each item, in the order of the schema. `items` are by id."""
    ids = list(items)
    rows = {name: await _rows_of(snapshot, include, ids) for name, include in resource.include.items() if name in names}
    links = await links_of(snapshot, ids) if "links" in names else {}
    cites = await citations_of(snapshot, ids) if "citations" in names or _cited(resource, rows) else {}
    for id_, item in items.items():
        for name, by_parent in rows.items():
            item[name] = by_parent.get(id_, [])
            if "citations" in resource.include[name].schema.model_fields:
                for row in item[name]:
                    row["citations"] = [cite for cite in cites[id_] if cite["about"] == f"{name}.{row['position']}"]
        if "links" in names:
            item["links"] = links[id_]
        if "citations" in names:
            item["citations"] = cites[id_]


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
