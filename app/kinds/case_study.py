"""Case studies: each examines one mission in ordered parts, which have their own citations."""

from typing import Literal

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import Base, not_empty, one_of
from app.model.link import one_link
from app.model.record import Record, RecordTable
from app.model.resource import Field, Include, Relation, Resource, child_rows
from app.model.schema import RECORD_FIELDS, CitationOut, Public, RecordOut, linked, public

PartKind = Literal["context", "mandate", "effort", "challenge", "lesson", "outcome", "conclusion"]


class CaseStudy(RecordTable):
    """A case study. Its text is in its parts."""

    __tablename__ = "case_study"


class CaseStudyPart(Base):
    """A part of a case study, at its position."""

    __tablename__ = "case_study_part"
    __table_args__ = not_empty("text")

    case_study_id: Mapped[int] = mapped_column(ForeignKey("case_study.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(one_of(PartKind, "kind"))
    text: Mapped[str]


one_link("case_study", "examines")


class PartOut(Public):
    """A part of a case study."""

    position: int = public("Position in the case study, starting at 1.", 1)
    kind: PartKind = public("Type of part.", "context")
    text: str = public("Text of the part, in Casebook's own words.", "Set up in 2001, after the Taliban had fallen.")
    citations: list[CitationOut] = public(
        "Sources for the part. The citations of the case study include them, with `parts.<position>` in `about`."
    )


class CaseStudyOut(RecordOut):
    """A case study of one mission."""

    mission: str | None = public("Id of the mission examined.", "mission:isaf")
    parts: list[PartOut] = public("Parts of the case study, in order.")


CASE_STUDIES = Resource(
    name="case-studies",
    summary="Studies of single missions in ordered parts: context, mandate, efforts, challenges, lessons, outcome, conclusion.",
    model=CaseStudy,
    schema=CaseStudyOut,
    key=Record.slug,
    example="international-security-assistance-force-in-afghanistan",
    fields={**RECORD_FIELDS, "mission": Field(column=linked("examines"), filter=False)},
    include={
        "parts": Include(schema=PartOut, table=CaseStudyPart, rows=child_rows(CaseStudyPart, parent=CaseStudyPart.case_study_id))
    },
    relations=(
        Relation(
            name="examines",
            object_kind="mission",
            inverse="examined_in",
            single=True,
            required=True,
            meaning="The case study examines the mission.",
        ),
        Relation(
            name="illustrates",
            object_kind="concept",
            inverse="illustrated_by",
            meaning="The case study is an example of the concept.",
        ),
        Relation(
            name="illustrates",
            object_kind="principle",
            inverse="illustrated_by",
            meaning="The case study is an example of the principle in practice.",
        ),
        Relation(
            name="illustrates", object_kind="lesson", inverse="illustrated_by", meaning="The case study supports the lesson."
        ),
    ),
)
