"""Conditions and scores over the search index, spelt for each engine. Knows no grammar beyond what a `Question` compiles to."""

from typing import Any

from sqlalchemy import ColumnElement, Float, Select, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.catalog.search import INDEX, INDEX_NAME, WEIGHTS
from app.query.search_grammar import Question

_BM25 = ", ".join(map(str, WEIGHTS))
_RANK = ", ".join(str(weight / max(WEIGHTS)) for weight in reversed(WEIGHTS))


class Matches(FunctionElement[bool]):
    """Whether a row of the index answers a question; its arguments are the question for SQLite and for PostgreSQL.

    Of no type: SQLite would have a Boolean compared with 1, and MATCH cannot be.
    """

    inherit_cache = True


class Relevance(FunctionElement[float]):
    """How well a row that matches answers the question, the more the better; of the same arguments."""

    type = Float()
    inherit_cache = True


def matches(fts5: ColumnElement[Any], tsquery: ColumnElement[Any]) -> Select[tuple[int]]:
    """The ids of the records that answer a question, which is bound as each engine takes it."""
    return select(INDEX.c.rowid).where(Matches(fts5, tsquery))


def scored(fts5: ColumnElement[Any], tsquery: ColumnElement[Any]) -> Select[tuple[int, float]]:
    """The same, with how well they do."""
    return matches(fts5, tsquery).add_columns(Relevance(fts5, tsquery).label("score"))


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


@compiles(Relevance, "sqlite")
def _sqlite_relevance(_element: Relevance, _compiler: Any, **_kw: Any) -> str:
    return f"-bm25({INDEX_NAME}, {_BM25})"


@compiles(Relevance, "postgresql")
def _postgresql_relevance(element: Relevance, compiler: Any, **kw: Any) -> str:
    rank = f"ts_rank('{{{_RANK}}}', {INDEX_NAME}.vector, CAST({_of(element, 1, compiler, **kw)} AS tsquery), 1)"
    return f"CAST({rank} AS double precision)"
