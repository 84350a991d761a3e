"""Values that a declaration allows: one of an enumeration, dates in order, words where there is text, rows that belong.

Knows no kind. What no declaration says, such as the form of a code, stands in `FORMS` by the name of the column.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Boolean, Column, Enum, Float, Integer
from sqlalchemy.sql.elements import ColumnElement

from app.model.base import Base
from app.model.partial_date import LENGTH
from app.model.resource import Include, Resource, core, table
from app.model.schema import RECORD_FIELDS
from app.model.source import Source
from app.query.filters.types import is_text
from app.synthetic.chance import Chance
from app.synthetic.citing import SLUGS
from app.synthetic.vocabulary import place, sentence

UNKNOWN = 20
UNSAID = 85
"""How many of a hundred values are unknown, where they may be, and how many texts are left out."""
FIRST_YEAR, YEARS, LONGEST = 1946, 65, 12
PRECISIONS = ("day", "day", "day", "month", "year")
REGIONS = ("Africa", "Asia", "Americas", "Europe", "Oceania")
QUARTERS = ("Northern", "Eastern", "Southern", "Western", "Middle")
Maker = Callable[[Chance, int], Any]
FORMS: Mapping[str, Maker] = {
    "iso3": lambda _chance, number: _letters(number, 3),
    "iso2": lambda _chance, number: _letters(number, 2),
    "m49": lambda _chance, number: f"{number:03}",
    "name": lambda chance, _number: place(chance),
    "region": lambda chance, _number: chance.ranked(REGIONS),
    "subregion": lambda chance, _number: f"{chance.one_of(QUARTERS)} {chance.ranked(REGIONS)}",
    "latitude": lambda chance, _number: (chance.below(14_000) - 7_000) / 100,
    "longitude": lambda chance, _number: (chance.below(36_000) - 18_000) / 100,
    "headquarters": lambda chance, _number: place(chance),
    "slug": lambda _chance, number: f"made-{number}",
    "field": lambda _chance, number: f"field_{number // 20}",
    "code": lambda _chance, number: f"code_{number}",
    "symbol": lambda _chance, number: f"S/RES/{number} (2000)",
    "agenda": lambda chance, _number: f"The situation in {place(chance)}",
    "year": lambda chance, _number: FIRST_YEAR + chance.below(YEARS),
}
Pools = Mapping[ColumnElement[Any], Sequence[Any]]
"""The values that there are of a column that others refer to."""


def own_values(resource: Resource, chance: Chance, number: int, name: str) -> dict[str, Any]:
    """The fields of one value of a row; `name` is what a field that names the record says."""
    made, year, placed = {}, FIRST_YEAR + chance.below(YEARS), not chance.in_100(UNKNOWN)
    for field_name, field, column, make in _single(resource):
        if isinstance(column.type, Float) and column.nullable:  # the numbers of a row are known together, as those of a point
            made[field_name] = make(chance, number) if placed else None
        elif column.nullable and chance.in_100(UNSAID if is_text(column) and not field.naming else UNKNOWN):
            made[field_name] = None
        elif field.precision is not None:
            made[field_name] = _date(chance, year)
            year += 1 + chance.below(LONGEST)
        else:
            made[field_name] = name if field.naming else make(chance, number)
    return made


def lists(resource: Resource, chance: Chance, pools: Pools) -> dict[str, list[Any]]:
    """The fields of many values: some of those that there can be, or now and then a text."""
    return {name: _some(chance, pools.get(column) or _enumerated(column)) for name, column in _many(resource)}


def parts(resource: Resource, chance: Chance) -> dict[str, list[dict[str, Any]]]:
    """The rows that come with a record: one for each value of their enumeration."""
    includes = {name: include for name, include in resource.include.items() if include.table is not None}
    return {name: [_part(include, chance, number) for number in range(_length(include))] for name, include in includes.items()}


@cache
def _single(resource: Resource) -> list[tuple[str, Any, Column[Any], Maker]]:
    made = []
    for name in resource.seeded:
        field = resource.fields[name]
        column = resource.stored(field)
        if column is not None and field.of is None and not (resource.is_record and name in RECORD_FIELDS):
            made.append((name, field, column, _maker(column)))
    return made


@cache
def _many(resource: Resource) -> list[tuple[str, ColumnElement[Any]]]:
    """The fields of many values, and the column that says which there can be."""
    fields = {name: resource.fields[name] for name in resource.seeded if name not in RECORD_FIELDS}
    return [
        (name, field.expression if field.vocabulary is None else core(field.vocabulary))
        for name, field in fields.items()
        if field.of is not None
    ]


@cache
def _maker(column: Column[Any]) -> Maker:
    """What makes values of a column."""
    form = FORMS.get(column.name) or FORMS.get(column.name.rpartition("_")[2])
    if any(key.column is core(Source.slug) for key in column.foreign_keys):
        return lambda chance, _number: chance.ranked(SLUGS)
    if isinstance(column.type, Enum):
        values = column.type.enums
        return lambda chance, _number: chance.ranked(values)
    if isinstance(column.type, Boolean):
        return lambda chance, _number: chance.in_100(50)
    if form is not None:
        return form
    if isinstance(column.type, Integer | Float):
        return lambda chance, _number: chance.below(1_000)
    return lambda chance, _number: sentence(chance)


def _some(chance: Chance, values: Sequence[Any]) -> list[Any]:
    """One to three of the values, each once; of free text one, and seldom."""
    if not values:
        return [sentence(chance)] if chance.in_100(10) else []
    if chance.in_100(UNKNOWN):
        return []
    return list(dict.fromkeys(chance.ranked(values) for _ in range(1 + chance.rank(3))))


def _enumerated(column: ColumnElement[Any]) -> Sequence[Any]:
    return column.type.enums if isinstance(column.type, Enum) else ()


def _date(chance: Chance, year: int) -> str:
    return f"{year}-{1 + chance.below(12):02}-{1 + chance.below(28):02}"[: LENGTH[chance.one_of(PRECISIONS)]]


def _length(include: Include) -> int:
    return next(len(column.type.enums) for column in _columns(include.table) if isinstance(column.type, Enum))


def _part(include: Include, chance: Chance, number: int) -> dict[str, Any]:
    return {
        column.name: column.type.enums[number] if isinstance(column.type, Enum) else sentence(chance)
        for column in _columns(include.table)
    }


@cache
def _columns(model: type[Base] | None) -> list[Column[Any]]:
    """What a row says of its own."""
    own = table(model) if model is not None else None
    return [] if own is None else [column for column in own.c if isinstance(column.type, Enum) or is_text(column)]


def _letters(number: int, length: int) -> str:
    made = ""
    for _ in range(length):
        number, letter = divmod(number, 26)
        made = chr(ord("A") + letter) + made
    return made
