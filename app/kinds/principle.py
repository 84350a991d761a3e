"""Principles of peacekeeping and of security sector reform."""

from typing import Literal

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import one_of
from app.model.record import Record, RecordTable
from app.model.resource import Field, Relation, Resource
from app.model.schema import RECORD_FIELDS, RecordOut, public

Framework = Literal["peacekeeping", "security_sector_reform"]


class Principle(RecordTable):
    """The columns that only principles have."""

    __tablename__ = "principle"
    own_constraints = (Index(None, "framework", "id"),)

    framework: Mapped[str] = mapped_column(one_of(Framework, "framework"))


class PrincipleOut(RecordOut):
    """A principle of peacekeeping or of security sector reform."""

    framework: Framework = public("Framework to which the principle belongs.", "security_sector_reform")


PRINCIPLES = Resource(
    name="principles",
    summary="Principles of peacekeeping and of security sector reform.",
    model=Principle,
    schema=PrincipleOut,
    key=Record.slug,
    example="inclusivity",
    fields={
        **RECORD_FIELDS,
        "framework": Field(column=Principle.framework, sort=True),
    },
    relations=(
        Relation(
            name="engages", object_kind="actor", inverse="engaged_by", meaning="The principle calls for the actor to take part."
        ),
        Relation(
            name="yields", object_kind="impact", inverse="yielded_by", meaning="Sources attribute the impact to the principle."
        ),
        Relation(
            name="addresses",
            object_kind="challenge",
            inverse="addressed_by",
            meaning="The principle is a response to the challenge.",
        ),
        Relation(
            name="advances",
            object_kind="objective",
            inverse="advanced_by",
            meaning="The principle helps to achieve the objective.",
        ),
        Relation(
            name="guides",
            object_kind="concept",
            inverse="guided_by",
            meaning="The practice that the concept describes is guided by the principle.",
        ),
        Relation(
            name="reinforces",
            object_kind="principle",
            inverse="reinforced_by",
            meaning="The principle strengthens the other principle.",
        ),
    ),
)
