"""Codes: what the short names that fields take stand for, for whoever shows them to people."""

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import Base, not_empty
from app.model.resource import Field, Resource
from app.model.schema import Public, public


class Code(Base):
    """One value of one field, in words."""

    __tablename__ = "code"
    __table_args__ = (UniqueConstraint("field", "code"), *not_empty("field", "code", "label", "note"))

    slug: Mapped[str] = mapped_column(primary_key=True)
    field: Mapped[str]
    code: Mapped[str]
    label: Mapped[str]
    note: Mapped[str | None]


class CodeOut(Public):
    """One value of one field, in words."""

    slug: str = public("Name in paths: field and code.", "mandate-task-poc")
    field: str = public("The field, as its filter calls it.", "mandate_task")
    code: str = public("The value.", "poc")
    label: str = public("What it stands for.", "Protection of civilians")
    note: str | None = public("What to know when reading it.", "A force of several states under none of these organizations.")


CODES = Resource(
    name="codes",
    summary="What the codes that fields take stand for.",
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
