"""Events: what happened and when."""

import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import PRECISION, partial_date
from app.model.partial_date import PartialDate
from app.model.record import Record, RecordTable
from app.model.resource import Field, Relation, Resource
from app.model.schema import RECORD_FIELDS, RecordOut, public


class Event(RecordTable):
    """The columns that only events have."""

    __tablename__ = "event"
    own_constraints = (*partial_date("date"), Index(None, "date", "id"))

    date: Mapped[datetime.date | None]
    date_precision: Mapped[str | None] = mapped_column(PRECISION)


class EventOut(RecordOut):
    """An event in the history of peacekeeping."""

    date: PartialDate | None = public(
        "Date of the event, ISO 8601, as precise as the source; null if the source gives none.", "1948"
    )


EVENTS = Resource(
    name="events",
    summary="Events in the history of peacekeeping, such as the establishment of missions.",
    model=Event,
    schema=EventOut,
    key=Record.slug,
    example="establishment-of-isaf",
    fields={**RECORD_FIELDS, "date": Field(column=Event.date, precision=Event.date_precision, sort=True)},
    relations=(
        Relation(name="concerned", object_kind="mission", inverse="subject_of", meaning="The event concerned the mission."),
        Relation(name="concerned", object_kind="actor", inverse="subject_of", meaning="The event concerned the actor."),
        Relation(name="concerned", object_kind="concept", inverse="subject_of", meaning="The event is relevant to the concept."),
    ),
)
