"""Missions: peace operations of the United Nations, and operations of others that the Security Council authorized."""

from datetime import date
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kinds.activity import ACTIVITY_YEARS, ActivityYear
from app.kinds.country import Country, MissionCountry
from app.model.base import PRECISION, Base, in_order, not_empty, one_of, partial_date
from app.model.partial_date import PartialDate
from app.model.record import Record, RecordTable
from app.model.resource import Field, Relation, Resource
from app.model.schema import RECORD_FIELDS, RecordOut, public

MissionType = Literal["peacekeeping_operation", "special_political_mission", "support_office", "non_un_operation"]
Organization = Literal["un", "au", "ecowas", "eu", "g5-sahel", "igad", "multinational", "nato"]
Status = Literal["active", "closed", "unknown"]
Personnel = Literal["troops", "police", "military_observers"]
MandateTask = Literal[
    "corrections", "ddr", "elections", "human_rights", "mine_action", "poc", "police", "rule_of_law_justice", "ssr"
]


class Mission(RecordTable):
    """The columns that only missions have."""

    __tablename__ = "mission"
    own_constraints = (
        *partial_date("established"),
        *partial_date("ended"),
        in_order("established", "ended"),
        CheckConstraint("(headquarters_latitude IS NULL) = (headquarters_longitude IS NULL)", name="whole_point"),
        CheckConstraint(
            "headquarters_latitude BETWEEN -90 AND 90 AND headquarters_longitude BETWEEN -180 AND 180", name="point_on_earth"
        ),
        *not_empty("acronym", "headquarters", "outcome", "note"),
        Index(None, "established", "id"),
        Index(None, "ended", "id"),
        Index(None, "status", "id"),
        Index(None, "mission_type", "id"),
    )

    acronym: Mapped[str | None] = mapped_column(index=True)
    mission_type: Mapped[str] = mapped_column(one_of(MissionType, "mission_type"))
    established: Mapped[date | None]
    established_precision: Mapped[str | None] = mapped_column(PRECISION)
    ended: Mapped[date | None]
    ended_precision: Mapped[str | None] = mapped_column(PRECISION)
    status: Mapped[str | None] = mapped_column(one_of(Status, "status"))
    headquarters: Mapped[str | None]
    headquarters_latitude: Mapped[float | None]
    headquarters_longitude: Mapped[float | None]
    outcome: Mapped[str | None]
    note: Mapped[str | None]


