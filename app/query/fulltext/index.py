"""Conditions over the search index, spelt for each engine. Knows no grammar beyond what a `Question` compiles to."""

from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.model.search import INDEX, INDEX_NAME
from app.query.fulltext.grammar import Question


class Matches(FunctionElement[bool]):
    """Whether a row of the index answers a question; its arguments are the question for SQLite and for PostgreSQL.

    Of no type: SQLite would have a Boolean compared with 1, and MATCH cannot be.
    """

    inherit_cache = True


def matches(fts5: ColumnElement[Any], tsquery: ColumnElement[Any]) -> Select[tuple[int]]:
    """The ids of the records that answer a question, which is bound as each engine takes it."""
    return select(INDEX.c.rowid).where(Matches(fts5, tsquery))


def spelt(question: Question) -> list[str]:
    """A question as each engine takes it: what is bound for `matches`."""
    return [question.fts5, question.tsquery]


def _of(element: FunctionElement[Any], engine: int, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(list(element.clauses)[engine], **kw))


@compiles(Matches, "sqlite")
def _sqlite_matches(element: Matches, compiler: Any, **kw: Any) -> str:
    return f"{INDEX_NAME} MATCH {_of(element, 0, compiler, **kw)}"


@compiles(Matches, "postgresql")
def _postgresql_matches(element: Matches, compiler: Any, **kw: Any) -> str:
    return f"{INDEX_NAME}.vector @@ CAST({_of(element, 1, compiler, **kw)} AS tsquery)"
