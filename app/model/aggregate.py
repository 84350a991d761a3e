"""JSON aggregated from rows by the database, with each engine's own functions.

The scalar subqueries keep a page of a list at one statement, however many values a record has.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, ColumnElement, ScalarSelect, Select, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class JSONArrayAgg(FunctionElement[Any]):
    """A JSON array of the values of its argument, in the order of the rows."""

    type = JSON()
    inherit_cache = True


class JSONObjectAgg(FunctionElement[Any]):
    """A JSON object of its two arguments, keys and values."""

    type = JSON()
    inherit_cache = True


class JSONBuildObject(FunctionElement[Any]):
    """A JSON object of its arguments, names and JSON values alternately."""

    type = JSON()
    inherit_cache = True


@compiles(JSONArrayAgg, "sqlite")
def _sqlite_array_agg(element: JSONArrayAgg, compiler: Any, **kw: Any) -> str:
    return f"json_group_array({compiler.process(element.clauses, **kw)})"


@compiles(JSONArrayAgg, "postgresql")
def _postgresql_array_agg(element: JSONArrayAgg, compiler: Any, **kw: Any) -> str:
    # If there are no rows, json_agg returns NULL, but json_group_array an empty array.
    return f"coalesce(json_agg({compiler.process(element.clauses, **kw)}), '[]'::json)"


@compiles(JSONObjectAgg, "sqlite")
def _sqlite_object_agg(element: JSONObjectAgg, compiler: Any, **kw: Any) -> str:
    return f"json_group_object({compiler.process(element.clauses, **kw)})"


@compiles(JSONObjectAgg, "postgresql")
def _postgresql_object_agg(element: JSONObjectAgg, compiler: Any, **kw: Any) -> str:
    return f"coalesce(json_object_agg({compiler.process(element.clauses, **kw)}), '{{}}'::json)"


@compiles(JSONBuildObject, "sqlite")
def _sqlite_build_object(element: JSONBuildObject, compiler: Any, **kw: Any) -> str:
    names, values = (list(element.clauses)[start::2] for start in (0, 1))
    pairs = [(compiler.process(name, **kw), compiler.process(value, **kw)) for name, value in zip(names, values, strict=True)]
    # Without json(), SQLite would quote what comes from a subquery as text.
    return f"json_object({', '.join(f'{name}, json({value})' for name, value in pairs)})"


@compiles(JSONBuildObject, "postgresql")
def _postgresql_build_object(element: JSONBuildObject, compiler: Any, **kw: Any) -> str:
    return f"json_build_object({compiler.process(element.clauses, **kw)})"


def json_agg(rows: Select[Any]) -> ScalarSelect[Any]:
    """Return the one column of `rows` as a JSON array, in their order."""
    ordered = rows.subquery()
    return select(JSONArrayAgg(*ordered.c)).scalar_subquery()


def json_object_agg(rows: Select[Any]) -> ScalarSelect[Any]:
    """Return the two columns of `rows`, key and value, as a JSON object, in their order."""
    ordered = rows.subquery()
    return select(JSONObjectAgg(*ordered.c)).scalar_subquery()


def json_build_object(values: Mapping[str, ColumnElement[Any]]) -> ColumnElement[Any]:
    """Return a JSON object of JSON values by name."""
    return JSONBuildObject(*(part for name, value in values.items() for part in (literal(name), value)))
