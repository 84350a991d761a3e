"""Resolutions of the Security Council and of the General Assembly."""

import datetime
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, WithJsonSchema
from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import PRECISION, Base, not_empty, one_of, partial_date
from app.model.partial_date import PartialDate
from app.model.record import Record, RecordTable
from app.model.resource import Field, Relation, Resource
from app.model.schema import RECORD_FIELDS, RecordOut, public

Subject = Literal["security_sector_reform", "military_reform"]
SYMBOL = r"^(S|A)/RES/[1-9]\d*( [A-Z]+)? \(([12]\d{3}|ES-[IVX]+)\)$"
MAX_SYMBOL = 40


def _check_symbol(text: str) -> str:
    if len(text) > MAX_SYMBOL or not re.fullmatch(SYMBOL, text, re.ASCII):
        raise ValueError("must be the symbol of a resolution, such as S/RES/1386 (2001)")
    return text


Symbol = Annotated[
    str, AfterValidator(_check_symbol), WithJsonSchema({"type": "string", "pattern": SYMBOL, "maxLength": MAX_SYMBOL})
]
"""A document symbol, such as S/RES/1386 (2001) or, of an emergency session of the General Assembly, A/RES/1000 (ES-I)."""


class Resolution(RecordTable):
    """The columns that only resolutions have."""

    __tablename__ = "resolution"
    own_constraints = (*partial_date("adopted"), *not_empty("symbol", "agenda"), Index(None, "adopted", "id"))

    symbol: Mapped[str] = mapped_column(unique=True)
    adopted: Mapped[datetime.date | None]
    adopted_precision: Mapped[str | None] = mapped_column(PRECISION)
    agenda: Mapped[str | None]


class ResolutionSubject(Base):
    """A subject heading under which a resolution is indexed."""

    __tablename__ = "resolution_subject"
    __table_args__ = (UniqueConstraint("resolution_id", "subject"), Index(None, "subject", "resolution_id"))

    resolution_id: Mapped[int] = mapped_column(ForeignKey("resolution.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(one_of(Subject, "subject"))


class ResolutionOut(RecordOut):
    """A resolution. Its name is made of symbol and title."""

    symbol: Symbol = public("United Nations document symbol.", "S/RES/1386 (2001)")
    adopted: PartialDate | None = public("Date of adoption, ISO 8601.", "2001-12-20")
    agenda: str | None = public("Agenda item under which it was adopted.", "The situation in Afghanistan")
    subjects: list[Subject] = public(
        "Subject headings under which it is indexed, limited to the possible values of this field.", ["security_sector_reform"]
    )


RESOLUTIONS = Resource(
    name="resolutions",
    summary="Resolutions that established or authorized missions, or are indexed under security sector reform.",
    model=Resolution,
    schema=ResolutionOut,
    key=Record.slug,
    example="s-res-1386-2001",
    fields={
        **RECORD_FIELDS,
        "symbol": Field(column=Resolution.symbol, sort=True, naming=True),
        "adopted": Field(column=Resolution.adopted, precision=Resolution.adopted_precision, sort=True),
        "agenda": Field(column=Resolution.agenda, facet=True),
        "subjects": Field(column=ResolutionSubject.subject, of=ResolutionSubject, singular="subject"),
    },
    relations=(
        Relation(name="concerns", object_kind="mission", inverse="subject_of", meaning="The resolution deals with the mission."),
        Relation(
            name="concerns",
            object_kind="concept",
            inverse="subject_of",
            meaning="The resolution as a whole is about the concept, according to its title and subject headings.",
        ),
    ),
)
