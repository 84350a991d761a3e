"""Flat tables for the package of a complete release: links, citations, passages and parts, which have no list of their own."""

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
class FlatTable:
    """A table of the package. Its first column is a row id, which orders the rows and is not part of the output."""

    name: str
    summary: str
    statement: Select[Any]
    chunked: bool = True
    """True if the first column is unique, so that the table can be read in chunks by keyset; false to read it at once."""

    @property
    def columns(self) -> list[str]:
        """The names of the columns in the output."""
        return [column.key or "" for column in self.statement.selected_columns][1:]

    async def rows(self, snapshot: Snapshot) -> AsyncIterator[Sequence[Any]]:
        """Yield all rows, read in chunks of `CHUNK` rows if the table is chunked."""
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


def part_tables(catalogue: Catalogue) -> list[FlatTable]:
    """Return a table for each kind of rows that belong to records, such as the parts of case studies."""
    tables = []
    for resource in catalogue.kinds.values():
        for name, include in resource.include.items():
            if include.table is not None:
                rows = include.rows.subquery()
                columns = [column for column in rows.c if column.key != "parent"]
                record = (RECORD.c.kind + ":" + RECORD.c.slug).label("record")
                statement = select(rows.c.parent, record, *columns).join(RECORD, RECORD.c.id == rows.c.parent)
                ordered = statement.order_by(rows.c.parent, rows.c.position)
                table_name = f"{resource.kind}-{name}".replace("_", "-")
                summary = f"The {name} of {resource.name.replace('-', ' ')}."
                tables.append(FlatTable(table_name, summary, ordered, chunked=False))
    return tables


LINKS = FlatTable(
    "links",
    "Links between records.",
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
CITATIONS = FlatTable(
    "citations",
    "Citations of records and of links.",
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
PASSAGES = FlatTable(
    "passages",
    "Passages of articles: locators and digests, without the text.",
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
