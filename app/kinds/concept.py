"""Concepts: a glossary of terms."""

from sqlalchemy.orm import Mapped

from app.model.base import not_empty
from app.model.record import Record, RecordTable
from app.model.resource import Field, Relation, Resource
from app.model.schema import RECORD_FIELDS, RecordOut, public


class Concept(RecordTable):
    """The columns that only concepts have."""

    __tablename__ = "concept"
    own_constraints = not_empty("definition")

    definition: Mapped[str]


class ConceptOut(RecordOut):
    """A term of peacekeeping or security sector reform, and the practice that it describes."""

    definition: str = public(
        "Definition of the term, in one sentence.", "Making security institutions accountable and effective."
    )


CONCEPTS = Resource(
    name="concepts",
    summary="Terms of peacekeeping and security sector reform, as the sources use them.",
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
            name="relates_to", object_kind="concept", inverse="relates_to", meaning="The two concepts help to explain each other."
        ),
        Relation(
            name="pursues",
            object_kind="objective",
            inverse="pursued_by",
            meaning="The practice that the concept describes aims at the objective.",
        ),
        Relation(
            name="engages",
            object_kind="actor",
            inverse="engaged_by",
            meaning="The actor takes part in the practice that the concept describes.",
        ),
        Relation(
            name="addresses",
            object_kind="challenge",
            inverse="addressed_by",
            meaning="The practice that the concept describes is a response to the challenge.",
        ),
        Relation(
            name="yields",
            object_kind="impact",
            inverse="yielded_by",
            meaning="Sources attribute the impact to the practice that the concept describes.",
        ),
    ),
)
