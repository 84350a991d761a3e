"""A page of a list, or all of it.

The number of statements for a page does not depend on its size: one for the rows, one for the total, one for each include (links:
two), and one for each facet, or for all facets of a small list.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.database import Row, Snapshot
from app.model.resource import Resource
from app.query.lists.bound_filters import UNSCOPED, BoundFilters, Scope, bind_filters
from app.query.lists.facets import Counts
from app.query.lists.includes import include
from app.query.lists.keyset import decode, encode, fingerprint, order, placed
from app.query.lists.listing import Listing
from app.query.lists.listing_cache import LISTINGS
from app.query.lists.parameters import ExportParameters, ListParameters, Parameters
from app.query.lists.rows import Readable

CHUNK = 50
"""The number of rows that are read at a time from a complete list."""


@dataclass(frozen=True)
class Page:
    """One page of a list."""

    items: Sequence[Readable]
    total: int
    next_cursor: str | None
    missing: list[str] | None
    """The values of `id` that name no record; None if the query has no `id`."""
    facets: dict[str, Counts] | None = None
    """The counts by facet; None for a list without facets."""
    total_is_exact: bool = True
    """False if there are more items than `total`."""


async def page(
    snapshot: Snapshot, resource: Resource, parameters: Parameters, params: ListParameters, scope: Scope = UNSCOPED
) -> Page:
    """Return the page that the parameters describe, within `scope`. InvalidQuery if they are invalid."""
    bound_filters = await bind_filters(snapshot, parameters, params, scope)
    listing = listing_of(resource, parameters, bound_filters, params.fields, params.sort)
    query = fingerprint(resource.name, bound_filters.query, params.sort)
    after = await placed(snapshot, listing.order, decode(params.cursor, query, listing.order)) if params.cursor else None
    rows = await listing.rows(snapshot, bound_filters.values, after, params.limit + 1)
    total, exact = await listing.total(snapshot, bound_filters.values)
    items = await _items(snapshot, listing, rows[: params.limit], getattr(params, "include", ()), as_json=True)
    last = rows[params.limit - 1] if len(rows) > params.limit else None
    cursor = encode(query, listing.sort_values(last), last[-1]) if last else None
    groupings = [parameters.groupings[name] for name in dict.fromkeys(getattr(params, "facet", ()))]
    facets = await listing.facets(snapshot, groupings, bound_filters.values, total, is_exact=exact)
    return Page(items, total, cursor, bound_filters.missing, facets, exact)


async def everything(
    snapshot: Snapshot, resource: Resource, parameters: Parameters, params: ExportParameters, *, as_json: bool = False
) -> AsyncIterator[list[Any]]:
    """Yield all rows of a list in chunks, in constant memory: as `Readable` if `as_json`, else as `Item`.

    InvalidQuery, before the first chunk, if the parameters are invalid.
    """
    bound_filters = await bind_filters(snapshot, parameters, params)
    listing = listing_of(resource, parameters, bound_filters, params.fields, params.sort)
    after: list[Any] | None = None
    while True:
        rows = await listing.rows(snapshot, bound_filters.values, after, CHUNK)
        yield await _items(snapshot, listing, rows, getattr(params, "include", ()), as_json=as_json)
        if len(rows) < CHUNK:
            return
        after = [*listing.sort_values(rows[-1]), rows[-1][-2]]


def listing_of(
    resource: Resource, parameters: Parameters, bound_filters: BoundFilters, fields: Sequence[str] = (), sort: Sequence[str] = ()
) -> Listing:
    """Return the cached statements of a list, built on its first request. No `fields` means all of them."""
    key = (parameters.resource, bound_filters.statement_key, tuple(fields), tuple(sort))
    return LISTINGS.get(key, lambda: Listing(resource, chosen_fields(resource, fields), order(resource, sort), bound_filters))


def chosen_fields(resource: Resource, fields: Sequence[str]) -> list[str]:
    """Return the distinct fields of a request; all fields if it names none."""
    return list(dict.fromkeys(fields)) or list(resource.fields)


async def _items(
    snapshot: Snapshot, listing: Listing, rows: Sequence[Row], includes: Sequence[str], *, as_json: bool
) -> list[Any]:
    """Return the items of rows, with what `include` embeds."""
    if not includes:
        return [*map(listing.shape.json if as_json else listing.shape.item, rows)]
    items = {row[-2]: listing.shape.item(row) for row in rows}
    await include(snapshot, listing.resource, items, includes)
    return list(items.values())
