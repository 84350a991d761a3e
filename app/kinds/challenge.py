"""Challenges: what stands in the way of peacekeeping and reform."""

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
    """What a challenge has of its own."""

    __tablename__ = "challenge"
    own_constraints = (Index(None, "category", "id"),)

    category: Mapped[str] = mapped_column(one_of(Category, "category"))


one_link("challenge", "part_of")


class ChallengeOut(RecordOut):
    """An obstacle."""

    category: Category = public("Sort of challenge.", "security_environment")
    part_of: str | None = public("Id of the wider challenge that it is an aspect of.", "challenge:local-security-environments")


CHALLENGES = Resource(
    name="challenges",
    summary="Obstacles that missions meet, and what they hinder.",
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
            meaning="The challenge is one aspect of a wider one.",
        ),
        Relation(
            name="hinders",
            object_kind="objective",
            inverse="hindered_by",
            meaning="The challenge stands in the way of the objective.",
        ),
        Relation(
            name="hinders", object_kind="concept", inverse="hindered_by", meaning="The challenge impairs what the concept names."
        ),
        Relation(
            name="involves",
            object_kind="actor",
            inverse="involved_in",
            meaning="The challenge comes from the actor or is met by it.",
        ),
        Relation(
            name="leads_to",
            object_kind="challenge",
            inverse="results_from",
            meaning="The challenge brings about the other, or makes it worse.",
        ),
    ),
)
