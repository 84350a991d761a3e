"""Challenges: obstacles to peacekeeping and reform."""

from typing import Literal

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import one_of
from app.model.link import one_link
from app.model.record import Record, RecordTable
from app.model.resource import Field, Relation, Resource
from app.model.schema import RECORD_FIELDS, RecordOut, linked, public

Category = Literal["political", "financial", "capability", "security_environment", "coordination", "societal"]


class Challenge(RecordTable):
    """The columns that only challenges have."""

    __tablename__ = "challenge"
    own_constraints = (Index(None, "category", "id"),)

    category: Mapped[str] = mapped_column(one_of(Category, "category"))


one_link("challenge", "part_of")


class ChallengeOut(RecordOut):
    """An obstacle to peacekeeping or reform."""

    category: Category = public("Type of challenge.", "security_environment")
    part_of: str | None = public(
        "Id of the broader challenge of which this one is an aspect.", "challenge:local-security-environments"
    )


CHALLENGES = Resource(
    name="challenges",
    summary="Obstacles that missions and reform face, and the objectives that they hinder.",
    model=Challenge,
    schema=ChallengeOut,
    key=Record.slug,
    example="insurgent-resistance",
    fields={
        **RECORD_FIELDS,
        "category": Field(column=Challenge.category, sort=True),
        "part_of": Field(column=linked("part_of"), facet=True),
    },
    relations=(
        Relation(
            name="part_of",
            object_kind="challenge",
            inverse="has_part",
            single=True,
            meaning="The challenge is an aspect of a broader challenge.",
        ),
        Relation(
            name="hinders",
            object_kind="objective",
            inverse="hindered_by",
            meaning="The challenge makes the objective harder to achieve.",
        ),
        Relation(
            name="hinders",
            object_kind="concept",
            inverse="hindered_by",
            meaning="The challenge impairs the practice that the concept describes.",
        ),
        Relation(
            name="involves",
            object_kind="actor",
            inverse="involved_in",
            meaning="The challenge comes from the actor or is faced by it.",
        ),
        Relation(
            name="leads_to",
            object_kind="challenge",
            inverse="results_from",
            meaning="The challenge causes the other challenge or makes it worse.",
        ),
    ),
)
