"""What comes with records: their links from either end, and the citations of both."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, or_, select, union_all

from app.catalog.citation import Citation
from app.catalog.link import Link, Predicate
from app.catalog.record import Record
from app.catalog.resource import table
from app.catalog.source import Passage, Source
from app.database import Snapshot

LINK, RECORD, PREDICATE, CITATION = table(Link), table(Record), table(Predicate), table(Citation)
LEGAL = (
    (PREDICATE.c.subject_kind == LINK.c.subject_kind)
    & (PREDICATE.c.name == LINK.c.predicate)
    & (PREDICATE.c.object_kind == LINK.c.object_kind)
)
OTHER = (RECORD.c.kind, RECORD.c.slug, RECORD.c.name, LINK.c.verification, LINK.c.note)
CITED = (
    select(CITATION, table(Source).c.slug.label("source"), table(Passage).c.locator.label("passage"))
    .join(Source, table(Source).c.id == CITATION.c.source_id)
    .outerjoin(Passage, table(Passage).c.id == CITATION.c.passage_id)
    .order_by(CITATION.c.id)
)

Grouped = dict[int, Any]


async def links_of(snapshot: Snapshot, ids: Sequence[int]) -> Grouped:
    """The links of records, by record and predicate, each with its citations. Two statements."""
    from_subject = (
        select(LINK.c.id, LINK.c.subject_id.label("owner"), LINK.c.predicate, *OTHER, RECORD.c.id.label("other"))
        .join(RECORD, RECORD.c.id == LINK.c.object_id)
        .where(LINK.c.subject_id.in_(ids))
    )
    from_object = (
        select(
            LINK.c.id, LINK.c.object_id.label("owner"), PREDICATE.c.inverse.label("predicate"), *OTHER, RECORD.c.id.label("other")
        )
        .join(RECORD, RECORD.c.id == LINK.c.subject_id)
        .join(PREDICATE, LEGAL)
        .where(LINK.c.object_id.in_(ids))
    )
    both = union_all(from_subject, from_object).subquery()
    rows = await snapshot.rows(select(both).order_by(both.c.owner, both.c.predicate, both.c.other, both.c.id))
    cites = await citations_of_links(snapshot, link_ids(ids))
    links: Grouped = {id_: {} for id_ in ids}
    for row in rows:
        end = {"id": f"{row.kind}:{row.slug}", "kind": row.kind, "name": row.name}
        said = {"verification": row.verification, "note": row.note, "citations": cites.get(row.id, [])}
        links[row.owner].setdefault(row.predicate, []).append(end | said)
    return links


async def citations_of(snapshot: Snapshot, ids: Sequence[int]) -> Grouped:
    """The citations of records, by record. One statement."""
    cites = _grouped(await snapshot.rows(CITED.where(CITATION.c.record_id.in_(ids))), "record_id")
    return {id_: cites.get(id_, []) for id_ in ids}


async def citations_of_links(snapshot: Snapshot, ids: Sequence[int] | Select[int]) -> Grouped:
    """The citations of links, by link. One statement."""
    return _grouped(await snapshot.rows(CITED.where(CITATION.c.link_id.in_(ids))), "link_id")


def link_ids(ids: Sequence[int]) -> Select[int]:
    """The links of records, whichever end they stand at."""
    return select(LINK.c.id).where(or_(LINK.c.subject_id.in_(ids), LINK.c.object_id.in_(ids)))


def _grouped(rows: Iterable[Any], owner: str) -> dict[int, list[dict[str, Any]]]:
    grouped = defaultdict(list)
    for row in rows:
        cite = {name: getattr(row, name) for name in ("source", "passage", "locator", "stance", "about", "note")}
        grouped[getattr(row, owner)].append(cite)
    return grouped
