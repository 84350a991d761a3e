"""One row by itself, with all that belongs to it: made of the rows of tables, or as the loader wrote it down."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Select, select
from sqlalchemy.sql.elements import ColumnElement

from app.database import CompiledStatement, Row, Snapshot, bind
from app.model.record import Record
from app.model.resource import Resource, core, table
from app.model.served import RecordJSON
from app.query.lists.bound_filters import SCOPE, WHOLE, Scope
from app.query.lists.includes import include
from app.query.lists.listing import identity
from app.query.lists.parameters import includes
from app.query.lists.rows import Item, Shape
from app.query.lookup import missing

PARTS = (table(RecordJSON).c.item, table(RecordJSON).c.more)


async def detail(snapshot: Snapshot, resource: Resource, name: str, scope: Scope = WHOLE) -> Item:
    """One row by its name in paths, with all that details have. Moved or NotFound where there is none of that name."""
    own = {} if scope.condition is None else {SCOPE: scope.value}
    items = await _details(snapshot, resource, await snapshot.fetch(_by_name(resource, scope.condition), name=name, **own))
    if not items:
        raise await missing(snapshot, resource, name)
    return next(iter(items.values()))


async def written(snapshot: Snapshot, resource: Resource, slug: str) -> str:
    """The same of a record of a kind, as the JSON that the loader wrote down. Moved or NotFound as above. One statement."""
    rows = await snapshot.fetch(_written(resource), name=slug)
    if not rows:
        raise await missing(snapshot, resource, slug)
    return _whole_of(*rows[0])


async def batch(snapshot: Snapshot, resource: Resource, after: Any, size: int) -> dict[Any, Item]:
    """The first rows after that id, or after none, with all that details have: by id, in its order."""
    values = {} if after is None else {"after": after}
    rows = await snapshot.fetch(_in_batches(resource, after is None), limit=size, **values)
    return await _details(snapshot, resource, rows)


async def written_batch(snapshot: Snapshot, resource: Resource, after: Any, size: int) -> dict[Any, Item]:
    """The same of a kind, as the loader wrote it down."""
    values = {} if after is None else {"after": after}
    rows = await snapshot.fetch(_written_in_batches(resource, after is None), limit=size, **values)
    return {id_: orjson.loads(_whole_of(item, more)) for item, more, id_ in rows}


async def number(snapshot: Snapshot, resource: Resource, name: str) -> Any:
    """The id of the row of that name. Moved or NotFound where there is none."""
    rows = await snapshot.fetch(_number(resource), name=name)
    if not rows:
        raise await missing(snapshot, resource, name)
    return rows[0][0]


def _whole_of(item: str, more: str) -> str:
    """Two objects of JSON as one; neither is empty."""
    return f"{item[:-1]},{more[1:]}"


@cache
def _shape(resource: Resource) -> Shape:
    return Shape(resource, resource.fields)


@cache
def _by_name(resource: Resource, condition: ColumnElement[bool] | None) -> CompiledStatement:
    confined = [] if condition is None else [condition]
    selected = select(*_shape(resource).columns, *identity(resource)).select_from(resource.rows)
    return CompiledStatement(selected.where(*confined, *_named(resource)))


@cache
def _written(resource: Resource) -> CompiledStatement:
    of = table(RecordJSON).c.record_id == table(Record).c.id
    return CompiledStatement(select(*PARTS).join_from(Record, RecordJSON, of).where(*_named(resource)))


@cache
def _in_batches(resource: Resource, first: bool) -> CompiledStatement:
    selected = select(*_shape(resource).columns, *identity(resource)).select_from(resource.rows)
    return _batch(selected, resource, first)


@cache
def _written_in_batches(resource: Resource, first: bool) -> CompiledStatement:
    own = table(resource.model)
    return _batch(
        select(*PARTS, resource.id).join_from(own, RecordJSON, table(RecordJSON).c.record_id == resource.id),
        resource,
        first,
    )


def _batch(selected: Select[Any], resource: Resource, first: bool) -> CompiledStatement:
    beyond = [] if first else [resource.id > bind("after")]
    return CompiledStatement(selected.where(*beyond).order_by(resource.id).limit(bind("limit")))


@cache
def _number(resource: Resource) -> CompiledStatement:
    return CompiledStatement(select(resource.id).select_from(resource.rows).where(*_named(resource)))


def _named(resource: Resource) -> list[ColumnElement[bool]]:
    kind = [table(Record).c.kind == resource.kind] if resource.is_kind else []
    return [core(resource.key) == bind("name"), *kind]


async def _details(snapshot: Snapshot, resource: Resource, rows: Sequence[Row]) -> dict[Any, Item]:
    shape = _shape(resource)
    items = {row[-2]: shape.item(row) for row in rows}
    if items:
        await include(snapshot, resource, items, includes(resource))
    return items
