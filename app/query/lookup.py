"""Records by the names that clients use for them (slug, id, alias or former slug), and similar names for unknown ones."""

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
MAX_SUGGESTIONS = 3
NAMES_PER_STATEMENT = 200
"""SQLite does not take a statement of a thousand conditions."""
MAX_CANDIDATES = 2_500
"""The number of rows that an unknown name is compared with."""

KindAndSlug = tuple[str, str]


async def missing(snapshot: Snapshot, resource: Resource, name: str) -> Exception:
    """Return the exception for a name in a path that is no slug: Moved for another name of something, else NotFound.

    Other names are aliases and former slugs of records, and keys in the other case, such as `civ` for CIV.
    """
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
            return Moved(name, rows[0].slug)
    similar = await similar_keys(snapshot, _keys_and_names(resource), name[:MAX_TEXT], MAX_SUGGESTIONS)
    if similar and similar[0].lower() == name.lower():
        return Moved(name, similar[0])
    return NotFound(f"no {resource.kind.replace('_', ' ')} is called {name[:MAX_TEXT]!r}", similar)


@dataclass(frozen=True)
class NamedRecords:
    """The records that the values of filters name."""

    ids: dict[Filter, list[int]]
    """The ids in the database, by filter."""
    missing: list[str]
    """The values of the `id` filter that name no record."""


async def find_records(snapshot: Snapshot, values_by_filter: Mapping[Filter, Sequence[str]]) -> NamedRecords:
    """Find the records that the values of filters name. InvalidQuery for an unknown related record.

    One statement for each `NAMES_PER_STATEMENT` names.
    """
    named = {
        filter_: [(value, kind_and_slug(value, filter_.related.kind if filter_.related else "")) for value in values]
        for filter_, values in values_by_filter.items()
    }
    ids = await find_ids(snapshot, {pair for pairs in named.values() for _, pair in pairs})
    unknown = [
        (filter_, value)
        for filter_, pairs in named.items()
        for value, pair in pairs
        if pair not in ids or not _is_of_kind(filter_, pair)
    ]
    related = [(filter_, value) for filter_, value in unknown if not filter_.ids]
    if related:
        raise InvalidQuery(*[await _unknown_record(snapshot, filter_, value) for filter_, value in related[:MOST_TOLD]])
    by_filter = {filter_: [ids[pair] for _, pair in pairs if pair in ids] for filter_, pairs in named.items()}
    return NamedRecords(by_filter, [value for _, value in unknown])


def _is_of_kind(filter_: Filter, pair: KindAndSlug) -> bool:
    """True if the filter is for records of that kind."""
    return filter_.related is None or pair[0] == filter_.related.kind


async def find_ids(snapshot: Snapshot, pairs: set[KindAndSlug]) -> dict[KindAndSlug, int]:
    """Return the ids in the database of the records that kinds and slugs name, aliases and former slugs included.

    One statement for each `NAMES_PER_STATEMENT` pairs. Pairs that name no record are left out.
    """
    ids: dict[KindAndSlug, int] = {}
    remaining = iter(pairs)
    while chunk := tuple(islice(remaining, NAMES_PER_STATEMENT)):
        values = {
            f"{part}_{n}": value for n, pair in enumerate(chunk) for part, value in zip(("kind", "slug"), pair, strict=True)
        }
        ids |= {(kind, slug): id_ for kind, slug, id_ in await snapshot.fetch(_ids_statement(len(chunk)), **values)}
    return ids


@cache
def _ids_statement(count: int) -> CompiledStatement:
    """Build the statement for `count` pairs. Aliases come first, so that a record's slug prevails over another's alias."""

    def named(names: Table, id_: Column[Any]) -> Select[Any]:
        pairs: Any = ((bind(f"kind_{n}"), bind(f"slug_{n}")) for n in range(count))
        return select(names.c.kind, names.c.slug, id_).where(
            or_(*(and_(names.c.kind == kind, names.c.slug == slug) for kind, slug in pairs))
        )

    return CompiledStatement(union_all(named(ALIAS, ALIAS.c.record_id), named(RECORD, RECORD.c.id)))


def kind_and_slug(name: str, default_kind: str = "") -> KindAndSlug:
    """Split an id such as `mission:isaf`. A name without a kind is a slug of `default_kind`."""
    kind, _, slug = name.rpartition(":")
    return kind or default_kind, slugify(slug) or slug


async def similar_keys(snapshot: Snapshot, candidates: Select[Any], name: str, count: int) -> list[str]:
    """Return the keys of the rows with the names most similar to `name`. `candidates` selects a key and the names to compare."""
    keys: dict[str, list[str]] = {}
    for key, *compared in map(tuple[str, ...], await snapshot.rows(candidates.limit(MAX_CANDIDATES))):
        for candidate in compared:
            keys.setdefault(candidate, []).append(key)
    matches = nearest(name, keys, 2 * count)  # twice as many, for slug and name of one record can both be similar
    return list(dict.fromkeys(key for match in matches for key in keys[match]))[:count]


def _keys_and_names(resource: Resource) -> Select[Any]:
    """Build the statement of the candidates of a resource: compared are its keys in paths and, if it has any, its names."""
    names = [resource.fields["name"].expression] if "name" in resource.fields else []
    return select(core(resource.key), core(resource.key).label("compared"), *names).select_from(resource.rows)


async def check_vocabulary(snapshot: Snapshot, values_by_filter: Mapping[Filter, Sequence[str]]) -> None:
    """Raise InvalidQuery for values that are not in the vocabulary of their field. One statement a filter, two if one is not."""
    problems = []
    for filter_, values in values_by_filter.items():
        column: Any = filter_.vocabulary
        known = {row[0] for row in await snapshot.fetch(_known_values(column), values=values)}
        unknown = [value for value in values if value not in known]
        if unknown:
            allowed = [
                row[0] for row in await snapshot.rows(select(column).where(column.is_not(None)).distinct().order_by(column))
            ]
            problems += [_unknown_value(filter_, value, allowed) for value in unknown[:MOST_TOLD]]
    if problems:
        raise InvalidQuery(*problems)


@cache
def _known_values(column: Any) -> CompiledStatement:
    """Build the statement that selects those of the `values` that a column has."""
    return CompiledStatement(select(core(column)).where(in_list(core(column), "values")).distinct())


def _unknown_value(filter_: Filter, value: str, allowed: Sequence[str]) -> Problem:
    similar = nearest(value, allowed)
    return Problem(
        loc=("query", filter_.name),
        msg=f"no such value: {value!r}",
        did_you_mean=similar[0] if similar else None,
        allowed=allowed,
    )


async def _unknown_record(snapshot: Snapshot, filter_: Filter, value: str) -> Problem:
    assert filter_.related is not None  # noqa: S101 - called only for filters by related record
    kind = filter_.related.kind.replace("_", " ")
    similar = await similar_keys(snapshot, _keys_and_names(filter_.related), value, 1)
    return Problem(
        loc=("query", filter_.name),
        msg=f"no {kind} has the slug or id {value!r}",
        did_you_mean=similar[0] if similar else None,
    )
