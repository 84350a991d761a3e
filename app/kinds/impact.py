"""Impacts: what peacekeeping and reform are said to bring about."""

from typing import Literal

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import one_of
from app.model.record import Record, RecordTable
from app.model.resource import Field, Relation, Resource
from app.model.schema import RECORD_FIELDS, RecordOut, public

Beneficiary = Literal["security_forces", "institutions", "communities", "peacekeepers", "state", "region"]


class Impact(RecordTable):
    """What an impact has of its own."""

    __tablename__ = "impact"
    own_constraints = (Index(None, "beneficiary", "id"),)

    beneficiary: Mapped[str] = mapped_column(one_of(Beneficiary, "beneficiary"))


class ImpactOut(RecordOut):
    """An effect."""

    beneficiary: Beneficiary = public("Who gains by it.", "communities")


IMPACTS = Resource(
    name="impacts",
    summary="Effects that the sources ascribe to missions, mechanisms and principles.",
    model=Impact,
    schema=ImpactOut,
    key=Record.slug,
    example="trust-in-security-forces",
    fields={
        **RECORD_FIELDS,
        "beneficiary": Field(column=Impact.beneficiary, sort=True),
    },
    relations=(
        Relation(name="strengthens", object_kind="actor", inverse="strengthened_by", meaning="The actor gains by the impact."),
        Relation(name="advances", object_kind="objective", inverse="advanced_by", meaning="The impact serves the objective."),
        Relation(
            name="serves", object_kind="concept", inverse="served_by", meaning="The impact furthers what the concept names."
        ),
    ),
)
