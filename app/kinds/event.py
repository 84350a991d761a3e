"""Events: what happened, and when."""

import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import PRECISION, partial_date
from app.model.partial_date import PartialDate
from app.model.record import Record, RecordTable
from app.model.resource import Field, Relation, Resource
from app.model.schema import RECORD_FIELDS, RecordOut, public


class Event(RecordTable):
    """What an event has of its own."""

    __tablename__ = "event"
    own_constraints = (*partial_date("date"), Index(None, "date", "id"))

    date: Mapped[datetime.date | None]
    date_precision: Mapped[str | None] = mapped_column(PRECISION)


class EventOut(RecordOut):
    """Something that happened."""

    date: PartialDate | None = public("When: ISO 8601, as precise as the source; null where it gives no date.", "1948")


EVENTS = Resource(
    name="events",
    summary="What happened and when.",
    model=Event,
    schema=EventOut,
    key=Record.slug,
    example="establishment-of-isaf",
    fields={**RECORD_FIELDS, "date": Field(column=Event.date, precision=Event.date_precision, sort=True)},
    relations=(
        Relation(name="concerned", object_kind="mission", inverse="subject_of", meaning="The event was about the mission."),
        Relation(name="concerned", object_kind="actor", inverse="subject_of", meaning="The event was about the actor."),
        Relation(name="concerned", object_kind="concept", inverse="subject_of", meaning="The event bears on the concept."),
    ),
)
