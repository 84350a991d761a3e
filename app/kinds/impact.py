"""Impacts: effects that sources attribute to peacekeeping and reform."""

from typing import Literal

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import one_of
from app.model.record import Record, RecordTable
from app.model.resource import Field, Relation, Resource
from app.model.schema import RECORD_FIELDS, RecordOut, public

Beneficiary = Literal["security_forces", "institutions", "communities", "peacekeepers", "state", "region"]


class Impact(RecordTable):
    """The columns that only impacts have."""

    __tablename__ = "impact"
    own_constraints = (Index(None, "beneficiary", "id"),)

    beneficiary: Mapped[str] = mapped_column(one_of(Beneficiary, "beneficiary"))


class ImpactOut(RecordOut):
    """An effect of peacekeeping or reform, according to the sources."""

    beneficiary: Beneficiary = public("Group that benefits from the impact.", "communities")


IMPACTS = Resource(
    name="impacts",
    summary="Effects that sources attribute to missions, mechanisms and principles.",
    model=Impact,
    schema=ImpactOut,
    key=Record.slug,
    example="trust-in-security-forces",
    fields={
        **RECORD_FIELDS,
        "beneficiary": Field(column=Impact.beneficiary, sort=True),
    },
    relations=(
        Relation(name="strengthens", object_kind="actor", inverse="strengthened_by", meaning="The impact benefits the actor."),
        Relation(
            name="advances", object_kind="objective", inverse="advanced_by", meaning="The impact helps to achieve the objective."
        ),
        Relation(
            name="serves",
            object_kind="concept",
            inverse="served_by",
            meaning="The impact furthers the practice that the concept describes.",
        ),
    ),
)
