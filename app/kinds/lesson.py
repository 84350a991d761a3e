"""Lessons: what was learned, and what to do about it."""

from typing import Literal

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import not_empty, one_of
from app.model.record import Record, RecordTable
from app.model.resource import Field, Relation, Resource
from app.model.schema import RECORD_FIELDS, RecordOut, public

Theme = Literal["local_context", "local_ownership", "inclusivity", "governance", "cooperation", "capacity", "integration"]


class Lesson(RecordTable):
    """What a lesson has of its own."""

    __tablename__ = "lesson"
    own_constraints = (*not_empty("recommendation"), Index(None, "theme", "id"))

    theme: Mapped[str] = mapped_column(one_of(Theme, "theme"))
    recommendation: Mapped[str]


class LessonOut(RecordOut):
    """A lesson."""

    theme: Theme = public("What the lesson is about.", "local_context")
    recommendation: str = public("What follows from it: one imperative sentence.", "Plan with local actors from the start.")


LESSONS = Resource(
    name="lessons",
    summary="What missions taught, each with a recommendation.",
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
            name="answers", object_kind="challenge", inverse="answered_by", meaning="The lesson says how to meet the challenge."
        ),
        Relation(name="concerns", object_kind="concept", inverse="subject_of", meaning="The lesson is about the concept."),
        Relation(
            name="recommends", object_kind="mechanism", inverse="recommended_by", meaning="The lesson calls for the mechanism."
        ),
        Relation(name="concerns", object_kind="actor", inverse="subject_of", meaning="The lesson is about the actor."),
    ),
)
