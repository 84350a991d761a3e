"""Lists: a page of one, or the whole.

A page is a fixed number of statements, whatever its size: rows, count, one for each include and facet, or for all facets of few
rows, two for links.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.database import Row, Snapshot
from app.model.resource import Resource
from app.query.lists.bound_filters import WHOLE, BoundFilters, Scope, bind_filters
from app.query.lists.facets import Counts
from app.query.lists.includes import include
from app.query.lists.keyset import decode, encode, fingerprint, order, placed
from app.query.lists.listing import Listing
from app.query.lists.parameters import ExportParameters, ListParameters, Parameters
from app.query.lists.rows import Readable

CHUNK = 50


@dataclass(frozen=True)
class Page:
    """One page of a list."""

    items: Sequence[Readable]
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
    bound_filters = await bind_filters(snapshot, parameters, asked, scope)
    listing = listing_of(resource, parameters, bound_filters, asked.fields, asked.sort)
    query = fingerprint(resource.name, bound_filters.asked, asked.sort)
    after = await placed(snapshot, listing.order, decode(asked.cursor, query, listing.order)) if asked.cursor else None
    rows = await listing.rows(snapshot, bound_filters.values, after, asked.limit + 1)
    total, exact = await listing.total(snapshot, bound_filters.values)
    items = await _items(snapshot, listing, rows[: asked.limit], getattr(asked, "include", ()), as_json=True)
    last = rows[asked.limit - 1] if len(rows) > asked.limit else None
    cursor = encode(query, listing.sort_values(last), last[-1]) if last else None
    by = [parameters.groupings[name] for name in dict.fromkeys(getattr(asked, "facet", ()))]
    facets = await listing.facets(snapshot, by, bound_filters.values, total, is_exact=exact)
    return Page(items, total, cursor, bound_filters.missing, facets, exact)


async def everything(
    snapshot: Snapshot, resource: Resource, parameters: Parameters, asked: ExportParameters, *, as_json: bool = False
) -> AsyncIterator[list[Any]]:
    """The whole list, some rows at a time, in constant memory; each to be written `as_json`, or else an `Item`.

    InvalidQuery, before the first of them.
    """
    bound_filters = await bind_filters(snapshot, parameters, asked)
    listing = listing_of(resource, parameters, bound_filters, asked.fields, asked.sort)
    after: list[Any] | None = None
    while True:
        rows = await listing.rows(snapshot, bound_filters.values, after, CHUNK)
        yield await _items(snapshot, listing, rows, getattr(asked, "include", ()), as_json=as_json)
        if len(rows) < CHUNK:
            return
        after = [*listing.sort_values(rows[-1]), rows[-1][-2]]


def listing_of(
    resource: Resource, parameters: Parameters, bound_filters: BoundFilters, fields: Sequence[str] = (), sort: Sequence[str] = ()
) -> Listing:
    """The statements of a list of that shape, made when it is first asked for; of all its fields where none is chosen."""
    shape = (bound_filters.shape, tuple(fields), tuple(sort))
    made: Listing = parameters.listings.get(
        shape, lambda: Listing(resource, chosen_fields(resource, fields), order(resource, sort), bound_filters)
    )
    return made


def chosen_fields(resource: Resource, fields: Sequence[str]) -> list[str]:
    """The fields asked for, each once; all where none is."""
    return list(dict.fromkeys(fields)) or list(resource.fields)


async def _items(
    snapshot: Snapshot, listing: Listing, rows: Sequence[Row], included: Sequence[str], *, as_json: bool
) -> list[Any]:
    """The rows of a list as clients see them, with what is included."""
    if not included:
        return [*map(listing.shape.json if as_json else listing.shape.item, rows)]
    items = {row[-2]: listing.shape.item(row) for row in rows}
    await include(snapshot, listing.resource, items, included)
    return list(items.values())
