"""Concepts: the glossary."""

from sqlalchemy.orm import Mapped

from app.model.base import not_empty
from app.model.record import Record, RecordTable
from app.model.resource import Field, Relation, Resource
from app.model.schema import RECORD_FIELDS, RecordOut, public


class Concept(RecordTable):
    """What a concept has of its own."""

    __tablename__ = "concept"
    own_constraints = not_empty("definition")

    definition: Mapped[str]


class ConceptOut(RecordOut):
    """A term."""

    definition: str = public("What the term means, in one sentence.", "Making security institutions accountable and effective.")


CONCEPTS = Resource(
    name="concepts",
    summary="The terms of the field as the sources use them.",
    model=Concept,
    schema=ConceptOut,
    key=Record.slug,
    example="security-sector-reform",
    fields={
        **RECORD_FIELDS,
        "definition": Field(column=Concept.definition),
    },
    relations=(
        Relation(
            name="relates_to", object_kind="concept", inverse="relates_to", meaning="The concepts are explained by one another."
        ),
        Relation(
            name="pursues", object_kind="objective", inverse="pursued_by", meaning="What the concept names aims at the objective."
        ),
        Relation(
            name="engages", object_kind="actor", inverse="engaged_by", meaning="The actor takes part in what the concept names."
        ),
        Relation(
            name="addresses",
            object_kind="challenge",
            inverse="addressed_by",
            meaning="What the concept names answers the challenge.",
        ),
        Relation(
            name="yields",
            object_kind="impact",
            inverse="yielded_by",
            meaning="What the concept names is said to bring about the impact.",
        ),
    ),
)
