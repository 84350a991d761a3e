"""GeoJSON (RFC 7946) of missions and countries: one point each, no boundaries."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import select

from app.database import Snapshot
from app.http.about import NOTICE
from app.http.resources.exports import FORMATS, Format
from app.kinds.country import COUNTRIES, Country
from app.kinds.mission import MISSIONS
from app.model.resource import Resource
from app.query.lists.rows import Item

Point = tuple[float, float]
Place = Callable[[Item, Mapping[str, Point]], tuple[Point | None, str | None]]


def _of_mission(item: Item, countries: Mapping[str, Point]) -> tuple[Point | None, str | None]:
    """Return the headquarters, else the point of the first host country that has one, and which of the two it is."""
    if item["headquarters_longitude"] is not None:
        return (item["headquarters_longitude"], item["headquarters_latitude"]), "headquarters"
    for country in item["countries"]:
        if country in countries:
            return countries[country], f"country {country}"
    return None, None


def _of_country(item: Item, _countries: Mapping[str, Point]) -> tuple[Point | None, str | None]:
    known = item["longitude"] is not None
    return ((item["longitude"], item["latitude"]), "representative point") if known else (None, None)


def _format(place: Place, key: str) -> Format:
    async def write(chunks: AsyncIterator[list[Item]], fields: Sequence[str], snapshot: Snapshot) -> AsyncIterator[bytes]:
        countries = await _points(snapshot)
        about = {"notice": NOTICE, "data_version": snapshot.data_version}
        yield b'{"type":"FeatureCollection",' + orjson.dumps(about)[1:-1] + b',"features":['
        separator = b""
        async for chunk in chunks:
            for item in chunk:
                point, what = place(item, countries)
                yield separator + orjson.dumps(
                    _feature(item[key], point, {name: item[name] for name in fields} | {"place": what})
                )
                separator = b",\n"
        yield b"]}\n"

    return Format("geojson", "application/geo+json", write, needs_all_fields=True, schema={"type": "object"})


GEOJSON = {MISSIONS.name: _format(_of_mission, "id"), COUNTRIES.name: _format(_of_country, "iso3")}


def formats_of(resource: Resource) -> tuple[Format, ...]:
    """Return the formats in which a resource can be exported."""
    return (*FORMATS, GEOJSON[resource.name]) if resource.name in GEOJSON else FORMATS


def _feature(id_: str, point: Point | None, properties: dict[str, Any]) -> dict[str, Any]:
    """Build a feature. Its geometry is null if the location is unknown (RFC 7946, 3.2)."""
    geometry = {"type": "Point", "coordinates": point} if point else None
    return {"type": "Feature", "id": id_, "geometry": geometry, "properties": properties}


async def _points(snapshot: Snapshot) -> dict[str, Point]:
    rows = await snapshot.rows(select(Country.iso3, Country.longitude, Country.latitude).where(Country.longitude.is_not(None)))
    return {row.iso3: (row.longitude, row.latitude) for row in rows}
