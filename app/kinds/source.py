"""Sources and what is in them: sections, passages, and how much of an article is cited."""

from sqlalchemy import ColumnElement, ScalarSelect, exists, func, select

from app.model.citation import Citation
from app.model.link import Link
from app.model.partial_date import PartialDate
from app.model.record import Record
from app.model.resource import Field, Include, Resource, core, table
from app.model.schema import Public, public
from app.model.source import Passage, PassageKind, Section, Source, SourceKind


class SourceOut(Public):
    """A document or data set that records and links cite, and how much of it they cite."""

    slug: str = public("Name in paths and citations.", "ssr-article")
    name: str = public("Title.", "Peacekeeping operations and security sector reform")
    kind: SourceKind = public("Sort of source.", "article")
    publisher: str | None = public("Who issued it; sources of one publisher count once in verification.", "United Nations")
    published: PartialDate | None = public("Date of issue, ISO 8601.", "2021-08")
    url: str | None = public("Where it can be had.", None)
    licence: str | None = public("Terms of use.", "CC0")
    attribution: str | None = public("How to acknowledge it.", "United Nations")
    sha256: str | None = public("SHA-256 of the document that the digests were made from.", None)
    passages: int = public("Passages in it.", 151)
    citable_passages: int = public("Passages that say something: all but the lines that only announce a list.", 147)
    cited_passages: int = public("Citable passages that a record, a part or a link cites.", 147)
    citations: int = public("Citations of it, of whatever form.", 600)


class SectionOut(Public):
    """One heading of a source."""

    slug: str = public("Name in locators.", "joint-training-initiatives")
    position: int = public("Place in the source, from 1.", 13)
    heading: str = public("Heading.", "Joint Training Initiatives")
    passages: int = public("Passages in it.", 9)
    citable_passages: int = public("Passages in it that say something.", 9)
    cited_passages: int = public("Of these, how many are cited.", 9)


class CitedBy(Public):
    """A record or link that cites a passage."""

    id: str | None = public("Id of the record; null for a link.", "mission:isaf")
    subject: str | None = public("Id of the link's subject; null for a record.", None)
    predicate: str | None = public("The link's predicate.", None)
    object: str | None = public("Id of the link's object.", None)
    stance: str = public("Whether the passage supports or disputes it.", "supports")
    about: str | None = public("The one field that the passage speaks of.", None)
    note: str | None = public("What to know when reading it there.", None)


class PassageOut(Public):
    """One sentence or list item, by place and digest; the text itself is not held."""

    locator: str = public("`<section>:<paragraph>.<sentence>`.", "joint-training-initiatives:1.1")
    section: str = public("Slug of its section.", "joint-training-initiatives")
    paragraph: int = public("Paragraph of the section, from 1.", 1)
    sentence: int = public("Sentence of the paragraph, from 1.", 1)
    kind: PassageKind = public("What the passage is; a `lead_in` only announces a list.", "sentence")
    characters: int = public("Length of the normalised text, in characters.", 170)
    sha256: str = public("SHA-256 of the normalised text, UTF-8.", "0" * 64)
    cited: bool = public("Whether anything cites it.", True)
    cited_by: list[CitedBy] = public("Records and links that cite it.")


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


def _passages(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count(Passage.id)).where(*conditions).scalar_subquery()


def _coverage(of: ColumnElement[bool]) -> dict[str, Field]:
    """How many passages there are, how many say something, and how many of these are cited."""
    return {
        "passages": Field(column=_passages(of), filter=False),
        "citable_passages": Field(column=_passages(of, IS_CITABLE), filter=False),
        "cited_passages": Field(column=_passages(of, IS_CITABLE, IS_CITED), filter=False),
    }


SOURCES = Resource(
    name="sources",
    summary="Where everything comes from, with licences, and how much of each article is cited.",
    model=Source,
    schema=SourceOut,
    key=Source.slug,
    example="ssr-article",
    fields={
        "slug": Field(column=Source.slug, sort=True),
        "name": Field(column=Source.name, sort=True),
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
    summary="The headings of a source, in order.",
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
    summary="The passages of a source, in order, cited or not.",
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
