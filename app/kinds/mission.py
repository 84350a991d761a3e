"""Missions: peace operations of the United Nations, and of others that the Security Council authorised."""

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
    """What a mission has of its own."""

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
    """The organizations that led a mission."""

    __tablename__ = "mission_lead"
    __table_args__ = (UniqueConstraint("mission_id", "organization"), Index(None, "organization", "mission_id"))

    mission_id: Mapped[int] = mapped_column(ForeignKey("mission.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    organization: Mapped[str] = mapped_column(one_of(Organization, "organization"))


class MissionPersonnel(Base):
    """The categories of uniformed personnel that a mission deployed."""

    __tablename__ = "mission_personnel"
    __table_args__ = (UniqueConstraint("mission_id", "personnel"), Index(None, "personnel", "mission_id"))

    mission_id: Mapped[int] = mapped_column(ForeignKey("mission.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    personnel: Mapped[str] = mapped_column(one_of(Personnel, "personnel"))


class MissionTask(Base):
    """The tasks that a mission's mandate resolutions are indexed under."""

    __tablename__ = "mission_task"
    __table_args__ = (UniqueConstraint("mission_id", "task"), Index(None, "task", "mission_id"))

    mission_id: Mapped[int] = mapped_column(ForeignKey("mission.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    task: Mapped[str] = mapped_column(one_of(MandateTask, "task"))


class MissionConflict(Base):
    """Where sources disagree about a mission."""

    __tablename__ = "mission_conflict"
    __table_args__ = not_empty("conflict")

    mission_id: Mapped[int] = mapped_column(ForeignKey("mission.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    conflict: Mapped[str]


class MissionOut(RecordOut):
    """A peace operation."""

    acronym: str | None = public("Acronym in use.", "ISAF")
    mission_type: MissionType = public("Type of operation.", "non_un_operation")
    lead_organizations: list[Organization] = public("Organizations that led it.", ["nato"])
    established: PartialDate | None = public("Beginning: ISO 8601, as precise as the source.", "2001-12-20")
    ended: PartialDate | None = public(
        "End: ISO 8601, as precise as the source; null also where the source gives none.", "2014-12"
    )
    status: Status | None = public("Whether it still runs; `unknown` where the sources looked at do not say.", "closed")
    countries: list[str] = public("Host countries, ISO 3166-1 alpha-3.", ["AFG"])
    regions: list[str] = public("UN M49 regions of the host countries.", ["Asia"])
    subregions: list[str] = public("UN M49 subregions of the host countries.", ["Southern Asia"])
    headquarters: str | None = public("Seat.", "Kinshasa")
    headquarters_latitude: float | None = public("Latitude of the seat, degrees north, WGS 84.", -4.325)
    headquarters_longitude: float | None = public("Longitude of the seat, degrees east.", 15.3222)
    personnel: list[Personnel] | None = public(
        "Categories of uniformed personnel in its mapped deployments since 1994; null where none is mapped. What is absent was "
        "not mapped, which does not say that it had none.",
        ["troops"],
    )
    mandate_tasks: list[MandateTask] | None = public(
        "Tasks under which its mandate resolutions since 2000 are indexed; null where none is indexed so. What is absent was not "
        "indexed, which does not say that it had no such task.",
        ["ssr"],
    )
    source_conflicts: list[str] = public(
        "Where sources disagree, and which was taken.", ["start: 1964-03 in one source, 1964-04 in another"]
    )
    outcome: str | None = public(
        "What came of it, as its sources judge; see `field_verification`.", "Called a success by the article."
    )
    note: str | None = public(
        "What to know when using this record: what its dates and status rest on.",
        "start is the date of the authorizing resolution",
    )
    activities: list[ActivityYear] = public("What it did in each year, in total; /v1/activities has the rows.")


MISSIONS = Resource(
    name="missions",
    summary="Peace operations: when, where, under whom, with which mandate, and what they met and taught.",
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
        Relation(name="faced", object_kind="challenge", inverse="faced_by", meaning="The mission met the challenge."),
        Relation(name="taught", object_kind="lesson", inverse="taught_by", meaning="The lesson was drawn from the mission."),
        Relation(name="applied", object_kind="principle", inverse="applied_by", meaning="The mission worked by the principle."),
        Relation(name="used", object_kind="mechanism", inverse="used_by", meaning="The mission worked through the mechanism."),
        Relation(name="pursued", object_kind="objective", inverse="pursued_by", meaning="The mission aimed at the objective."),
        Relation(
            name="involved",
            object_kind="actor",
            inverse="involved_in",
            meaning="The actor took part in the mission or was its concern.",
        ),
        Relation(name="had", object_kind="impact", inverse="resulted_from", meaning="The impact is ascribed to the mission."),
        Relation(
            name="illustrates",
            object_kind="concept",
            inverse="illustrated_by",
            meaning="The mission is an instance of the concept.",
        ),
        Relation(
            name="established_by",
            object_kind="resolution",
            inverse="established",
            meaning="The resolution set up or authorised the mission.",
        ),
        Relation(
            name="succeeded",
            object_kind="mission",
            inverse="succeeded_by",
            meaning="The mission began in a country where an earlier one ended at the time.",
        ),
    ),
)
