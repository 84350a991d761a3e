"""The types of parameter values, derived from the type of the column that they are compared with."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError
from sqlalchemy import Boolean, Date, Enum, Float, Integer
from sqlalchemy.sql.elements import ColumnElement

from app.model.partial_date import PartialDate
from app.model.text import normalize_text, unseen_character

MAX_TEXT = 200
MAX_INTEGER = 2**31 - 1


def _clean(text: str) -> str:
    """Return the text as seed texts are spelt. Raise ValueError if it has a character that none of them has."""
    if "\ufffd" in text:
        raise ValueError("must be valid UTF-8")
    if char := unseen_character(text, allowed=""):
        raise ValueError(f"must be without control characters and others that cannot be seen, but has {char}")
    return normalize_text(text)


Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT), AfterValidator(_clean)]


def _digits(value: Any) -> Any:
    """Refuse what Python reads as a number and people do not, such as `1_0` and ` 1`."""
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]+", value, re.ASCII):
        raise PydanticCustomError("int_parsing", "takes a whole number")
    return value


Whole = Annotated[int, BeforeValidator(_digits)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Int32 = Annotated[Whole, Field(ge=-MAX_INTEGER, le=MAX_INTEGER)]


def value_type(column: ColumnElement[Any]) -> Any:
    """Return the type of the values that a column is compared with."""
    if isinstance(column.type, Enum):
        return Literal[tuple(column.type.enums)]
    if isinstance(column.type, Date):
        return PartialDate
    if isinstance(column.type, Boolean):
        return bool
    if isinstance(column.type, Integer):
        return Int32
    return Number if isinstance(column.type, Float) else Text


def is_text(column: ColumnElement[Any]) -> bool:
    """Return whether the values of a column are free text."""
    return value_type(column) is Text


def is_ordered(column: ColumnElement[Any]) -> bool:
    """Return whether the values of a column are dates or numbers."""
    return isinstance(column.type, Date | Integer | Float) and not isinstance(column.type, Boolean)


def is_number(column: ColumnElement[Any]) -> str | None:
    """Return `integer`, `number` or `boolean` for columns of these types, else None."""
    if isinstance(column.type, Boolean):
        return "boolean"
    if isinstance(column.type, Integer):
        return "integer"
    return "number" if isinstance(column.type, Float) else None
