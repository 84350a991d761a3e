"""Answers: a page of a list, and the detail of one row.

A page is a fixed number of statements, whatever its size: rows, count, one for each include, two for links.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.sql.elements import ColumnElement

from app.catalog.record import Record
from app.catalog.resource import Include, Resource, core, table
from app.database import Snapshot
from app.query.evidence import citations_of, links_of
from app.query.keyset import decode, encode, fingerprint, order
from app.query.lookup import check_vocabulary, find_records, missing
from app.query.parameters import ListParameters, Parameters, includes
from app.query.shape import columns, item

Item = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """One page of a list."""

    items: list[Item]
    total: int
    next_cursor: str | None
    missing: list[str] | None
    """The ids asked for that there are not; None where the query names none."""


@dataclass(frozen=True)
class Scope:
    """What a list is confined to, beside its parameters; `label` makes its cursors its own."""

    label: str
    conditions: tuple[ColumnElement[bool], ...]


WHOLE = Scope("", ())


async def page(
    snapshot: Snapshot, resource: Resource, parameters: Parameters, asked: ListParameters, scope: Scope = WHOLE
) -> Page:
    """The page that the parameters ask for, within `scope`. InvalidQuery where they cannot be answered."""
    given = {filter_: value for name, filter_ in parameters.filters.items() if (value := getattr(asked, name)) not in (None, [])}
    found = await find_records(snapshot, {filter_: value for filter_, value in given.items() if filter_.related or filter_.ids})
    await check_vocabulary(snapshot, {filter_: value for filter_, value in given.items() if filter_.vocabulary is not None})
    where = [*scope.conditions, *(filter_.condition(found.numbers.get(filter_, value)) for filter_, value in given.items())]
    order_ = order(resource, asked.sort)
    query = fingerprint(resource.name, scope.label, sorted((filter_.name, value) for filter_, value in given.items()), asked.sort)
    after = [order_.after(decode(asked.cursor, query, order_))] if asked.cursor else []
    names = list(dict.fromkeys(asked.fields)) or list(resource.fields)
    keys = [key.column.label(f"key_{n}") for n, key in enumerate(order_.keys[:-1])]
    statement = select(*columns(resource, names), *keys, *_identity(resource)).select_from(resource.rows)
    rows = await snapshot.rows(
        statement.where(*where, *after).order_by(*(key.ordering for key in order_.keys)).limit(asked.limit + 1)
    )
    total = (await snapshot.rows(select(func.count()).select_from(resource.rows).where(*where)))[0][0]
    kept = rows[: asked.limit]
    items = {row.row_id: item(resource, names, row) for row in kept}
    await _add(snapshot, resource, items, getattr(asked, "include", ()))
    last = kept[-1] if len(rows) > asked.limit else None
    cursor = encode(query, [getattr(last, key.name) for key in keys], last.public_key) if last else None
    named = any(filter_.ids for filter_ in given)
    return Page(list(items.values()), total, cursor, found.missing if named else None)


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
