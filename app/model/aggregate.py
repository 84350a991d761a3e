"""JSON made of many rows by the database, spelt for each engine.

`array_of` and `object_of` give scalar subqueries, so that a list's page stays one statement however many values a record has.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, ColumnElement, ScalarSelect, Select, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class JsonArray(FunctionElement[Any]):
    """An array of the values of its argument, in the order in which rows come."""

    type = JSON()
    inherit_cache = True


class JsonObject(FunctionElement[Any]):
    """An object of the keys and values that its two arguments give."""

    type = JSON()
    inherit_cache = True


@compiles(JsonArray, "sqlite")
def _sqlite_array(element: JsonArray, compiler: Any, **kw: Any) -> str:
    return f"json_group_array({compiler.process(element.clauses, **kw)})"


@compiles(JsonArray, "postgresql")
def _postgresql_array(element: JsonArray, compiler: Any, **kw: Any) -> str:
    return f"coalesce(json_agg({compiler.process(element.clauses, **kw)}), '[]'::json)"


@compiles(JsonObject, "sqlite")
def _sqlite_object(element: JsonObject, compiler: Any, **kw: Any) -> str:
    return f"json_group_object({compiler.process(element.clauses, **kw)})"


@compiles(JsonObject, "postgresql")
def _postgresql_object(element: JsonObject, compiler: Any, **kw: Any) -> str:
    return f"coalesce(json_object_agg({compiler.process(element.clauses, **kw)}), '{{}}'::json)"


class JsonFields(FunctionElement[Any]):
    """An object of names and JSON values, one after the other."""

    type = JSON()
    inherit_cache = True


@compiles(JsonFields, "sqlite")
def _sqlite_fields(element: JsonFields, compiler: Any, **kw: Any) -> str:
    names, values = (list(element.clauses)[start::2] for start in (0, 1))
    pairs = [(compiler.process(name, **kw), compiler.process(value, **kw)) for name, value in zip(names, values, strict=True)]
    return f"json_object({', '.join(f'{name}, json({value})' for name, value in pairs)})"


@compiles(JsonFields, "postgresql")
def _postgresql_fields(element: JsonFields, compiler: Any, **kw: Any) -> str:
    return f"json_build_object({compiler.process(element.clauses, **kw)})"


def array_of(rows: Select[Any]) -> ScalarSelect[Any]:
    """The one column of `rows` as a JSON array."""
    ordered = rows.subquery()
    return select(JsonArray(*ordered.c)).scalar_subquery()


def object_of(rows: Select[Any]) -> ScalarSelect[Any]:
    """The two columns of `rows`, key and value, as a JSON object."""
    ordered = rows.subquery()
    return select(JsonObject(*ordered.c)).scalar_subquery()


def object_from(fields: Mapping[str, ColumnElement[Any]]) -> ColumnElement[Any]:
    """A JSON object of these JSON values."""
    return JsonFields(*(part for name, value in fields.items() for part in (literal(name), value)))
