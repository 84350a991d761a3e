"""Countries and areas: ISO 3166 codes, UN M49 regions and one representative point."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import Base, not_empty
from app.model.record import Record
from app.model.resource import Field, Include, Resource, core
from app.model.schema import Public, public


class Country(Base):
    """A country or area with an ISO 3166 code or, in the case of Kosovo, a code in common use."""

    __tablename__ = "country"
    __table_args__ = (
        CheckConstraint("length(iso3) = 3 AND iso3 = upper(iso3)", name="iso3_form"),
        CheckConstraint("length(iso2) = 2 AND iso2 = upper(iso2)", name="iso2_form"),
        CheckConstraint("length(m49) = 3", name="m49_form"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="whole_point"),
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="point_on_earth"),
        Index(None, "sort_name", "iso3"),
        *not_empty("name", "region", "subregion"),
    )

    iso3: Mapped[str] = mapped_column(primary_key=True)
    iso2: Mapped[str] = mapped_column(unique=True)
    m49: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str]
    sort_name: Mapped[str] = mapped_column(server_default="")
    region: Mapped[str | None]
    subregion: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    source: Mapped[str] = mapped_column(ForeignKey("source.slug"))


class MissionCountry(Base):
    """A host country of a mission; `position` keeps the order of the seed file."""

    __tablename__ = "mission_country"
    __table_args__ = (UniqueConstraint("mission_id", "iso3"), Index(None, "iso3", "mission_id"))

    mission_id: Mapped[int] = mapped_column(ForeignKey("mission.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    iso3: Mapped[str] = mapped_column(ForeignKey("country.iso3"))


class CountryMission(Public):
    """A mission that the country hosted."""

    id: str = public("Id of the mission.", "mission:isaf")
    name: str = public("Name of the mission.", "International Security Assistance Force")
    verification: str = public("Verification status of the mission's record.", "corroborated")


class CountryOut(Public):
    """A country or area, and the missions it hosted. Names and codes express no opinion on the legal status of any area."""

    iso3: str = public("ISO 3166-1 alpha-3 code; XKX (Kosovo) is user-assigned, not part of the standard.", "AFG")
    iso2: str = public("ISO 3166-1 alpha-2 code.", "AF")
    m49: str | None = public("UN M49 code, three digits.", "004")
    name: str = public("Name of the country or area.", "Afghanistan")
    region: str | None = public("UN M49 region, such as Africa.", "Asia")
    subregion: str | None = public("UN M49 subregion, such as Western Africa.", "Southern Asia")
    latitude: float | None = public("Latitude of a representative point, in decimal degrees north, WGS 84.", 33.83)
    longitude: float | None = public("Longitude of the representative point, in decimal degrees east, WGS 84.", 65.31)
    source: str = public("Slug of the source of this row.", "m49")
    missions: list[CountryMission] = public("Missions that the country hosted.")


MISSIONS_BY_COUNTRY = (
    select(
        core(MissionCountry.iso3).label("parent"),
        (core(Record.kind) + ":" + core(Record.slug)).label("id"),
        core(Record.name).label("name"),
        core(Record.verification).label("verification"),
    )
    .join_from(MissionCountry, Record, core(MissionCountry.mission_id) == core(Record.id))
    .order_by(core(MissionCountry.iso3), core(Record.id))
)

COUNTRIES = Resource(
    name="countries",
    summary="Countries and areas with their ISO 3166 and UN M49 codes, and the missions they hosted.",
    model=Country,
    schema=CountryOut,
    key=Country.iso3,
    example="AFG",
    fields={
        "iso3": Field(column=Country.iso3, sort=True),
        "iso2": Field(column=Country.iso2),
        "m49": Field(column=Country.m49),
        "name": Field(column=Country.name, sort=Country.sort_name),
        "region": Field(column=Country.region, vocabulary=Country.region, sort=True),
        "subregion": Field(column=Country.subregion, vocabulary=Country.subregion, sort=True),
        "latitude": Field(column=Country.latitude, filter=False),
        "longitude": Field(column=Country.longitude, filter=False),
        "source": Field(column=Country.source, filter=False),
    },
    include={"missions": Include(schema=CountryMission, rows=MISSIONS_BY_COUNTRY)},
)
