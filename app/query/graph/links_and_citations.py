"""The links of records, read from either end, and the citations of records and links."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, union_all

from app.database import CompiledStatement, Row, Snapshot, in_list
from app.model.citation import Citation
from app.model.link import Link, Predicate
from app.model.record import Record
from app.model.resource import table
from app.model.source import Passage, Source

LINK, RECORD, PREDICATE, CITATION = table(Link), table(Record), table(Predicate), table(Citation)
CITATION_FIELDS = ("source", "passage", "locator", "stance", "about", "note")
PREDICATE_OF_LINK = (
    (PREDICATE.c.subject_kind == LINK.c.subject_kind)
    & (PREDICATE.c.name == LINK.c.predicate)
    & (PREDICATE.c.object_kind == LINK.c.object_kind)
)
"""The condition that joins a link with its predicate, whose key is its name and the two kinds."""

Item = dict[str, Any]
ItemsByOwner = dict[int, list[Item]]
"""Items by the row id of the record or link that they belong to."""


def _citations(owner: ColumnElement[Any]) -> CompiledStatement:
    """Build the statement that reads citations by `owner`, the column that holds the row id of a record or a link."""
    source, passage = table(Source), table(Passage)
    columns = (source.c.slug, passage.c.locator, *(CITATION.c[name] for name in CITATION_FIELDS[2:]))
    return CompiledStatement(
        select(owner, *columns)
        .join_from(CITATION, source, source.c.id == CITATION.c.source_id)
        .outerjoin(passage, passage.c.id == CITATION.c.passage_id)
        .where(in_list(owner, "ids"))
        .order_by(CITATION.c.id)
    )


def _links(owner: ColumnElement[Any], other: ColumnElement[Any], predicate: ColumnElement[Any]) -> Select[Any]:
    """Select the links of some records as seen from `owner`, one end of the link, with the record at the `other` end."""
    columns = (RECORD.c.kind, RECORD.c.slug, RECORD.c.name, LINK.c.verification, LINK.c.note, RECORD.c.id.label("other"))
    links = select(LINK.c.id.label("link"), owner.label("owner"), predicate.label("predicate"), *columns)
    return links.join_from(LINK, RECORD, RECORD.c.id == other).where(in_list(owner, "ids"))


RECORD_CITATIONS, LINK_CITATIONS = _citations(CITATION.c.record_id), _citations(CITATION.c.link_id)
_BOTH_ENDS = union_all(
    _links(LINK.c.subject_id, LINK.c.object_id, LINK.c.predicate),
    _links(LINK.c.object_id, LINK.c.subject_id, PREDICATE.c.inverse).join(PREDICATE, PREDICATE_OF_LINK),
).subquery()
LINKS = CompiledStatement(
    select(_BOTH_ENDS).order_by(_BOTH_ENDS.c.owner, _BOTH_ENDS.c.predicate, _BOTH_ENDS.c.other, _BOTH_ENDS.c.link)
)


async def links_of(snapshot: Snapshot, ids: Sequence[int]) -> dict[int, dict[str, list[Item]]]:
    """Return the links of records, each with its citations, by row id and predicate. Two statements.

    Links of which the record is the object are under the inverse predicate.
    """
    rows = await snapshot.fetch(LINKS, ids=list(ids))
    citations = await citations_of_links(snapshot, {row[0] for row in rows})
    links: dict[int, dict[str, list[Item]]] = {id_: {} for id_ in ids}
    for link, owner, predicate, kind, slug, name, verification, note, _other in rows:
        item = {
            "id": f"{kind}:{slug}",
            "kind": kind,
            "name": name,
            "verification": verification,
            "note": note,
            "citations": citations.get(link, []),
        }
        links[owner].setdefault(predicate, []).append(item)
    return links


async def citations_of(snapshot: Snapshot, ids: Sequence[int]) -> ItemsByOwner:
    """Return the citations of records by row id, with an empty list for a record without. One statement."""
    citations = _group_by_owner(await snapshot.fetch(RECORD_CITATIONS, ids=list(ids)))
    return {id_: citations.get(id_, []) for id_ in ids}


async def citations_of_links(snapshot: Snapshot, ids: Iterable[int]) -> ItemsByOwner:
    """Return the citations of links by row id, without an entry for a link that has none. One statement."""
    return _group_by_owner(await snapshot.fetch(LINK_CITATIONS, ids=list(ids)))


def link_ids(record_ids: Sequence[int]) -> Select[int]:
    """Return a select of the row ids of all links that have one of these records as subject or object."""
    return select(LINK.c.id).where(or_(LINK.c.subject_id.in_(record_ids), LINK.c.object_id.in_(record_ids)))


def _group_by_owner(rows: Iterable[Row]) -> ItemsByOwner:
    grouped = defaultdict(list)
    for owner, *values in rows:
        grouped[owner].append(dict(zip(CITATION_FIELDS, values, strict=True)))
    return grouped
