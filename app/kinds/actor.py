"""Actors: organizations and groups that take part in peacekeeping and reform, or are affected by them."""

from typing import Literal

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import one_of
from app.model.record import Record, RecordTable
from app.model.resource import Field, Resource
from app.model.schema import RECORD_FIELDS, RecordOut, public

ActorType = Literal[
    "international_organization",
    "peacekeeping_force",
    "government",
    "security_force",
    "security_institution",
    "community",
    "civil_society",
    "armed_group",
    "social_group",
    "international_community",
]


class Actor(RecordTable):
    """The columns that only actors have."""

    __tablename__ = "actor"
    own_constraints = (Index(None, "actor_type", "id"),)

    actor_type: Mapped[str] = mapped_column(one_of(ActorType, "actor_type"))


class ActorOut(RecordOut):
    """An actor: an organization, force, institution, community or group."""

    actor_type: ActorType = public("Type of actor.", "security_force")


ACTORS = Resource(
    name="actors",
    summary="Organizations, forces, institutions, communities and groups involved in peacekeeping and reform.",
    model=Actor,
    schema=ActorOut,
    key=Record.slug,
    example="local-security-forces",
    fields={
        **RECORD_FIELDS,
        "actor_type": Field(column=Actor.actor_type, sort=True),
    },
)
