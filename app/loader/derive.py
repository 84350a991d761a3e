"""The rows that are derived from other rows, so that requests need not compute them.

They are the values of list fields, degrees, numbers of citations, samples, counts by value, and the JSON of records. Loaded and
synthesized releases get the same. Knows no kind by name.
"""

import orjson
from sqlalchemy import Connection, func, insert, literal, select, text, union_all, update

from app.database import LoadingSnapshot, run_sync
from app.loader.write import Batch, Progress, insert_batch
from app.model.catalogue import Catalogue
from app.model.citation import Citation
from app.model.link import Link, LinkCount
from app.model.record import Record
from app.model.release import FacetCount, Sample
from app.model.resource import Resource, table
from app.model.served import RecordJSON
from app.model.source import Source
from app.query.lists.bound_filters import UNFILTERED
from app.query.lists.detail import batch
from app.query.lists.estimates import MOST_COUNTED, is_sampled
from app.query.lists.grouping import groupings
from app.query.lists.keyset import order
from app.query.lists.listing import Listing
from app.query.lists.rows import Item, all_lists

CHUNK = 500


def derive(connection: Connection, catalogue: Catalogue, progress: Progress = lambda *_: None) -> None:
    """Derive everything from the rows that the connection has written."""
    _fill_list_fields(connection, catalogue, progress)
    _count_neighbours(connection)
    _count_citations(connection)
    for resource in catalogue.resources:
        _draw_sample(connection, resource)
    connection.execute(text("ANALYZE"))  # so that the statements below, and requests, are planned with statistics
    _count_by_value(connection, catalogue, progress)
    for resource in catalogue.kinds.values():
        _render_records(connection, resource, progress)


def _fill_list_fields(connection: Connection, catalogue: Catalogue, progress: Progress) -> None:
    record = table(Record)
    for done, (kind, resource) in enumerate(catalogue.kinds.items(), 1):
        progress("collecting list fields", done, len(catalogue.kinds))
        connection.execute(update(record).where(record.c.kind == kind).values(lists=all_lists(resource)))


def _count_neighbours(connection: Connection) -> None:
    """Count the distinct records of each kind that a record is linked to, in either direction."""
    link = table(Link)
    ends = union_all(
        select(link.c.subject_id.label("record_id"), link.c.object_kind.label("kind"), link.c.object_id.label("neighbour_id")),
        select(link.c.object_id, link.c.subject_kind, link.c.subject_id),
    ).subquery()
    neighbours = func.count(ends.c.neighbour_id.distinct())
    degrees = select(ends.c.record_id, ends.c.kind, neighbours).group_by(ends.c.record_id, ends.c.kind)
    connection.execute(insert(table(LinkCount)).from_select(["record_id", "kind", "records"], degrees))


def _count_citations(connection: Connection) -> None:
    citations = select(func.count()).where(Citation.source_id == Source.id).scalar_subquery()
    connection.execute(update(table(Source)).values(citations=citations))


def _draw_sample(connection: Connection, resource: Resource) -> None:
    """Add every n-th row of a resource to the sample if it has more rows than one response may count."""
    total = connection.scalar(select(func.count()).select_from(resource.rows)) or 0
    if total > MOST_COUNTED and is_sampled(resource):
        interval = -(-total // MOST_COUNTED)  # rounded up
        sampled = select(literal(resource.name), resource.id, literal(interval)).select_from(resource.rows)
        rows = sampled.where(resource.id % interval == 0)
        connection.execute(insert(table(Sample)).from_select(["resource", "row_id", "stands_for"], rows))


def _count_by_value(connection: Connection, catalogue: Catalogue, progress: Progress) -> None:
    """Count the rows of every resource by each of its groupings."""
    snapshot = LoadingSnapshot(connection)
    for done, resource in enumerate(catalogue.resources, 1):
        progress("counting by value", done, len(catalogue.resources))
        listing = Listing(resource, (), order(resource, ()), UNFILTERED)
        for grouping in groupings(resource).values():
            rows = run_sync(listing.counter([grouping]).groups(snapshot, {}))
            counts = [[values[0], count] for values, count in rows]
            row = {"resource": resource.name, "grouping": grouping.name, "counts": counts}
            connection.execute(insert(table(FacetCount)), row)


def _render_records(connection: Connection, resource: Resource, progress: Progress) -> None:
    """Store the JSON of every record of a kind."""
    snapshot, done, last_id = LoadingSnapshot(connection), 0, None
    total = connection.scalar(select(func.count()).select_from(resource.rows)) or 0
    while items := run_sync(batch(snapshot, resource, last_id, CHUNK)):
        rows = [(id_, *_render(resource, item)) for id_, item in items.items()]
        insert_batch(connection, Batch(table(RecordJSON).name, ("record_id", "item", "more"), rows))
        done, last_id = done + len(items), next(reversed(items))
        progress(f"rendering {resource.name}", done, total)


def _render(resource: Resource, item: Item) -> tuple[str, str]:
    """Return the JSON of the fields, as lists have them, and of what only the detail has."""
    fields = {name: item[name] for name in resource.fields}
    more = {name: value for name, value in item.items() if name not in resource.fields}
    return orjson.dumps(fields).decode(), orjson.dumps(more).decode()
