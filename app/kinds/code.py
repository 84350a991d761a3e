"""Codes: labels of the coded values of fields, for display."""

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import Base, not_empty
from app.model.resource import Field, Resource
from app.model.schema import Public, public


class Code(Base):
    """A coded value of a field, with its label."""

    __tablename__ = "code"
    __table_args__ = (UniqueConstraint("field", "code"), *not_empty("field", "code", "label", "note"))

    slug: Mapped[str] = mapped_column(primary_key=True)
    field: Mapped[str]
    code: Mapped[str]
    label: Mapped[str]
    note: Mapped[str | None]


class CodeOut(Public):
    """A coded value of a field, with its label."""

    slug: str = public("Identifier in URLs: field and code, joined by a hyphen.", "mandate-task-poc")
    field: str = public("Field that uses the code, by the name of its filter.", "mandate_task")
    code: str = public("Value of the field.", "poc")
    label: str = public("Label to display for the code.", "Protection of civilians")
    note: str | None = public("Note on the use of the code.", "A force of several states under none of these organizations.")


CODES = Resource(
    name="codes",
    summary="Labels of the coded values of fields.",
    model=Code,
    schema=CodeOut,
    key=Code.slug,
    example="mandate-task-poc",
    fields={
        "slug": Field(column=Code.slug, made_of=("field", "code")),
        "field": Field(column=Code.field, vocabulary=Code.field, sort=True),
        "code": Field(column=Code.code, sort=True),
        "label": Field(column=Code.label, sort=True),
        "note": Field(column=Code.note),
    },
)
