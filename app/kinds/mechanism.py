"""Mechanisms of cooperation between peacekeepers and local security institutions."""

from typing import Literal

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import one_of
from app.model.link import one_link
from app.model.record import Record, RecordTable
from app.model.resource import Field, Relation, Resource
from app.model.schema import RECORD_FIELDS, RecordOut, linked, public

MechanismType = Literal[
    "joint_training",
    "intelligence_sharing",
    "capacity_building",
    "oversight",
    "partnership",
    "community_engagement",
    "resource_support",
    "technology",
]
Role = Literal["mechanism", "form", "component"]


class Mechanism(RecordTable):
    """The columns that only mechanisms have."""

    __tablename__ = "mechanism"
    own_constraints = (Index(None, "mechanism_type", "id"), Index(None, "role", "id"))

    mechanism_type: Mapped[str] = mapped_column(one_of(MechanismType, "mechanism_type"))
    role: Mapped[str] = mapped_column(one_of(Role, "role"))


one_link("mechanism", "part_of")


class MechanismOut(RecordOut):
    """A mechanism of cooperation, a form that one takes, or a component of one."""

    mechanism_type: MechanismType = public("Type of mechanism.", "joint_training")
    role: Role = public("Whether this is a mechanism, a form that a mechanism takes, or a component that it needs.", "mechanism")
    part_of: str | None = public("Id of the mechanism of which this is a form or component.", "mechanism:joint-training")


MECHANISMS = Resource(
    name="mechanisms",
    summary="Mechanisms of cooperation between peacekeepers and local security institutions, their forms and components.",
    model=Mechanism,
    schema=MechanismOut,
    key=Record.slug,
    example="joint-training",
    fields={
        **RECORD_FIELDS,
        "mechanism_type": Field(column=Mechanism.mechanism_type, sort=True),
        "role": Field(column=Mechanism.role, sort=True),
        "part_of": Field(column=linked("part_of"), facet=True),
    },
    relations=(
        Relation(
            name="part_of",
            object_kind="mechanism",
            inverse="has_part",
            single=True,
            meaning="The form or component belongs to the mechanism.",
        ),
        Relation(
            name="addresses",
            object_kind="challenge",
            inverse="addressed_by",
            meaning="The mechanism is a response to the challenge.",
        ),
        Relation(
            name="advances",
            object_kind="principle",
            inverse="advanced_by",
            meaning="The mechanism puts the principle into practice.",
        ),
        Relation(
            name="advances",
            object_kind="objective",
            inverse="advanced_by",
            meaning="The mechanism helps to achieve the objective.",
        ),
        Relation(
            name="yields", object_kind="impact", inverse="yielded_by", meaning="Sources attribute the impact to the mechanism."
        ),
        Relation(name="engages", object_kind="actor", inverse="engaged_by", meaning="The actor takes part in the mechanism."),
        Relation(
            name="serves",
            object_kind="concept",
            inverse="served_by",
            meaning="The mechanism is a means of the practice that the concept describes.",
        ),
    ),
)
