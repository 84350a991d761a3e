"""What a reader needs to find a cited place again: the sources, and the headings that passages stand under.

Knows no format.
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
OF_SOURCE = ("slug", "name", "kind", "publisher", "url", "licence", "attribution")

Item = dict[str, Any]


@dataclass(frozen=True)
class Bibliography:
    """Sources by slug, and headings by source and section."""

    sources: Mapping[str, Item]
    headings: Mapping[tuple[str, str], str]

    def heading(self, source: str, passage: str) -> str:
        """The heading that a passage stands under."""
        return self.headings[source, _section(passage)]


async def bibliography(snapshot: Snapshot, cites: Iterable[Item]) -> Bibliography:
    """What is to be known of the places that citations name. Two statements."""
    places = {(cite["source"], cite["passage"]) for cite in cites}
    sections = {(source, _section(passage)) for source, passage in places if passage is not None}
    sources = await _sources(snapshot, SOURCE.c.slug.in_(sorted({source for source, _ in places})))
    statement = (
        select(SOURCE.c.slug.label("source"), SECTION.c.slug, SECTION.c.heading)
        .join(SECTION, SECTION.c.source_id == SOURCE.c.id)
        .where(tuple_(SOURCE.c.slug, SECTION.c.slug).in_(sorted(sections)))
    )
    rows = await snapshot.rows(statement)
    return Bibliography({source["slug"]: source for source in sources}, {(row.source, row.slug): row.heading for row in rows})


async def records(snapshot: Snapshot, numbers: Sequence[int]) -> dict[int, Item]:
    """What a reference to a record says of it, by number. One statement."""
    own = (RECORD.c.id.label("number"), RECORD.c.kind, RECORD.c.slug, RECORD.c.name, RECORD.c.verification)
    rows = await snapshot.rows(select(*own).where(RECORD.c.id.in_(numbers)))
    return {row.number: dict(row._mapping) for row in rows}


async def sources_of(snapshot: Snapshot, numbers: Sequence[int]) -> list[Item]:
    """The sources that records and their links rest on, each once, by slug. One statement."""
    own = or_(CITATION.c.record_id.in_(numbers), CITATION.c.link_id.in_(link_ids(numbers)))
    return await _sources(snapshot, SOURCE.c.id.in_(select(CITATION.c.source_id).where(own)))


async def _sources(snapshot: Snapshot, condition: ColumnElement[bool]) -> list[Item]:
    published = (SOURCE.c.published, SOURCE.c.published_precision)
    statement = select(*(SOURCE.c[name] for name in OF_SOURCE), *published).where(condition).order_by(SOURCE.c.slug)
    return [
        {name: getattr(row, name) for name in OF_SOURCE}
        | {"published": partial_date.isoformat(row.published, row.published_precision)}
        for row in await snapshot.rows(statement)
    ]


def _section(passage: str) -> str:
    return passage.partition(":")[0]
