"""A column as an expression that no index answers, for SQLite to read the rows along another index or table.

SQLite can choose an index for which it then reads or sorts many rows. A unary `+` is its documented way to exclude a column from
that choice. PostgreSQL weighs the numbers of rows and needs no advice.
"""

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class WithoutIndex(FunctionElement[Any]):
    """`+column` on SQLite, the column itself on PostgreSQL."""

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
    """Return an expression with the value of a column, which SQLite answers by no index.

    In the condition of a join it decides which table is the outer one: the table of this column.
    """
    return WithoutIndex(column)
