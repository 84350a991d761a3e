"""The timeline: the dates of records of all kinds, in chronological order.

Every date field of every kind is an arm of one UNION ALL. Each arm is limited to a page before they are merged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

from pydantic import Field, create_model
from sqlalchemy import ColumnElement, Row, literal, select, union_all

from app.database import Snapshot
from app.model.catalogue import Catalogue
from app.model.error import InvalidQuery, Problem
from app.model.partial_date import PartialDate, isoformat, last_day, parse
from app.query.filters.filter import Filter
from app.query.lists.dated import KEYS, DateField, dated_fields, order
from app.query.lists.keyset import decode, encode, fingerprint
from app.query.lists.pages import Page
from app.query.lists.parameters import MAX_VALUES, PageParameters, paging
from app.query.lists.rows import Item
from app.query.lookup import check_vocabulary

MEMBERS = ("what", "id", "kind", "name", "verification")


@dataclass(frozen=True)
class Timeline:
    """The date fields of a catalogue, and the query parameters of its timeline."""

    model: type[PageParameters]
    date_fields: tuple[DateField, ...]


def timeline_of(catalogue: Catalogue) -> Timeline:
    """Return the timeline of a catalogue."""
    date_fields = tuple(dated_fields(catalogue))
    kinds: Any = Literal[tuple(dict.fromkeys(field.resource.kind for field in date_fields))]
    parameters: dict[str, Any] = {
        "from": _date("Earliest date. Dates that overlap it are included: `1993-06` includes a date of `1993`.", "1993"),
        "to": _date("Latest date, inclusive; a year or month means its last day.", "2001-12"),
        "kind": (
            list[kinds],
            Field(
                default=(),
                max_length=MAX_VALUES,
                description="Return only this kind. Repeat for several.",
                examples=[["mission"]],
            ),
        ),
    }
    for name, filter_ in _fact_filters(date_fields).items():
        help_ = f"{filter_.help} Kinds without a {name} are left out."
        field: Any = Field(default=(), max_length=MAX_VALUES, description=help_, examples=[[filter_.example]])
        parameters[name] = list[filter_.annotation], field  # type: ignore[name-defined] # a type known at run time
    return Timeline(create_model("TimelineParameters", __base__=PageParameters, **parameters, **paging()), date_fields)


async def entries(snapshot: Snapshot, timeline: Timeline, params: PageParameters) -> tuple[Page, int]:
    """Return a page of entries, and the number of matching records without any date. InvalidQuery for invalid parameters.

    Three statements, and one for each kind of facts that is filtered by.
    """
    query = {name: value for name, value in params if name not in ("limit", "cursor")}
    _check_range(query["from"], query["to"])
    fact_filters = {name: filter_ for name, filter_ in _fact_filters(timeline.date_fields).items() if query[name]}
    await check_vocabulary(snapshot, {filter_: query[name] for name, filter_ in fact_filters.items()})
    facts = {name: query[name] for name in fact_filters}
    fields = [field for field in timeline.date_fields if not query["kind"] or field.resource.kind in query["kind"]]
    arms = {field: [*field.fact_conditions(facts), *field.between(query["from"], query["to"])] for field in fields}
    digest = fingerprint("timeline", query)
    after = decode(params.cursor, digest, order(fields[0].keys)) if params.cursor else None
    pages = (select(field.page(conditions, after, params.limit + 1).subquery()) for field, conditions in arms.items())
    merged = union_all(*pages).subquery()
    rows = await snapshot.rows(select(merged).order_by(*(merged.c[key] for key in KEYS)).limit(params.limit + 1))
    total = sum((field.count(conditions) for field, conditions in arms.items()), literal(0))
    counts = (await snapshot.rows(select(total.label("total"), _undated(fields, facts).label("undated"))))[0]
    last = rows[params.limit - 1] if len(rows) > params.limit else None
    cursor = encode(digest, [last.day, last.rank, last.id], last.place) if last else None
    return Page([_entry(row) for row in rows[: params.limit]], counts.total, cursor, None), counts.undated


def _undated(date_fields: Sequence[DateField], facts: Mapping[str, Sequence[str]]) -> ColumnElement[int]:
    """Return the expression for the number of records that have none of the dates of their kind."""
    total: ColumnElement[int] = literal(0)
    for _, fields in groupby(date_fields, key=lambda field: field.resource):
        first, *others = fields
        total += first.count([*first.fact_conditions(facts), *(field.day.is_(None) for field in (first, *others))])
    return total


def _fact_filters(date_fields: Sequence[DateField]) -> dict[str, Filter]:
    """Return the filters by a table of facts, by the name of the parameter."""
    return {name: filter_ for field in date_fields for name, filter_ in field.filters.items()}


def _date(help_: str, example: str) -> Any:
    return PartialDate | None, Field(default=None, description=help_, examples=[example])


def _check_range(start: str | None, end: str | None) -> None:
    if start and end and parse(start)[0] > last_day(end):
        messages = {"from": f"{start} is after `to`, {end}", "to": f"{end} is before `from`, {start}"}
        raise InvalidQuery(*(Problem(loc=("query", name), msg=message) for name, message in messages.items()))


def _entry(row: Row[Any]) -> Item:
    return {"date": isoformat(row.day, row.precision)} | {name: getattr(row, name) for name in MEMBERS}
