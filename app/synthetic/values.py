"""Values that a resource's declaration allows: items of enumerations, dates in order, sentences for free text, included rows.

Knows no kind by name. The form of a code, which no declaration states, is in `GENERATORS` by the name of the column.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Boolean, Column, Enum, Float, Integer
from sqlalchemy.sql.elements import ColumnElement

from app.model.base import Base
from app.model.partial_date import LENGTH
from app.model.resource import Field, Include, Resource, core, table
from app.model.schema import RECORD_FIELDS
from app.model.source import Source
from app.query.filters.types import is_text
from app.synthetic.citations import SOURCE_SLUGS
from app.synthetic.seeded_random import SeededRandom
from app.synthetic.texts import random_place, random_sentence

UNKNOWN_PERCENT = 20
"""Values of a hundred that are left out, if they may be unknown."""
NO_TEXT_PERCENT = 85
"""The same for free text."""
FIRST_YEAR, YEARS = 1946, 65
MAX_DURATION = 12
"""Years between two dates of a row."""
PRECISIONS = ("day", "day", "day", "month", "year")
REGIONS = ("Africa", "Asia", "Americas", "Europe", "Oceania")
DIRECTIONS = ("Northern", "Eastern", "Southern", "Western", "Middle")
Generator = Callable[[SeededRandom, int], Any]
"""Makes a value for the row of a number."""
GENERATORS: Mapping[str, Generator] = {
    "iso3": lambda _random, number: _letter_code(number, 3),
    "iso2": lambda _random, number: _letter_code(number, 2),
    "m49": lambda _random, number: f"{number:03}",
    "name": lambda random, _number: random_place(random),
    "region": lambda random, _number: random.zipf_choice(REGIONS),
    "subregion": lambda random, _number: f"{random.choice(DIRECTIONS)} {random.zipf_choice(REGIONS)}",
    "latitude": lambda random, _number: (random.below(14_000) - 7_000) / 100,
    "longitude": lambda random, _number: (random.below(36_000) - 18_000) / 100,
    "headquarters": lambda random, _number: random_place(random),
    "slug": lambda _random, number: f"made-{number}",
    "field": lambda _random, number: f"field_{number // 20}",
    "code": lambda _random, number: f"code_{number}",
    "symbol": lambda _random, number: f"S/RES/{number} (2000)",
    "agenda": lambda random, _number: f"The situation in {random_place(random)}",
    "year": lambda random, _number: FIRST_YEAR + random.below(YEARS),
}
"""By the name of a column, or by its last word."""
Vocabularies = Mapping[ColumnElement[Any], Sequence[Any]]
"""The values of each column that list fields refer to."""


def single_values(resource: Resource, random: SeededRandom, number: int, name: str) -> dict[str, Any]:
    """Return the values of a row's single-valued fields. `name` is the value of a field that names the record."""
    year, has_numbers = FIRST_YEAR + random.below(YEARS), not random.is_within(UNKNOWN_PERCENT)
    values: dict[str, Any] = {}
    for field_name, field, column, generate in _single_fields(resource):
        if isinstance(column.type, Float) and column.nullable:  # the numbers of a row are known together, as those of a point
            values[field_name] = generate(random, number) if has_numbers else None
        elif column.nullable and random.is_within(NO_TEXT_PERCENT if is_text(column) and not field.naming else UNKNOWN_PERCENT):
            values[field_name] = None
        elif field.precision is not None:
            values[field_name] = _random_date(random, year)
            year += 1 + random.below(MAX_DURATION)
        else:
            values[field_name] = name if field.naming else generate(random, number)
    return values


def list_values(resource: Resource, random: SeededRandom, vocabularies: Vocabularies) -> dict[str, list[Any]]:
    """Return the values of a record's list fields, out of their vocabulary or enumeration."""
    return {
        name: _random_items(random, vocabularies.get(column) or _enumerated(column)) for name, column in _list_fields(resource)
    }


def included_rows(resource: Resource, random: SeededRandom) -> dict[str, list[dict[str, Any]]]:
    """Return a record's included rows, one for each item of their enumeration."""
    return {
        name: [_included_row(include, random, index) for index in range(_enumeration_length(include))]
        for name, include in resource.include.items()
        if include.table is not None
    }


@cache
def _single_fields(resource: Resource) -> list[tuple[str, Field, Column[Any], Generator]]:
    fields = []
    for name in resource.seeded:
        field = resource.fields[name]
        column = resource.stored(field)
        if column is not None and field.of is None and not (resource.is_record and name in RECORD_FIELDS):
            fields.append((name, field, column, _generator(column)))
    return fields


@cache
def _list_fields(resource: Resource) -> list[tuple[str, ColumnElement[Any]]]:
    """Return the list fields, each with the column that determines its possible values."""
    fields = {name: resource.fields[name] for name in resource.seeded if name not in RECORD_FIELDS}
    return [
        (name, field.expression if field.vocabulary is None else core(field.vocabulary))
        for name, field in fields.items()
        if field.of is not None
    ]


@cache
def _generator(column: Column[Any]) -> Generator:
    by_name = GENERATORS.get(column.name) or GENERATORS.get(column.name.rpartition("_")[2])
    if any(key.column is core(Source.slug) for key in column.foreign_keys):
        return lambda random, _number: random.zipf_choice(SOURCE_SLUGS)
    if isinstance(column.type, Enum):
        items = column.type.enums
        return lambda random, _number: random.zipf_choice(items)
    if isinstance(column.type, Boolean):
        return lambda random, _number: random.is_within(50)
    if by_name is not None:
        return by_name
    if isinstance(column.type, Integer | Float):
        return lambda random, _number: random.below(1_000)
    return lambda random, _number: random_sentence(random)


def _random_items(random: SeededRandom, values: Sequence[Any]) -> list[Any]:
    """Return up to three distinct values; if there are none to choose from, the field is free text, and seldom has one."""
    if not values:
        return [random_sentence(random)] if random.is_within(10) else []
    if random.is_within(UNKNOWN_PERCENT):
        return []
    return list(dict.fromkeys(random.zipf_choice(values) for _ in range(1 + random.zipf_index(3))))


def _enumerated(column: ColumnElement[Any]) -> Sequence[Any]:
    return column.type.enums if isinstance(column.type, Enum) else ()


def _random_date(random: SeededRandom, year: int) -> str:
    return f"{year}-{1 + random.below(12):02}-{1 + random.below(28):02}"[: LENGTH[random.choice(PRECISIONS)]]


def _enumeration_length(include: Include) -> int:
    return next(len(column.type.enums) for column in _value_columns(include.table) if isinstance(column.type, Enum))


def _included_row(include: Include, random: SeededRandom, index: int) -> dict[str, Any]:
    return {
        column.name: column.type.enums[index] if isinstance(column.type, Enum) else random_sentence(random)
        for column in _value_columns(include.table)
    }


@cache
def _value_columns(model: type[Base] | None) -> list[Column[Any]]:
    """Return the columns of included rows that hold values, not keys or positions."""
    if model is None:
        return []
    return [column for column in table(model).c if isinstance(column.type, Enum) or is_text(column)]


def _letter_code(number: int, length: int) -> str:
    """Return the number in letters, to base 26."""
    code = ""
    for _ in range(length):
        number, letter = divmod(number, 26)
        code = chr(ord("A") + letter) + code
    return code
