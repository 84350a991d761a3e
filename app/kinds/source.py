"""Sources, with their sections, their passages, and how many of these are cited."""

from sqlalchemy import ColumnElement, ScalarSelect, exists, func, select

from app.model.citation import Citation
from app.model.link import Link
from app.model.partial_date import PartialDate
from app.model.record import Record
from app.model.resource import Field, Include, Resource, core, table
from app.model.schema import Public, public
from app.model.source import Passage, PassageKind, Section, Source, SourceKind


class SourceOut(Public):
    """A document or dataset that records and links cite, and how much of it they cite."""

    slug: str = public("Identifier in URLs and citations.", "ssr-article")
    name: str = public("Title.", "Peacekeeping operations and security sector reform")
    kind: SourceKind = public("Type of source.", "article")
    publisher: str | None = public("Publisher. In verification, sources with the same publisher count once.", "United Nations")
    published: PartialDate | None = public("Date of publication, ISO 8601.", "2021-08")
    url: str | None = public("Web address of the source.", None)
    licence: str | None = public("Terms of use.", "CC0")
    attribution: str | None = public("Attribution to give when using the source.", "United Nations")
    sha256: str | None = public("SHA-256 of the document from which the digests of the passages were computed.", None)
    passages: int = public("Number of passages in the source.", 151)
    citable_passages: int = public("Number of passages that make a statement: all except lines that only introduce a list.", 147)
    cited_passages: int = public("Number of citable passages that are cited by a record, a part of a case study or a link.", 147)
    citations: int = public("Number of citations of the source, with or without a passage.", 600)


class SectionOut(Public):
    """A section of a source, and how much of it is cited."""

    slug: str = public("Identifier in locators of passages.", "joint-training-initiatives")
    position: int = public("Position in the source, starting at 1.", 13)
    heading: str = public("Heading of the section.", "Joint Training Initiatives")
    passages: int = public("Number of passages in the section.", 9)
    citable_passages: int = public("Number of passages in the section that make a statement.", 9)
    cited_passages: int = public("Number of citable passages in the section that are cited.", 9)


class CitedBy(Public):
    """A record or link that cites a passage."""

    id: str | None = public("Id of the record; null for a link.", "mission:isaf")
    subject: str | None = public("Id of the link's subject; null for a record.", None)
    predicate: str | None = public("Predicate of the link; null for a record.", None)
    object: str | None = public("Id of the link's object; null for a record.", None)
    stance: str = public("Whether the passage supports or disputes the record or link.", "supports")
    about: str | None = public("Field that the citation applies to; null means the whole record or link.", None)
    note: str | None = public("Note on how to read the passage here.", None)


class PassageOut(Public):
    """A sentence or list item of a source, by its place and digest. The text itself is not stored."""

    locator: str = public("Locator of the passage, `<section>:<paragraph>.<sentence>`.", "joint-training-initiatives:1.1")
    section: str = public("Slug of the section.", "joint-training-initiatives")
    paragraph: int = public("Number of the paragraph in the section, starting at 1.", 1)
    sentence: int = public("Number of the sentence in the paragraph, starting at 1.", 1)
    kind: PassageKind = public("Type of passage; a `lead_in` only introduces a list.", "sentence")
    characters: int = public("Length of the normalized text, in characters.", 170)
    sha256: str = public("SHA-256 of the normalized text, encoded as UTF-8.", "0" * 64)
    cited: bool = public("Whether any record or link cites the passage.", True)
    cited_by: list[CitedBy] = public("Records and links that cite the passage.")


IS_CITED = exists().where(Citation.passage_id == Passage.id)
IS_CITABLE = Passage.kind != "lead_in"

RECORD, SUBJECT, OBJECT = table(Record), table(Record).alias("subject"), table(Record).alias("object")
CITED_BY = (
    select(
        core(Citation.passage_id).label("parent"),
        (RECORD.c.kind + ":" + RECORD.c.slug).label("id"),
        (SUBJECT.c.kind + ":" + SUBJECT.c.slug).label("subject"),
        core(Link.predicate).label("predicate"),
        (OBJECT.c.kind + ":" + OBJECT.c.slug).label("object"),
        core(Citation.stance).label("stance"),
        core(Citation.about).label("about"),
        core(Citation.note).label("note"),
    )
    .select_from(Citation)
    .outerjoin(RECORD, RECORD.c.id == Citation.record_id)
    .outerjoin(Link, Link.id == Citation.link_id)
    .outerjoin(SUBJECT, SUBJECT.c.id == Link.subject_id)
    .outerjoin(OBJECT, OBJECT.c.id == Link.object_id)
    .order_by(core(Citation.id))
)


def _count_passages(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count(Passage.id)).where(*conditions).scalar_subquery()


def _coverage(condition: ColumnElement[bool]) -> dict[str, Field]:
    """Return the fields with the numbers of passages, of citable passages, and of those that are cited."""
    return {
        "passages": Field(column=_count_passages(condition), filter=False),
        "citable_passages": Field(column=_count_passages(condition, IS_CITABLE), filter=False),
        "cited_passages": Field(column=_count_passages(condition, IS_CITABLE, IS_CITED), filter=False),
    }


SOURCES = Resource(
    name="sources",
    summary="Sources of all records and links, with licences and how much of each article is cited.",
    model=Source,
    schema=SourceOut,
    key=Source.slug,
    example="ssr-article",
    fields={
        "slug": Field(column=Source.slug, sort=True),
        "name": Field(column=Source.name, sort=Source.sort_name),
        "kind": Field(column=Source.kind, sort=True),
        "publisher": Field(column=Source.publisher, sort=True, facet=True),
        "published": Field(column=Source.published, precision=Source.published_precision, sort=True),
        "url": Field(column=Source.url, filter=False),
        "licence": Field(column=Source.licence),
        "attribution": Field(column=Source.attribution),
        "sha256": Field(column=Source.sha256, filter=False),
        **_coverage(Passage.source_id == Source.id),
        "citations": Field(column=Source.citations, filter=False),
    },
)

SECTIONS = Resource(
    name="sections",
    summary="Sections of a source, in order.",
    model=Section,
    schema=SectionOut,
    key=Section.slug,
    example="joint-training-initiatives",
    fields={
        "slug": Field(column=Section.slug),
        "position": Field(column=Section.position, sort=True),
        "heading": Field(column=Section.heading),
        **_coverage(Passage.section_id == Section.id),
    },
)

PASSAGES = Resource(
    name="passages",
    summary="Passages of a source, in order, whether cited or not.",
    model=Passage,
    schema=PassageOut,
    key=Passage.locator,
    example="joint-training-initiatives:1.1",
    fields={
        "locator": Field(column=Passage.locator),
        "section": Field(
            column=select(Section.slug).where(Section.id == Passage.section_id).scalar_subquery(), vocabulary=Section.slug
        ),
        "paragraph": Field(column=Passage.paragraph),
        "sentence": Field(column=Passage.sentence),
        "kind": Field(column=Passage.kind),
        "characters": Field(column=Passage.characters, sort=True),
        "sha256": Field(column=Passage.sha256),
        "cited": Field(column=IS_CITED),
    },
    include={"cited_by": Include(schema=CitedBy, rows=CITED_BY)},
)
