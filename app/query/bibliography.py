"""The data of bibliographies and references: sources, section headings, and the records that are cited.

This module knows no format.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select, tuple_
from sqlalchemy.sql.elements import ColumnElement

from app.database import Snapshot
from app.model import partial_date
from app.model.resource import table
from app.model.source import Section, Source
from app.query.graph.links_and_citations import CITATION, RECORD, link_ids

SOURCE, SECTION = table(Source), table(Section)
SOURCE_FIELDS = ("slug", "name", "kind", "publisher", "url", "licence", "attribution")

Item = dict[str, Any]


@dataclass(frozen=True)
class Bibliography:
    """Sources by slug, and headings by the slugs of source and section."""

    sources: Mapping[str, Item]
    headings: Mapping[tuple[str, str], str]

    def heading(self, source: str, passage: str) -> str:
        """Return the heading of the section that a passage belongs to."""
        return self.headings[source, _section_of(passage)]


async def bibliography(snapshot: Snapshot, citations: Iterable[Item]) -> Bibliography:
    """Return the sources and headings that some citations refer to. Two statements."""
    places = {(citation["source"], citation["passage"]) for citation in citations}
    sections = {(source, _section_of(passage)) for source, passage in places if passage is not None}
    sources = await _sources(snapshot, SOURCE.c.slug.in_(sorted({source for source, _ in places})))
    statement = (
        select(SOURCE.c.slug.label("source"), SECTION.c.slug, SECTION.c.heading)
        .join(SECTION, SECTION.c.source_id == SOURCE.c.id)
        .where(tuple_(SOURCE.c.slug, SECTION.c.slug).in_(sorted(sections)))
    )
    rows = await snapshot.rows(statement)
    return Bibliography({source["slug"]: source for source in sources}, {(row.source, row.slug): row.heading for row in rows})


async def cited_records(snapshot: Snapshot, row_ids: Sequence[int]) -> dict[int, Item]:
    """Return kind, slug, name and verification of the records to cite, by row id. One statement."""
    columns = (RECORD.c.id.label("row_id"), RECORD.c.kind, RECORD.c.slug, RECORD.c.name, RECORD.c.verification)
    rows = await snapshot.rows(select(*columns).where(RECORD.c.id.in_(row_ids)))
    return {row.row_id: dict(row._mapping) for row in rows}


async def sources_of(snapshot: Snapshot, row_ids: Sequence[int]) -> list[Item]:
    """Return the sources that records or their links cite, each once, ordered by slug. One statement."""
    of_records = or_(CITATION.c.record_id.in_(row_ids), CITATION.c.link_id.in_(link_ids(row_ids)))
    return await _sources(snapshot, SOURCE.c.id.in_(select(CITATION.c.source_id).where(of_records)))


async def _sources(snapshot: Snapshot, condition: ColumnElement[bool]) -> list[Item]:
    published = (SOURCE.c.published, SOURCE.c.published_precision)
    statement = select(*(SOURCE.c[name] for name in SOURCE_FIELDS), *published).where(condition).order_by(SOURCE.c.slug)
    return [
        {name: getattr(row, name) for name in SOURCE_FIELDS}
        | {"published": partial_date.isoformat(row.published, row.published_precision)}
        for row in await snapshot.rows(statement)
    ]


def _section_of(passage: str) -> str:
    """Return the slug of the section in a locator such as `section-slug:3.1`."""
    return passage.partition(":")[0]
