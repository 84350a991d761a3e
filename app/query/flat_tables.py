"""What is not a list of its own as flat tables, for a release that is taken whole: links, citations, passages, parts."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from app.database import Snapshot
from app.model.catalogue import Catalogue
from app.model.citation import Citation
from app.model.link import Link
from app.model.record import Record
from app.model.resource import table
from app.model.source import Passage, Section, Source

CHUNK = 2_000
LINK, CITATION = table(Link), table(Citation)
RECORD, SUBJECT, OBJECT = table(Record).alias("record"), table(Record).alias("subject"), table(Record).alias("object")


@dataclass(frozen=True)
class Flat:
    """A table whose rows come in the order of their first column, which is not shown."""

    name: str
    summary: str
    statement: Select[Any]
    chunked: bool = True
    """Whether the first column is the row's own id, by which it can be read in chunks."""

    @property
    def columns(self) -> list[str]:
        """The names of its columns; the id of a row is its own affair."""
        return [column.key or "" for column in self.statement.selected_columns][1:]

    async def rows(self, snapshot: Snapshot) -> AsyncIterator[Sequence[Any]]:
        """All rows, some at a time."""
        if not self.chunked:
            for row in await snapshot.rows(self.statement):
                yield row[1:]
            return
        id_, last = self.statement.selected_columns[0], 0
        while True:
            rows = await snapshot.rows(self.statement.where(id_ > last).order_by(id_).limit(CHUNK))
            for row in rows:
                yield row[1:]
            if len(rows) < CHUNK:
                return
            last = rows[-1][0]


def parts(catalogue: Catalogue) -> list[Flat]:
    """The rows that belong to records of a kind, as the parts of case studies do."""
    made = []
    for resource in catalogue.kinds.values():
        for name, include in resource.include.items():
            if include.table is not None:
                rows = include.rows.subquery()
                own = [column for column in rows.c if column.key != "parent"]
                record = (RECORD.c.kind + ":" + RECORD.c.slug).label("record")
                statement = select(rows.c.parent, record, *own).join(RECORD, RECORD.c.id == rows.c.parent)
                ordered = statement.order_by(rows.c.parent, rows.c.position)
                made.append(Flat(f"{resource.kind}-{name}".replace("_", "-"), f"The {name} of {resource.name}.", ordered, False))
    return made


LINKS = Flat(
    "links",
    "What ties records to one another.",
    select(
        LINK.c.id,
        (SUBJECT.c.kind + ":" + SUBJECT.c.slug).label("subject"),
        LINK.c.predicate,
        (OBJECT.c.kind + ":" + OBJECT.c.slug).label("object"),
        LINK.c.verification,
        LINK.c.note,
    )
    .join(SUBJECT, SUBJECT.c.id == LINK.c.subject_id)
    .join(OBJECT, OBJECT.c.id == LINK.c.object_id),
)
CITATIONS = Flat(
    "citations",
    "Where records and links are said.",
    select(
        CITATION.c.id,
        (RECORD.c.kind + ":" + RECORD.c.slug).label("record"),
        (SUBJECT.c.kind + ":" + SUBJECT.c.slug).label("subject"),
        LINK.c.predicate,
        (OBJECT.c.kind + ":" + OBJECT.c.slug).label("object"),
        table(Source).c.slug.label("source"),
        table(Passage).c.locator.label("passage"),
        CITATION.c.locator,
        CITATION.c.stance,
        CITATION.c.about,
        CITATION.c.note,
    )
    .select_from(CITATION)
    .join(Source, table(Source).c.id == CITATION.c.source_id)
    .outerjoin(Passage, table(Passage).c.id == CITATION.c.passage_id)
    .outerjoin(RECORD, RECORD.c.id == CITATION.c.record_id)
    .outerjoin(LINK, LINK.c.id == CITATION.c.link_id)
    .outerjoin(SUBJECT, SUBJECT.c.id == LINK.c.subject_id)
    .outerjoin(OBJECT, OBJECT.c.id == LINK.c.object_id),
)
PASSAGES = Flat(
    "passages",
    "The passages of articles by locator and digest; their text is not held.",
    select(
        table(Passage).c.id,
        table(Source).c.slug.label("source"),
        table(Section).c.slug.label("section"),
        table(Section).c.heading,
        table(Passage).c.locator,
        table(Passage).c.kind,
        table(Passage).c.sha256,
    )
    .select_from(Passage)
    .join(Source, table(Source).c.id == table(Passage).c.source_id)
    .join(Section, table(Section).c.id == table(Passage).c.section_id),
)
FLAT_TABLES = (LINKS, CITATIONS, PASSAGES)