class MissionLead(Base):
    """An organization that led a mission."""

    __tablename__ = "mission_lead"
    __table_args__ = (UniqueConstraint("mission_id", "organization"), Index(None, "organization", "mission_id"))

    mission_id: Mapped[int] = mapped_column(ForeignKey("mission.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    organization: Mapped[str] = mapped_column(one_of(Organization, "organization"))


class MissionPersonnel(Base):
    """A category of uniformed personnel that a mission deployed."""

    __tablename__ = "mission_personnel"
    __table_args__ = (UniqueConstraint("mission_id", "personnel"), Index(None, "personnel", "mission_id"))

    mission_id: Mapped[int] = mapped_column(ForeignKey("mission.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    personnel: Mapped[str] = mapped_column(one_of(Personnel, "personnel"))


class MissionTask(Base):
    """A task under which a mission's mandate resolutions are indexed."""

    __tablename__ = "mission_task"
    __table_args__ = (UniqueConstraint("mission_id", "task"), Index(None, "task", "mission_id"))

    mission_id: Mapped[int] = mapped_column(ForeignKey("mission.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    task: Mapped[str] = mapped_column(one_of(MandateTask, "task"))


class MissionConflict(Base):
    """A point on which sources disagree about a mission."""

    __tablename__ = "mission_conflict"
    __table_args__ = not_empty("conflict")

    mission_id: Mapped[int] = mapped_column(ForeignKey("mission.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    conflict: Mapped[str]


class MissionOut(RecordOut):
    """A peace operation."""

    acronym: str | None = public("Acronym in use.", "ISAF")
    mission_type: MissionType = public("Type of operation.", "non_un_operation")
    lead_organizations: list[Organization] = public("Organizations that led the mission.", ["nato"])
    established: PartialDate | None = public("Start date, ISO 8601, as precise as the source.", "2001-12-20")
    ended: PartialDate | None = public(
        "End date, ISO 8601, as precise as the source; null if the mission has not ended or the sources give no date.", "2014-12"
    )
    status: Status | None = public("Whether it is still active; `unknown` if the sources consulted do not say.", "closed")
    countries: list[str] = public("Host countries, as ISO 3166-1 alpha-3 codes.", ["AFG"])
    regions: list[str] = public("UN M49 regions of the host countries.", ["Asia"])
    subregions: list[str] = public("UN M49 subregions of the host countries.", ["Southern Asia"])
    headquarters: str | None = public("Location of headquarters.", "Kinshasa")
    headquarters_latitude: float | None = public("Latitude of headquarters, in decimal degrees north, WGS 84.", -4.325)
    headquarters_longitude: float | None = public("Longitude of headquarters, in decimal degrees east, WGS 84.", 15.3222)
    personnel: list[Personnel] | None = public(
        "Categories of uniformed personnel on maps of its deployments since 1994; null if none are mapped. A category that is "
        "not listed was not mapped, but may still have been deployed.",
        ["troops"],
    )
    mandate_tasks: list[MandateTask] | None = public(
        "Tasks under which its mandate resolutions since 2000 are indexed; null if there are none. A task that is not listed "
        "was not indexed, but may still be part of the mandate.",
        ["ssr"],
    )
    source_conflicts: list[str] = public(
        "Points on which sources disagree, and the value that was used.", ["start: 1964-03 in one source, 1964-04 in another"]
    )
    outcome: str | None = public(
        "Outcome of the mission, as judged by its sources; see `field_verification`.", "Called a success by the article."
    )
    note: str | None = public(
        "Note on the record, such as the basis of its dates and status.",
        "The start date is that of the authorizing resolution.",
    )
    activities: list[ActivityYear] = public("Totals of its activities in each year; /v1/activities has the individual rows.")


MISSIONS = Resource(
    name="missions",
    summary="Peace operations: dates, host countries, lead organizations, mandates, challenges and lessons.",
    model=Mission,
    schema=MissionOut,
    key=Record.slug,
    example="isaf",
    fields={
        **RECORD_FIELDS,
        "acronym": Field(column=Mission.acronym, sort=True, naming=True),
        "mission_type": Field(column=Mission.mission_type, sort=True),
        "lead_organizations": Field(column=MissionLead.organization, of=MissionLead, singular="lead_organization"),
        "established": Field(column=Mission.established, precision=Mission.established_precision, sort=True),
        "ended": Field(column=Mission.ended, precision=Mission.ended_precision, sort=True),
        "status": Field(column=Mission.status, sort=True),
        "countries": Field(column=MissionCountry.iso3, of=MissionCountry, singular="country", vocabulary=Country.iso3),
        "regions": Field(column=Country.region, of=MissionCountry, singular="region", vocabulary=Country.region),
        "subregions": Field(column=Country.subregion, of=MissionCountry, singular="subregion", vocabulary=Country.subregion),
        "headquarters": Field(column=Mission.headquarters),
        "headquarters_latitude": Field(column=Mission.headquarters_latitude, filter=False),
        "headquarters_longitude": Field(column=Mission.headquarters_longitude, filter=False),
        "personnel": Field(column=MissionPersonnel.personnel, of=MissionPersonnel),
        "mandate_tasks": Field(column=MissionTask.task, of=MissionTask, singular="mandate_task"),
        "source_conflicts": Field(column=MissionConflict.conflict, of=MissionConflict, singular="source_conflict"),
        "outcome": Field(column=Mission.outcome),
        "note": Field(column=Mission.note),
    },
    include={"activities": ACTIVITY_YEARS},
    relations=(
        Relation(name="faced", object_kind="challenge", inverse="faced_by", meaning="The mission faced the challenge."),
        Relation(name="taught", object_kind="lesson", inverse="taught_by", meaning="The lesson was drawn from the mission."),
        Relation(name="applied", object_kind="principle", inverse="applied_by", meaning="The mission applied the principle."),
        Relation(name="used", object_kind="mechanism", inverse="used_by", meaning="The mission used the mechanism."),
        Relation(name="pursued", object_kind="objective", inverse="pursued_by", meaning="The mission pursued the objective."),
        Relation(
            name="involved",
            object_kind="actor",
            inverse="involved_in",
            meaning="The actor took part in the mission or was affected by it.",
        ),
        Relation(
            name="had", object_kind="impact", inverse="resulted_from", meaning="Sources attribute the impact to the mission."
        ),
        Relation(
            name="illustrates",
            object_kind="concept",
            inverse="illustrated_by",
            meaning="The mission is an example of the concept.",
        ),
        Relation(
            name="established_by",
            object_kind="resolution",
            inverse="established",
            meaning="The resolution established or authorized the mission.",
        ),
        Relation(
            name="succeeded",
            object_kind="mission",
            inverse="succeeded_by",
            meaning="The mission began in a country at about the time when an earlier mission there ended.",
        ),
    ),
)
