"""Activities of missions by year, from a dataset: one row for each activity and form of engagement."""

from typing import Annotated, Any, Literal

import pydantic
from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Integer, case, cast, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.model.aggregate import json_agg
from app.model.base import Base, one_of
from app.model.record import Record
from app.model.resource import Field, Include, Resource, table
from app.model.schema import Public, public

ActivityType = Literal[
    "border_control",
    "child_rights",
    "civil_society_assistance",
    "civilian_protection",
    "control_salw",
    "demilitarization",
    "demining",
    "democratic_institutions",
    "disarmament_demobilization",
    "economic_development",
    "election_assistance",
    "electoral_security",
    "gender",
    "human_rights",
    "humanitarian_relief",
    "justice_sector_reform",
    "legal_reform",
    "local_reconciliation",
    "media",
    "military_reform",
    "national_reconciliation",
    "operations_patrols_interventions",
    "operations_use_of_force",
    "party_assistance",
    "police_reform",
    "prison_reform",
    "public_health",
    "refugee_assistance",
    "reintegration",
    "resources",
    "sexual_violence",
    "state_administration",
    "state_authority",
    "transitional_justice",
    "voter_education",
]
Engagement = Literal[
    "advocate",
    "assist",
    "assist_agents",
    "assist_other",
    "assist_policies",
    "implement",
    "material_support",
    "meeting",
    "monitor",
    "outreach",
    "provide_security",
]
FIRST_YEAR, LAST_YEAR = 1945, 2100
Year = Annotated[int, pydantic.Field(ge=FIRST_YEAR, le=LAST_YEAR)]


class Activity(Base):
    """One activity of a mission in one year, with one form of engagement."""

    __tablename__ = "activity"
    __table_args__ = (
        ForeignKeyConstraint(["mission_kind", "mission"], ["record.kind", "record.slug"]),
        CheckConstraint("mission_kind = 'mission'", name="mission_kind"),
        CheckConstraint(f"year BETWEEN {FIRST_YEAR} AND {LAST_YEAR}", name="year"),
        CheckConstraint(
            "slug = mission || '-' || CAST(year AS TEXT) || '-' || replace(activity, '_', '-')"
            " || '-' || replace(engagement, '_', '-')",
            name="slug",
        ),
        Index(None, "mission", "year"),
        Index(None, "activity", "engagement", "year"),
    )

    slug: Mapped[str] = mapped_column(primary_key=True)
    mission: Mapped[str]
    mission_kind: Mapped[str] = mapped_column(server_default="mission")
    year: Mapped[int]
    activity: Mapped[str] = mapped_column(one_of(ActivityType, "activity"))
    engagement: Mapped[str] = mapped_column(one_of(Engagement, "engagement"))
    with_international_actors: Mapped[bool]
    source: Mapped[str] = mapped_column(ForeignKey("source.slug"))


class ActivityOut(Public):
    """One activity of a mission in one year, with one form of engagement."""

    slug: str = public(
        "Identifier in URLs: mission, year, activity and engagement, joined by hyphens.", "unmit-2008-police-reform-assist"
    )
    mission: str = public("Id of the mission.", "mission:unmit")
    year: Year = public("Calendar year.", 2008)
    activity: ActivityType = public("Type of activity; /v1/codes?field=activity has the labels.", "police_reform")
    engagement: Engagement = public(
        "How the mission engaged in the activity; /v1/codes?field=engagement has the labels.", "assist"
    )
    with_international_actors: bool = public("Whether other international actors took part.", True)
    source: str = public("Slug of the source of this row; its row there is the one of the same mission and year.", "pact")


class ActivityYear(Public):
    """Totals of a mission's activities in one year."""

    year: int = public("Calendar year.", 2008)
    total: int = public("Number of combinations of activity and engagement, as listed in /v1/activities.", 57)
    with_international_actors: int = public("Number of these in which other international actors took part.", 21)
    activities: list[str] = public("Distinct activities, in alphabetical order.", ["police_reform"])


_RECORD, _ROW, _SAME_YEAR = table(Record), table(Activity), table(Activity).alias("same_year")
_DISTINCT_ACTIVITIES = (
    select(_SAME_YEAR.c.activity)
    .distinct()
    .where(_SAME_YEAR.c.mission == _ROW.c.mission, _SAME_YEAR.c.year == _ROW.c.year)
    .order_by(_SAME_YEAR.c.activity)
    .correlate(_ROW)
)
_WITH_OTHERS: Any = case((_ROW.c.with_international_actors, 1), else_=0)
YEARS_BY_MISSION = (
    select(
        _RECORD.c.id.label("parent"),
        _ROW.c.year.label("year"),
        func.count().label("total"),
        cast(func.sum(_WITH_OTHERS), Integer).label("with_international_actors"),
        json_agg(_DISTINCT_ACTIVITIES).label("activities"),
    )
    .join_from(_RECORD, _ROW, (_RECORD.c.kind == "mission") & (_RECORD.c.slug == _ROW.c.mission))
    .group_by(_RECORD.c.id, _ROW.c.mission, _ROW.c.year)
    .order_by(_RECORD.c.id, _ROW.c.year)
)
ACTIVITY_YEARS = Include(schema=ActivityYear, rows=YEARS_BY_MISSION)

ACTIVITIES = Resource(
    name="activities",
    summary="Activities of missions by year: type, form of engagement, and whether other international actors took part.",
    model=Activity,
    schema=ActivityOut,
    key=Activity.slug,
    example="unmit-2008-police-reform-assist",
    fields={
        "slug": Field(column=Activity.slug, made_of=("mission", "year", "activity", "engagement")),
        "mission": Field(column=Activity.mission, record="mission", sort=True),
        "year": Field(column=Activity.year, facet=True, sort=True),
        "activity": Field(column=Activity.activity, sort=True),
        "engagement": Field(column=Activity.engagement, sort=True),
        "with_international_actors": Field(column=Activity.with_international_actors),
        "source": Field(column=Activity.source, filter=False),
    },
)
