"""Directions: expected developments in peacekeeping."""

from typing import Literal

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import one_of
from app.model.record import Record, RecordTable
from app.model.resource import Field, Relation, Resource
from app.model.schema import RECORD_FIELDS, RecordOut, public

Theme = Literal["technology", "partnership", "capacity", "prevention", "integration", "community", "sustainability"]


class Direction(RecordTable):
    """The columns that only directions have."""

    __tablename__ = "direction"
    own_constraints = (Index(None, "theme", "id"),)

    theme: Mapped[str] = mapped_column(one_of(Theme, "theme"))


class DirectionOut(RecordOut):
    """A trend or priority for future operations."""

    theme: Theme = public("Theme of the direction.", "technology")


DIRECTIONS = Resource(
    name="directions",
    summary="Trends and priorities for future operations.",
    model=Direction,
    schema=DirectionOut,
    key=Record.slug,
    example="advanced-technologies",
    fields={
        **RECORD_FIELDS,
        "theme": Field(column=Direction.theme, sort=True),
    },
    relations=(
        Relation(
            name="extends",
            object_kind="mechanism",
            inverse="extended_by",
            meaning="The direction develops the mechanism further.",
        ),
        Relation(
            name="advances",
            object_kind="principle",
            inverse="advanced_by",
            meaning="The direction puts the principle into practice.",
        ),
        Relation(
            name="advances",
            object_kind="objective",
            inverse="advanced_by",
            meaning="The direction helps to achieve the objective.",
        ),
        Relation(
            name="engages", object_kind="actor", inverse="engaged_by", meaning="The direction calls for the actor to take part."
        ),
        Relation(
            name="addresses",
            object_kind="challenge",
            inverse="addressed_by",
            meaning="The direction is a response to the challenge.",
        ),
        Relation(
            name="concerns",
            object_kind="concept",
            inverse="subject_of",
            meaning="The direction concerns the practice that the concept describes.",
        ),
        Relation(
            name="yields",
            object_kind="impact",
            inverse="yielded_by",
            meaning="The direction is expected to bring about the impact.",
        ),
    ),
)
