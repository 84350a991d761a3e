"""What the rows of a release make and is kept beside them, so that answers need not make it: lists, degrees, samples, counts,
and records as they are served.

The same for whoever has written the rows. Knows no kind.
"""

import orjson
from sqlalchemy import Connection, func, insert, literal, select, text, union_all, update

from app.database import LoadingSnapshot, run_sync
from app.loader.revisions import Progress
from app.loader.write import Batch, insert_batch
from app.model.catalogue import Catalogue
from app.model.citation import Citation
from app.model.link import Link, LinkCount
from app.model.record import Record
from app.model.release import FacetCount, Sample
from app.model.resource import Resource, table
from app.model.served import RecordJSON
from app.model.source import Source
from app.query.filters.bound_filters import EVERYTHING
from app.query.lists.detail import batch
from app.query.lists.facets import MOST_COUNTED, is_sampled
from app.query.lists.grouping import groupings
from app.query.lists.keyset import order
from app.query.lists.listing import Listing
from app.query.lists.rows import Item, all_lists

AT_ONCE = 500


def derive(connection: Connection, catalogue: Catalogue, progress: Progress = lambda *_: None) -> None:
    """Make what is derived of the rows that a connection has written."""
    record, link = table(Record), table(Link)
    for done, (kind, resource) in enumerate(catalogue.kinds.items(), 1):
        progress("lists of records", done, len(catalogue.kinds))
        connection.execute(update(record).where(record.c.kind == kind).values(lists=all_lists(resource)))
    ends = union_all(
        select(link.c.subject_id.label("record_id"), link.c.object_kind.label("kind"), link.c.object_id.label("other")),
        select(link.c.object_id, link.c.subject_kind, link.c.subject_id),
    ).subquery()
    counted = select(ends.c.record_id, ends.c.kind, func.count(ends.c.other.distinct())).group_by(ends.c.record_id, ends.c.kind)
    connection.execute(insert(table(LinkCount)).from_select(["record_id", "kind", "records"], counted))
    cited = select(func.count()).where(Citation.source_id == Source.id).scalar_subquery()
    connection.execute(update(table(Source)).values(citations=cited))
    for resource in catalogue.resources:
        _choose(connection, resource)
    connection.execute(text("ANALYZE"))
    _tally(connection, catalogue, progress)
    for resource in catalogue.kinds.values():
        _write_down(connection, resource, progress)


def _choose(connection: Connection, resource: Resource) -> None:
    """A sample of what is too much to be counted for one answer."""
    number = connection.scalar(select(func.count()).select_from(resource.rows)) or 0
    if number > MOST_COUNTED and is_sampled(resource):
        every = -(-number // MOST_COUNTED)
        chosen = select(literal(resource.name), resource.id, literal(every)).select_from(resource.rows)
        rows = chosen.where(resource.id % every == 0)
        connection.execute(insert(table(Sample)).from_select(["resource", "row_id", "stands_for"], rows))


def _write_down(connection: Connection, resource: Resource, progress: Progress) -> None:
    """Write down the JSON of every record of a kind."""
    snapshot, done, last = LoadingSnapshot(connection), 0, None
    total = connection.scalar(select(func.count()).select_from(resource.rows)) or 0
    while items := run_sync(batch(snapshot, resource, last, AT_ONCE)):
        rows = [(id_, *_parts(resource, made)) for id_, made in items.items()]
        insert_batch(connection, Batch(table(RecordJSON).name, ("record_id", "item", "more"), rows))
        done, last = done + len(items), next(reversed(items))
        progress(f"writing down {resource.name}", done, total)


def _parts(resource: Resource, made: Item) -> tuple[str, str]:
    """The JSON of the fields, and of the rest."""
    item = {name: made.pop(name) for name in resource.fields}
    return orjson.dumps(item).decode(), orjson.dumps(made).decode()


def _tally(connection: Connection, catalogue: Catalogue, progress: Progress) -> None:
    """Count every list by everything that it can be counted by."""
    snapshot = LoadingSnapshot(connection)
    for done, resource in enumerate(catalogue.resources, 1):
        progress("counting lists", done, len(catalogue.resources))
        listing = Listing(resource, (), order(resource, ()), EVERYTHING)
        for grouping in groupings(resource).values():
            counted = run_sync(listing.counting([grouping]).rows(snapshot, {}))
            row = {"resource": resource.name, "grouping": grouping.name, "counts": [[values[0], n] for values, n in counted]}
            connection.execute(insert(table(FacetCount)), row)
