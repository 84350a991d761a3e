"""What comes with records: their links from either end, and the citations of both."""

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
CITE = ("source", "passage", "locator", "stance", "about", "note")
LEGAL = (
    (PREDICATE.c.subject_kind == LINK.c.subject_kind)
    & (PREDICATE.c.name == LINK.c.predicate)
    & (PREDICATE.c.object_kind == LINK.c.object_kind)
)

Item = dict[str, Any]
Grouped = dict[int, list[Item]]


def _cited(owner: ColumnElement[Any]) -> CompiledStatement:
    """The citations of some owners: each with its owner, and what clients see of it."""
    shown = (table(Source).c.slug, table(Passage).c.locator, *(CITATION.c[name] for name in CITE[2:]))
    return CompiledStatement(
        select(owner, *shown)
        .join_from(CITATION, Source, table(Source).c.id == CITATION.c.source_id)
        .outerjoin(Passage, table(Passage).c.id == CITATION.c.passage_id)
        .where(in_list(owner, "ids"))
        .order_by(CITATION.c.id)
    )


def _ends(owner: ColumnElement[Any], other: ColumnElement[Any], predicate: ColumnElement[Any]) -> Select[Any]:
    """The links of some owners, seen from one end."""
    shown = (RECORD.c.kind, RECORD.c.slug, RECORD.c.name, LINK.c.verification, LINK.c.note, RECORD.c.id.label("other"))
    found = select(LINK.c.id.label("link"), owner.label("owner"), predicate.label("predicate"), *shown)
    return found.join_from(LINK, RECORD, RECORD.c.id == other).where(in_list(owner, "ids"))


CITED_RECORDS, CITED_LINKS = _cited(CITATION.c.record_id), _cited(CITATION.c.link_id)
_BOTH = union_all(
    _ends(LINK.c.subject_id, LINK.c.object_id, LINK.c.predicate),
    _ends(LINK.c.object_id, LINK.c.subject_id, PREDICATE.c.inverse).join(PREDICATE, LEGAL),
).subquery()
LINKS = CompiledStatement(select(_BOTH).order_by(_BOTH.c.owner, _BOTH.c.predicate, _BOTH.c.other, _BOTH.c.link))


async def links_of(snapshot: Snapshot, ids: Sequence[int]) -> dict[int, dict[str, list[Item]]]:
    """The links of records, by record and predicate, each with its citations. Two statements."""
    rows = await snapshot.fetch(LINKS, ids=list(ids))
    cites = await citations_of_links(snapshot, {row[0] for row in rows})
    links: dict[int, dict[str, list[Item]]] = {id_: {} for id_ in ids}
    for link, owner, predicate, kind, slug, name, verification, note, _other in rows:
        end = {
            "id": f"{kind}:{slug}",
            "kind": kind,
            "name": name,
            "verification": verification,
            "note": note,
            "citations": cites.get(link, []),
        }
        links[owner].setdefault(predicate, []).append(end)
    return links


async def citations_of(snapshot: Snapshot, ids: Sequence[int]) -> Grouped:
    """The citations of records, by record. One statement."""
    cites = _grouped(await snapshot.fetch(CITED_RECORDS, ids=list(ids)))
    return {id_: cites.get(id_, []) for id_ in ids}


async def citations_of_links(snapshot: Snapshot, ids: Iterable[int]) -> Grouped:
    """The citations of links, by link. One statement."""
    return _grouped(await snapshot.fetch(CITED_LINKS, ids=list(ids)))


def link_ids(ids: Sequence[int]) -> Select[int]:
    """The links of records, whichever end they stand at."""
    return select(LINK.c.id).where(or_(LINK.c.subject_id.in_(ids), LINK.c.object_id.in_(ids)))


def _grouped(rows: Iterable[Row]) -> Grouped:
    grouped = defaultdict(list)
    for owner, *cite in rows:
        grouped[owner].append(dict(zip(CITE, cite, strict=True)))
    return grouped
