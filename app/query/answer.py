"""Answers: a page of a list, the whole of it, and the detail of one row.

A page is a fixed number of statements, whatever its size: rows, count, one for each include and facet, two for links.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.sql.elements import ColumnElement

from app.catalog.record import Record
from app.catalog.resource import Include, Resource, core, table
from app.database import Snapshot
from app.query.evidence import citations_of, links_of
from app.query.grouping import Counts, count
from app.query.keyset import Order, decode, encode, fingerprint, order
from app.query.lookup import missing
from app.query.narrowing import WHOLE, Scope, narrow
from app.query.parameters import ExportParameters, ListParameters, Parameters, includes
from app.query.shape import columns, item

CHUNK = 500
Item = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """One page of a list."""

    items: list[Item]
    total: int
    next_cursor: str | None
    missing: list[str] | None
    """The ids asked for that there are not; None where the query names none."""
    facets: dict[str, Counts] | None = None
    """The counts that the query asks for; None for what is not counted."""


async def page(
    snapshot: Snapshot, resource: Resource, parameters: Parameters, asked: ListParameters, scope: Scope = WHOLE
) -> Page:
    """The page that the parameters ask for, within `scope`. InvalidQuery where they cannot be answered."""
    narrowed = await narrow(snapshot, parameters, asked, scope)
    listing = Listing(resource, chosen_fields(resource, asked.fields), order(resource, asked.sort), narrowed.where)
    query = fingerprint(resource.name, narrowed.asked, asked.sort)
    after = decode(asked.cursor, query, listing.order) if asked.cursor else None
    rows = await listing.rows(snapshot, after, asked.limit + 1)
    number_of_rows = await total(snapshot, resource, narrowed.where)
    items = await listing.items(snapshot, rows[: asked.limit], getattr(asked, "include", ()))
    last = rows[asked.limit - 1] if len(rows) > asked.limit else None
    cursor = encode(query, listing.sort_values(last), last.public_key) if last else None
    by = {name: [parameters.groupings[name]] for name in getattr(asked, "facet", ())}
    facets = {name: await count(snapshot, resource, grouping, narrowed.where) for name, grouping in by.items()}
    return Page(items, number_of_rows, cursor, narrowed.missing, facets)


async def total(snapshot: Snapshot, resource: Resource, where: Sequence[ColumnElement[bool]]) -> int:
    """How many rows there are under the conditions. One statement."""
    rows = await snapshot.rows(select(func.count()).select_from(resource.rows).where(*where))
    return int(rows[0][0])


async def everything(
    snapshot: Snapshot, resource: Resource, parameters: Parameters, asked: ExportParameters
) -> AsyncIterator[list[Item]]:
    """The whole list, some rows at a time, in constant memory. InvalidQuery, before the first of them."""
    narrowed = await narrow(snapshot, parameters, asked)
    listing = Listing(resource, chosen_fields(resource, asked.fields), order(resource, asked.sort), narrowed.where)
    after: list[Any] | None = None
    while True:
        rows = await listing.rows(snapshot, after, CHUNK)
        yield await listing.items(snapshot, rows, getattr(asked, "include", ()))
        if len(rows) < CHUNK:
            return
        after = [*listing.sort_values(rows[-1]), rows[-1].row_id]


@dataclass(frozen=True)
class Listing:
    """The rows of a resource that a query asks for, in its order, with the fields that it asks for."""

    resource: Resource
    fields: Sequence[str]
    order: Order
    where: Sequence[ColumnElement[bool]]

    async def rows(self, snapshot: Snapshot, after: Sequence[Any] | None, limit: int) -> Sequence[Row[Any]]:
        """The rows that come after the one with these values of the order's keys. One statement."""
        keys = [key.column.label(f"key_{n}") for n, key in enumerate(self.order.keys[:-1])]
        selected = [*columns(self.resource, self.fields), *keys, *_identity(self.resource)]
        beyond = [self.order.after(after)] if after is not None else []
        statement = select(*selected).select_from(self.resource.rows).where(*self.where, *beyond)
        return await snapshot.rows(statement.order_by(*(key.ordering for key in self.order.keys)).limit(limit))

    async def items(self, snapshot: Snapshot, rows: Sequence[Row[Any]], included: Sequence[str]) -> list[Item]:
        """The rows as clients see them, with what is included."""
        items = {row.row_id: item(self.resource, self.fields, row) for row in rows}
        await _add(snapshot, self.resource, items, included)
        return list(items.values())

    def sort_values(self, row: Row[Any]) -> list[Any]:
        """A row's values of the order's keys, save the id."""
        return [getattr(row, f"key_{n}") for n in range(len(self.order.keys) - 1)]


def chosen_fields(resource: Resource, fields: Sequence[str]) -> list[str]:
    """The fields asked for, each once; all where none is."""
    return list(dict.fromkeys(fields)) or list(resource.fields)


async def detail(snapshot: Snapshot, resource: Resource, name: str, scope: Scope = WHOLE) -> Item:
    """One row by its name in paths, with all that details have. Moved or NotFound where there is none of that name."""
    items = await _details(snapshot, resource, _all(resource).where(*scope.conditions, *_named(resource, name)))
    if not items:
        raise await missing(snapshot, resource, name)
    return next(iter(items.values()))


async def batch(snapshot: Snapshot, resource: Resource, after: Any, size: int) -> dict[Any, Item]:
    """The first rows after that id, or after none, with all that details have: by id, in its order."""
    beyond = [] if after is None else [resource.id > after]
    return await _details(snapshot, resource, _all(resource).where(*beyond).order_by(resource.id).limit(size))


async def _details(snapshot: Snapshot, resource: Resource, statement: Select[Any]) -> dict[Any, Item]:
    items = {row.row_id: item(resource, list(resource.fields), row) for row in await snapshot.rows(statement)}
    if items:
        await _add(snapshot, resource, items, includes(resource))
    return items


def _all(resource: Resource) -> Select[Any]:
    return select(*columns(resource, resource.fields), *_identity(resource)).select_from(resource.rows)


async def _add(snapshot: Snapshot, resource: Resource, items: dict[Any, Item], wanted: Sequence[str]) -> None:
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
    for row in await snapshot.rows(include.rows.where(include.rows.selected_columns["parent"].in_(ids))):
        values = dict(row._mapping)
        by_parent.setdefault(values.pop("parent"), []).append(values)
    return by_parent


def _cited(resource: Resource, rows: dict[str, Any]) -> bool:
    return any("citations" in resource.include[name].schema.model_fields for name in rows)


def _named(resource: Resource, name: str) -> list[ColumnElement[bool]]:
    return [core(resource.key) == name, *([table(Record).c.kind == resource.kind] if resource.is_kind else [])]


def _identity(resource: Resource) -> list[ColumnElement[Any]]:
    """The number of a row, and the key by which a cursor remembers it."""
    own = table(Record)
    key = own.c.kind + ":" + own.c.slug if resource.is_record else resource.id
    return [resource.id.label("row_id"), key.label("public_key")]


async def number(snapshot: Snapshot, resource: Resource, name: str) -> Any:
    """The id of the row of that name. Moved or NotFound where there is none."""
    rows = await snapshot.rows(select(resource.id).select_from(resource.rows).where(*_named(resource, name)))
    if not rows:
        raise await missing(snapshot, resource, name)
    return rows[0][0]
