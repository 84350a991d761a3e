"""Case studies: one mission told in ordered parts, each with its own citations."""

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
    """A case study; its text is in its parts."""

    __tablename__ = "case_study"


class CaseStudyPart(Base):
    """One part of a case study, in its order."""

    __tablename__ = "case_study_part"
    __table_args__ = not_empty("text")

    case_study_id: Mapped[int] = mapped_column(ForeignKey("case_study.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(one_of(PartKind, "kind"))
    text: Mapped[str]


one_link("case_study", "examines")


class PartOut(Public):
    """One part of a case study."""

    position: int = public("Place in the case study, from 1.", 1)
    kind: PartKind = public("What the part tells.", "context")
    text: str = public("The part, in Casebook's words.", "Set up in 2001, after the Taliban had fallen.")
    citations: list[CitationOut] = public("Where the part is said; in the record's own list `about` names it `parts.<position>`.")


class CaseStudyOut(RecordOut):
    """A case study of one mission."""

    mission: str | None = public("Id of the mission that it examines.", "mission:isaf")
    parts: list[PartOut] = public("Its parts, in order.")


CASE_STUDIES = Resource(
    name="case-studies",
    summary="Missions told in ordered parts: context, mandate, efforts, challenges, lessons, outcome, conclusion.",
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
            meaning="The case study is of the mission.",
        ),
        Relation(
            name="illustrates", object_kind="concept", inverse="illustrated_by", meaning="The case study exemplifies the concept."
        ),
        Relation(
            name="illustrates",
            object_kind="principle",
            inverse="illustrated_by",
            meaning="The case study exemplifies the principle.",
        ),
        Relation(
            name="illustrates", object_kind="lesson", inverse="illustrated_by", meaning="The case study bears out the lesson."
        ),
    ),
)
