"""A column as a plain value, by which SQLite looks into no index: so it finds the rows another way, or walks another table."""

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class WithoutIndex(FunctionElement[Any]):
    """Of one argument. PostgreSQL weighs the numbers of rows and needs no advice."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any]) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(WithoutIndex, "sqlite")
def _sqlite(element: WithoutIndex, compiler: Any, **kw: Any) -> str:
    return f"+{compiler.process(element.clauses, **kw)}"


@compiles(WithoutIndex, "postgresql")
def _postgresql(element: WithoutIndex, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.clauses, **kw))


def without_index(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The same value; as the number of a row by which a table is joined, it has the other table walked."""
    return WithoutIndex(column)
