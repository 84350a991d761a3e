"""Objectives: what missions and reform aim at."""

from app.model.record import Record, RecordTable
from app.model.resource import Resource
from app.model.schema import RECORD_FIELDS, RecordOut


class Objective(RecordTable):
    """What an objective has of its own."""

    __tablename__ = "objective"


class ObjectiveOut(RecordOut):
    """An aim."""


OBJECTIVES = Resource(
    name="objectives",
    summary="Aims of missions and of reform.",
    model=Objective,
    schema=ObjectiveOut,
    key=Record.slug,
    example="protection-of-civilians",
    fields=RECORD_FIELDS,
)
