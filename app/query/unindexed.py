"""A column as a plain value, by which SQLite looks into no index: so it walks the table of that column, and not the other."""

from typing import Any

from sqlalchemy import ColumnElement, Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class Unindexed(FunctionElement[int]):
    """Of one argument, a number. PostgreSQL weighs the number of rows of a page and needs no advice."""

    type = Integer()
    inherit_cache = True


@compiles(Unindexed, "sqlite")
def _sqlite(element: Unindexed, compiler: Any, **kw: Any) -> str:
    return f"+{compiler.process(element.clauses, **kw)}"


@compiles(Unindexed, "postgresql")
def _postgresql(element: Unindexed, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.clauses, **kw))


def walked(column: ColumnElement[int]) -> ColumnElement[int]:
    """The number of a row of the table that is to be walked, as another table is joined by it."""
    return Unindexed(column)
