"""Answers: a page of a list, the whole of it, and the detail of one row.

A page is a fixed number of statements, whatever its size: rows, count, one for each include and facet, two for links.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.sql.elements import ColumnElement

from app.catalog.record import Record
from app.catalog.resource import Include, Resource, core, table
from app.database import Prepared, Row, Snapshot, among, bound
from app.query.evidence import citations_of, links_of
from app.query.grouping import Counts
from app.query.keyset import decode, encode, fingerprint, order, placed
from app.query.listing import Listing, identity
from app.query.lookup import missing
from app.query.narrowing import SCOPE, WHOLE, Narrowed, Scope, narrow
from app.query.parameters import ExportParameters, ListParameters, Parameters, includes
from app.query.shape import Item, Shape, rows_of

CHUNK = 50


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
    total_is_exact: bool = True


async def page(
    snapshot: Snapshot, resource: Resource, parameters: Parameters, asked: ListParameters, scope: Scope = WHOLE
) -> Page:
    """The page that the parameters ask for, within `scope`. InvalidQuery where they cannot be answered."""
    narrowed = await narrow(snapshot, parameters, asked, scope)
    listing = listing_of(resource, parameters, narrowed, asked.fields, asked.sort)
    query = fingerprint(resource.name, narrowed.asked, asked.sort)
    after = await placed(snapshot, listing.order, decode(asked.cursor, query, listing.order)) if asked.cursor else None
    rows = await listing.rows(snapshot, narrowed.values, after, asked.limit + 1)
    total, exact = await listing.total(snapshot, narrowed.values)
    items = await _items(snapshot, listing, rows[: asked.limit], getattr(asked, "include", ()))
    last = rows[asked.limit - 1] if len(rows) > asked.limit else None
    cursor = encode(query, listing.sort_values(last), last[-1]) if last else None
    facets = {
        name: await listing.counting([parameters.groupings[name]]).counts(snapshot, narrowed.values, total, is_exact=exact)
        for name in getattr(asked, "facet", ())
    }
    return Page(items, total, cursor, narrowed.missing, facets, exact)


async def everything(
    snapshot: Snapshot, resource: Resource, parameters: Parameters, asked: ExportParameters
) -> AsyncIterator[list[Item]]:
    """The whole list, some rows at a time, in constant memory. InvalidQuery, before the first of them."""
    narrowed = await narrow(snapshot, parameters, asked)
    listing = listing_of(resource, parameters, narrowed, asked.fields, asked.sort)
    after: list[Any] | None = None
    while True:
        rows = await listing.rows(snapshot, narrowed.values, after, CHUNK)
        yield await _items(snapshot, listing, rows, getattr(asked, "include", ()))
        if len(rows) < CHUNK:
            return
        after = [*listing.sort_values(rows[-1]), rows[-1][-2]]


def listing_of(
    resource: Resource, parameters: Parameters, narrowed: Narrowed, fields: Sequence[str] = (), sort: Sequence[str] = ()
) -> Listing:
    """The statements of a list of that shape, made when it is first asked for; of all its fields where none is chosen."""
    shape = (narrowed.shape, tuple(fields), tuple(sort))
    made: Listing = parameters.listings.get(
        shape, lambda: Listing(resource, chosen_fields(resource, fields), order(resource, sort), narrowed)
    )
    return made


def chosen_fields(resource: Resource, fields: Sequence[str]) -> list[str]:
    """The fields asked for, each once; all where none is."""
    return list(dict.fromkeys(fields)) or list(resource.fields)


async def detail(snapshot: Snapshot, resource: Resource, name: str, scope: Scope = WHOLE) -> Item:
    """One row by its name in paths, with all that details have. Moved or NotFound where there is none of that name."""
    own = {} if scope.condition is None else {SCOPE: scope.value}
    items = await _details(snapshot, resource, await snapshot.fetch(_by_name(resource, scope.condition), name=name, **own))
    if not items:
        raise await missing(snapshot, resource, name)
    return next(iter(items.values()))


async def batch(snapshot: Snapshot, resource: Resource, after: Any, size: int) -> dict[Any, Item]:
    """The first rows after that id, or after none, with all that details have: by id, in its order."""
    values = {} if after is None else {"after": after}
    rows = await snapshot.fetch(_in_batches(resource, after is None), limit=size, **values)
    return await _details(snapshot, resource, rows)


async def number(snapshot: Snapshot, resource: Resource, name: str) -> Any:
    """The id of the row of that name. Moved or NotFound where there is none."""
    rows = await snapshot.fetch(_number(resource), name=name)
    if not rows:
        raise await missing(snapshot, resource, name)
    return rows[0][0]


@cache
def _whole(resource: Resource) -> Shape:
    return Shape(resource, resource.fields)


@cache
def _by_name(resource: Resource, condition: ColumnElement[bool] | None) -> Prepared:
    confined = [] if condition is None else [condition]
    selected = select(*_whole(resource).columns, *identity(resource)).select_from(resource.rows)
    return Prepared(selected.where(*confined, *_named(resource)))


@cache
def _in_batches(resource: Resource, first: bool) -> Prepared:
    beyond = [] if first else [resource.id > bound("after")]
    selected = select(*_whole(resource).columns, *identity(resource)).select_from(resource.rows)
    return Prepared(selected.where(*beyond).order_by(resource.id).limit(bound("limit")))


@cache
def _number(resource: Resource) -> Prepared:
    return Prepared(select(resource.id).select_from(resource.rows).where(*_named(resource)))


def _named(resource: Resource) -> list[ColumnElement[bool]]:
    kind = [table(Record).c.kind == resource.kind] if resource.is_kind else []
    return [core(resource.key) == bound("name"), *kind]


async def _details(snapshot: Snapshot, resource: Resource, rows: Sequence[Row]) -> dict[Any, Item]:
    shape = _whole(resource)
    items = {row[-2]: shape.item(row) for row in rows}
    if items:
        await _add(snapshot, resource, items, includes(resource))
    return items


async def _items(snapshot: Snapshot, listing: Listing, rows: Sequence[Row], included: Sequence[str]) -> list[Item]:
    """The rows of a list as clients see them, with what is included."""
    if not included:
        return [listing.shape.item(row) for row in rows]
    items = {row[-2]: listing.shape.item(row) for row in rows}
    await _add(snapshot, listing.resource, items, included)
    return list(items.values())


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
    columns = include.rows.selected_columns
    for row in rows_of(columns.keys(), columns.values(), await snapshot.fetch(_including(include), ids=list(ids))):
        by_parent.setdefault(row.pop("parent"), []).append(row)
    return by_parent


@cache
def _including(include: Include) -> Prepared:
    return Prepared(include.rows.where(among(include.rows.selected_columns["parent"], "ids")))


def _cited(resource: Resource, names: Iterable[str]) -> bool:
    return any("citations" in resource.include[name].schema.model_fields for name in names)
