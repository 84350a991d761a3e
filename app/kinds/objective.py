"""Objectives: aims of missions and of reform."""

from app.model.record import Record, RecordTable
from app.model.resource import Resource
from app.model.schema import RECORD_FIELDS, RecordOut


class Objective(RecordTable):
    """The table of objectives, which have no columns beyond those of all records."""

    __tablename__ = "objective"


class ObjectiveOut(RecordOut):
    """An aim of missions or of security sector reform."""


OBJECTIVES = Resource(
    name="objectives",
    summary="Aims of missions and of security sector reform.",
    model=Objective,
    schema=ObjectiveOut,
    key=Record.slug,
    example="protection-of-civilians",
    fields=RECORD_FIELDS,
)
