"""Conditions on the full-text index, compiled for each engine. This module knows no syntax of `q=`."""

from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.model.search import INDEX, INDEX_NAME
from app.query.fulltext.grammar import Question


class Matches(FunctionElement[bool]):
    """A condition that is true for index rows that match: `MATCH` on SQLite, `@@` on PostgreSQL.

    Takes two arguments, the FTS5 expression and the tsquery; each engine uses its own. The SQL type stays unset on purpose:
    for a Boolean on SQLite, SQLAlchemy would append `= 1`, and the result of MATCH cannot be compared.
    """

    inherit_cache = True


def matches(fts5: ColumnElement[Any], tsquery: ColumnElement[Any]) -> Select[tuple[int]]:
    """Return a select of the row ids of the matching records."""
    return select(INDEX.c.rowid).where(Matches(fts5, tsquery))


def engine_queries(question: Question) -> list[str]:
    """Return the values to bind to the two arguments of `matches`: the FTS5 expression and the tsquery."""
    return [question.fts5, question.tsquery]


@compiles(Matches, "sqlite")
def _compile_for_sqlite(element: Matches, compiler: Any, **kw: Any) -> str:
    fts5, _ = element.clauses
    return f"{INDEX_NAME} MATCH {compiler.process(fts5, **kw)}"


@compiles(Matches, "postgresql")
def _compile_for_postgresql(element: Matches, compiler: Any, **kw: Any) -> str:
    _, tsquery = element.clauses
    return f"{INDEX_NAME}.vector @@ CAST({compiler.process(tsquery, **kw)} AS tsquery)"
