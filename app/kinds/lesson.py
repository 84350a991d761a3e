"""Lessons learned, with recommendations."""

from typing import Literal

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import not_empty, one_of
from app.model.record import Record, RecordTable
from app.model.resource import Field, Relation, Resource
from app.model.schema import RECORD_FIELDS, RecordOut, public

Theme = Literal["local_context", "local_ownership", "inclusivity", "governance", "cooperation", "capacity", "integration"]


class Lesson(RecordTable):
    """The columns that only lessons have."""

    __tablename__ = "lesson"
    own_constraints = (*not_empty("recommendation"), Index(None, "theme", "id"))

    theme: Mapped[str] = mapped_column(one_of(Theme, "theme"))
    recommendation: Mapped[str]


class LessonOut(RecordOut):
    """A lesson learned from missions or reform."""

    theme: Theme = public("Theme of the lesson.", "local_context")
    recommendation: str = public(
        "Recommendation that follows from the lesson, as one imperative sentence.", "Plan with local actors from the start."
    )


LESSONS = Resource(
    name="lessons",
    summary="Lessons learned from missions and reform, each with a recommendation.",
    model=Lesson,
    schema=LessonOut,
    key=Record.slug,
    example="cooperate-with-local-actors",
    fields={
        **RECORD_FIELDS,
        "theme": Field(column=Lesson.theme, sort=True),
        "recommendation": Field(column=Lesson.recommendation),
    },
    relations=(
        Relation(name="upholds", object_kind="principle", inverse="upheld_by", meaning="The lesson confirms the principle."),
        Relation(
            name="answers",
            object_kind="challenge",
            inverse="answered_by",
            meaning="The lesson explains how to respond to the challenge.",
        ),
        Relation(name="concerns", object_kind="concept", inverse="subject_of", meaning="The lesson is about the concept."),
        Relation(
            name="recommends", object_kind="mechanism", inverse="recommended_by", meaning="The lesson recommends the mechanism."
        ),
        Relation(name="concerns", object_kind="actor", inverse="subject_of", meaning="The lesson is about the actor."),
    ),
)
