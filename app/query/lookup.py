"""Names that clients use for records, found: slugs, ids, aliases, former slugs, and what is near to none of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import Column, Select, Table, and_, or_, select, union_all

from app.database import CompiledStatement, Snapshot, bind, in_list
from app.model.error import MOST_TOLD, InvalidQuery, Moved, NotFound, Problem, nearest
from app.model.naming import slugify
from app.model.record import Alias, Record
from app.model.resource import Resource, core, table
from app.query.filters.filter import Filter
from app.query.filters.types import MAX_TEXT

RECORD, ALIAS = table(Record), table(Alias)
NEAR = 3
AT_ONCE = 200
"""Names that are looked for by one statement: SQLite takes no thousand conditions."""
CANDIDATES = 2_500
"""Rows whose names are compared with one that is nobody's."""


async def missing(snapshot: Snapshot, resource: Resource, name: str) -> Exception:
    """What to raise for a name that is nobody's: Moved where it is another name of a record, else NotFound."""
    if resource.is_kind:
        slug = slugify(name[:MAX_TEXT])
        named = union_all(
            select(RECORD.c.slug).where(RECORD.c.kind == resource.kind, RECORD.c.slug == slug),
            select(RECORD.c.slug)
            .join(ALIAS, ALIAS.c.record_id == RECORD.c.id)
            .where(ALIAS.c.kind == resource.kind, ALIAS.c.slug == slug),
        )
        rows = await snapshot.rows(named)
        if rows:
            return Moved(rows[0].slug)
    near = await _near(snapshot, resource, name[:MAX_TEXT], NEAR)
    return NotFound(f"no {resource.kind.replace('_', ' ')} is called {name[:MAX_TEXT]!r}", near)


@dataclass(frozen=True)
class Found:
    """The numbers of the records that filters name, and the ids that name none."""

    numbers: dict[Filter, list[int]]
    missing: list[str]


async def find_records(snapshot: Snapshot, asked: Mapping[Filter, Sequence[str]]) -> Found:
    """The records that filters name by slug, id or alias. InvalidQuery for an unknown related record.

    One statement for all names, as far as they are no more than `AT_ONCE`.
    """
    wanted = {filter_: [(value, _kind_and_slug(filter_, value)) for value in values] for filter_, values in asked.items()}
    known = await known_numbers(snapshot, {pair for values in wanted.values() for _, pair in values})
    related = {filter_: values for filter_, values in wanted.items() if not filter_.ids}
    unknown = [(filter_, value) for filter_, values in related.items() for value, pair in values if pair not in known]
    if unknown:
        raise InvalidQuery(*[await _unknown(snapshot, filter_, value) for filter_, value in unknown[:MOST_TOLD]])
    numbers = {filter_: [known[pair] for _, pair in values if pair in known] for filter_, values in wanted.items()}
    missing_ids = [value for filter_, values in wanted.items() if filter_.ids for value, pair in values if pair not in known]
    return Found(numbers, missing_ids)


async def known_numbers(snapshot: Snapshot, pairs: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The number of the record that each kind and slug names, aliases and former slugs too. A statement for each `AT_ONCE`."""
    known: dict[tuple[str, str], int] = {}
    left = iter(pairs)
    while some := tuple(islice(left, AT_ONCE)):
        values = {f"{part}_{n}": value for n, pair in enumerate(some) for part, value in zip(("kind", "slug"), pair, strict=True)}
        known |= {(kind, slug): number for kind, slug, number in await snapshot.fetch(_numbers(len(some)), **values)}
    return known


@cache
def _numbers(count: int) -> CompiledStatement:
    """The numbers of so many names, those of aliases first: a slug is its record's before it is another's alias."""

    def named(of: Table, number: Column[Any]) -> Select[Any]:
        pairs: Any = ((bind(f"kind_{n}"), bind(f"slug_{n}")) for n in range(count))
        return select(of.c.kind, of.c.slug, number).where(
            or_(*(and_(of.c.kind == kind, of.c.slug == slug) for kind, slug in pairs))
        )

    return CompiledStatement(union_all(named(ALIAS, ALIAS.c.record_id), named(RECORD, RECORD.c.id)))


async def check_vocabulary(snapshot: Snapshot, asked: Mapping[Filter, Sequence[str]]) -> None:
    """InvalidQuery for a value that is not in the vocabulary of its field. One statement a filter, two for a mistake."""
    problems = []
    for filter_, values in asked.items():
        column: Any = filter_.vocabulary
        known = {row[0] for row in await snapshot.fetch(_known(column), values=values)}
        unknown = [value for value in values if value not in known]
        if unknown:
            legal = [row[0] for row in await snapshot.rows(select(column).where(column.is_not(None)).distinct().order_by(column))]
            problems += [_not_in(filter_, value, legal) for value in unknown[:MOST_TOLD]]
    if problems:
        raise InvalidQuery(*problems)


@cache
def _known(column: Any) -> CompiledStatement:
    """Which of the values a vocabulary has."""
    return CompiledStatement(select(core(column)).where(in_list(core(column), "values")).distinct())


def _not_in(filter_: Filter, value: str, legal: Sequence[str]) -> Problem:
    near = nearest(value, legal)
    return Problem(
        loc=("query", filter_.name), msg=f"no such value: {value!r}", did_you_mean=near[0] if near else None, allowed=legal
    )


async def _unknown(snapshot: Snapshot, filter_: Filter, value: str) -> Problem:
    assert filter_.related is not None  # noqa: S101 - asked only of filters by related record
    kind = filter_.related.kind.replace("_", " ")
    near = await _near(snapshot, filter_.related, value, 1)
    return Problem(
        loc=("query", filter_.name), msg=f"no {kind} has the slug or id {value!r}", did_you_mean=near[0] if near else None
    )


async def _near(snapshot: Snapshot, resource: Resource, name: str, count: int) -> list[str]:
    """The names in paths of what is called most like that, there or in words."""
    columns = [resource.key, *(resource.fields[field].expression for field in ("name",) if field in resource.fields)]
    rows = await snapshot.rows(select(*columns).select_from(resource.rows).limit(CANDIDATES))
    keys = {word: row[0] for row in rows for word in reversed(row)}
    return list(dict.fromkeys(keys[word] for word in nearest(name, keys, 2 * count)))[:count]


def _kind_and_slug(filter_: Filter, value: str) -> tuple[str, str]:
    """What a value names: an id in full, or a slug of the filter's own kind."""
    kind, _, slug = value.rpartition(":")
    if filter_.related is not None and kind in ("", filter_.related.kind):
        return filter_.related.kind, slugify(slug) or slug
    return kind, slug
