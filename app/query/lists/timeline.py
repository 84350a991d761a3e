"""Everything that has a date, of whatever kind, in the order of time.

Every date field of every kind is an arm of one UNION ALL, each cut to a page before they are merged.
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
from app.query.lists.dated import KEYS, Dated, dated_fields, order
from app.query.lists.keyset import decode, encode, fingerprint
from app.query.lists.pages import Page
from app.query.lists.parameters import MAX_VALUES, PageParameters, paging
from app.query.lists.rows import Item
from app.query.lookup import check_vocabulary

SHOWN = ("what", "id", "kind", "name", "verification")


@dataclass(frozen=True)
class Timeline:
    """The date fields of a catalogue, and the parameters that ask for them."""

    model: type[PageParameters]
    dated: tuple[Dated, ...]


def timeline_of(catalogue: Catalogue) -> Timeline:
    """The timeline of a catalogue."""
    dated = tuple(dated_fields(catalogue))
    kinds: Any = Literal[tuple(dict.fromkeys(one.resource.kind for one in dated))]
    parameters: dict[str, Any] = {
        "from": _date("From this on: what overlaps it or comes after it, so `1993-06` keeps what is dated `1993`.", "1993"),
        "to": _date("Until this, inclusive: a year or month means its last day.", "2001-12"),
        "kind": (
            list[kinds],
            Field(default=(), max_length=MAX_VALUES, description="Only this kind; given again, these.", examples=[["mission"]]),
        ),
    }
    for name, filter_ in _facts(dated).items():
        help_ = f"{filter_.help} Kinds that have no {name} are left out."
        narrowing: Any = Field(default=(), max_length=MAX_VALUES, description=help_, examples=[[filter_.example]])
        parameters[name] = list[filter_.annotation], narrowing  # type: ignore[name-defined] # the type that the column has
    return Timeline(create_model("TimelineParameters", __base__=PageParameters, **parameters, **paging()), dated)


async def entries(snapshot: Snapshot, timeline: Timeline, asked: PageParameters) -> tuple[Page, int]:
    """A page of entries, and how many of the records asked for have no date at all. InvalidQuery where that cannot be told.

    Three statements, and one for each sort of facts asked for.
    """
    given = {name: value for name, value in asked if name not in ("limit", "cursor")}
    _check_range(given["from"], given["to"])
    facts = {name: filter_ for name, filter_ in _facts(timeline.dated).items() if given[name]}
    await check_vocabulary(snapshot, {filter_: given[name] for name, filter_ in facts.items()})
    wanted = {name: given[name] for name in facts}
    arms = [one for one in timeline.dated if not given["kind"] or one.resource.kind in given["kind"]]
    within = {one: [*one.having(wanted), *one.between(given["from"], given["to"])] for one in arms}
    query = fingerprint("timeline", given)
    after = decode(asked.cursor, query, order(arms[0].keys)) if asked.cursor else None
    merged = union_all(*(select(one.page(where, after, asked.limit + 1).subquery()) for one, where in within.items())).subquery()
    rows = await snapshot.rows(select(merged).order_by(*(merged.c[key] for key in KEYS)).limit(asked.limit + 1))
    total = sum((one.count(where) for one, where in within.items()), literal(0))
    counts = (await snapshot.rows(select(total.label("total"), _undated(arms, wanted).label("undated"))))[0]
    last = rows[asked.limit - 1] if len(rows) > asked.limit else None
    cursor = encode(query, [last.day, last.rank, last.id], last.place) if last else None
    return Page([_entry(row) for row in rows[: asked.limit]], counts.total, cursor, None), counts.undated


def _undated(arms: Sequence[Dated], facts: Mapping[str, Sequence[str]]) -> ColumnElement[int]:
    """How many records have none of the dates of their kind."""
    made: ColumnElement[int] = literal(0)
    for _, fields in groupby(arms, key=lambda one: one.resource):
        first, *others = fields
        made += first.count([*first.having(facts), *(one.day.is_(None) for one in (first, *others))])
    return made


def _facts(dated: Sequence[Dated]) -> dict[str, Filter]:
    """The filters by a table of facts, each once."""
    return {name: filter_ for one in dated for name, filter_ in one.filters.items()}


def _date(help_: str, example: str) -> Any:
    return PartialDate | None, Field(default=None, description=help_, examples=[example])


def _check_range(start: str | None, end: str | None) -> None:
    if start and end and parse(start)[0] > last_day(end):
        said = {"from": f"{start} is after `to`, {end}", "to": f"{end} is before `from`, {start}"}
        raise InvalidQuery(*(Problem(loc=("query", name), msg=msg) for name, msg in said.items()))


def _entry(row: Row[Any]) -> Item:
    return {"date": isoformat(row.day, row.precision)} | {name: getattr(row, name) for name in SHOWN}
