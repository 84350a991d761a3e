"""Details: rows with everything that `include` can embed in them.

Read from the tables, or as the JSON that the loader has rendered (`rendered_...`), which is the same and takes one statement.
"""

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
from app.query.lists.bound_filters import SCOPE, UNSCOPED, Scope
from app.query.lists.includes import include
from app.query.lists.listing import identity
from app.query.lists.parameters import includes
from app.query.lists.rows import Item, Shape
from app.query.lookup import missing

RENDERED = (table(RecordJSON).c.item, table(RecordJSON).c.more)
"""The JSON objects of the fields of a record, and of what `include` embeds. Neither is empty."""


async def detail(snapshot: Snapshot, resource: Resource, name: str, scope: Scope = UNSCOPED) -> Item:
    """Return the detail of the row with a name, within `scope`. Moved or NotFound if there is none."""
    values = {} if scope.condition is None else {SCOPE: scope.value}
    items = await _details(snapshot, resource, await snapshot.fetch(_by_name(resource, scope.condition), name=name, **values))
    if not items:
        raise await missing(snapshot, resource, name)
    return next(iter(items.values()))


async def rendered_detail(snapshot: Snapshot, resource: Resource, slug: str) -> str:
    """Return the JSON of the detail of a record of a kind, with one statement. Moved or NotFound if there is none."""
    rows = await snapshot.fetch(_rendered_by_name(resource), name=slug)
    if not rows:
        raise await missing(snapshot, resource, slug)
    return _merged(*rows[0])


async def batch(snapshot: Snapshot, resource: Resource, after: Any, size: int) -> dict[Any, Item]:
    """Return the details of the first `size` rows after an id, or of the first of all if it is None, by id in its order."""
    values = {} if after is None else {"after": after}
    rows = await snapshot.fetch(_batch(resource, after is None), limit=size, **values)
    return await _details(snapshot, resource, rows)


async def rendered_batch(snapshot: Snapshot, resource: Resource, after: Any, size: int) -> dict[Any, Item]:
    """Return the same for a kind, from rendered JSON."""
    values = {} if after is None else {"after": after}
    rows = await snapshot.fetch(_rendered_batch(resource, after is None), limit=size, **values)
    return {id_: orjson.loads(_merged(item, more)) for item, more, id_ in rows}


async def find_id(snapshot: Snapshot, resource: Resource, name: str) -> Any:
    """Return the id in the database of the row with a name. Moved or NotFound if there is none."""
    rows = await snapshot.fetch(_id_by_name(resource), name=name)
    if not rows:
        raise await missing(snapshot, resource, name)
    return rows[0][0]


def _merged(item: str, more: str) -> str:
    """Return two JSON objects, neither of which is empty, as one."""
    return f"{item[:-1]},{more[1:]}"


@cache
def _shape(resource: Resource) -> Shape:
    return Shape(resource, resource.fields)


@cache
def _by_name(resource: Resource, condition: ColumnElement[bool] | None) -> CompiledStatement:
    conditions = [] if condition is None else [condition]
    selected = select(*_shape(resource).columns, *identity(resource)).select_from(resource.rows)
    return CompiledStatement(selected.where(*conditions, *_named(resource)))


@cache
def _rendered_by_name(resource: Resource) -> CompiledStatement:
    on_clause = table(RecordJSON).c.record_id == table(Record).c.id
    return CompiledStatement(select(*RENDERED).join_from(Record, RecordJSON, on_clause).where(*_named(resource)))


@cache
def _batch(resource: Resource, first: bool) -> CompiledStatement:
    selected = select(*_shape(resource).columns, *identity(resource)).select_from(resource.rows)
    return _after_id(selected, resource, first)


@cache
def _rendered_batch(resource: Resource, first: bool) -> CompiledStatement:
    return _after_id(
        select(*RENDERED, resource.id).join_from(table(resource.model), RecordJSON, table(RecordJSON).c.record_id == resource.id),
        resource,
        first,
    )


def _after_id(selected: Select[Any], resource: Resource, first: bool) -> CompiledStatement:
    conditions = [] if first else [resource.id > bind("after")]
    return CompiledStatement(selected.where(*conditions).order_by(resource.id).limit(bind("limit")))


@cache
def _id_by_name(resource: Resource) -> CompiledStatement:
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
