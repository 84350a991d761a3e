"""What a list is narrowed to: its filters as conditions, with everything that only the database can check checked."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy.sql.elements import ColumnElement

from app.database import Snapshot
from app.query.lookup import check_vocabulary, find_records
from app.query.parameters import Parameters


@dataclass(frozen=True)
class Scope:
    """What a list is confined to, beside its parameters; `label` makes its cursors its own."""

    label: str
    conditions: tuple[ColumnElement[bool], ...]


WHOLE = Scope("", ())


@dataclass(frozen=True)
class Narrowed:
    """The conditions that a query makes, and what it asks for in a form that equal queries share."""

    where: list[ColumnElement[bool]]
    asked: list[Any]
    missing: list[str] | None
    """The ids asked for that there are not; None where the query names none."""


async def narrow(snapshot: Snapshot, parameters: Parameters, asked: BaseModel, scope: Scope = WHOLE) -> Narrowed:
    """The conditions of the filters that are given. InvalidQuery where a value names nothing."""
    given = {filter_: value for name, filter_ in parameters.filters.items() if (value := getattr(asked, name)) not in (None, [])}
    found = await find_records(snapshot, {filter_: value for filter_, value in given.items() if filter_.related or filter_.ids})
    await check_vocabulary(snapshot, {filter_: value for filter_, value in given.items() if filter_.vocabulary is not None})
    where = [*scope.conditions, *(filter_.condition(found.numbers.get(filter_, value)) for filter_, value in given.items())]
    named = any(filter_.ids for filter_ in given)
    same = [scope.label, sorted((filter_.name, value) for filter_, value in given.items())]
    return Narrowed(where, same, found.missing if named else None)
