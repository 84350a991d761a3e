"""How well a row of the search index answers a question: BM25 with weighted parts, as SQLite's FTS5 computes it.

PostgreSQL has nothing like it, so it is spelt out there from what the loader has counted, operation by operation as in FTS5's
`fts5Bm25Function`: equal numbers give equal scores. What is excluded adds nothing to them. Knows no grammar.
"""

from typing import Any

from sqlalchemy import Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.model.search import INDEX_NAME, INDEX_SIZE, INDEX_TOKEN, WEIGHTS

_BM25 = ", ".join(map(str, WEIGHTS))
_SCALE = 16
"""PostgreSQL takes weights of at most 1; divided by a power of two they are exact."""
_WEIGHTS = ",".join(str(weight / _SCALE) for weight in reversed(WEIGHTS))
_SCORE = """(
WITH size AS (
    SELECT CAST(rows AS double precision) AS rows, CAST(tokens AS double precision) / rows AS usual FROM {size}
), held AS (
    SELECT phrase, CAST(
        CASE WHEN token = '' THEN (SELECT count(*) FROM {index} AS other WHERE other.vector @@ phrase)
        ELSE coalesce((SELECT known.rows FROM {token} AS known WHERE known.token = term.token), 0) END
    AS double precision) AS rows
    FROM unnest(CAST({phrases} AS tsquery[]), CAST({tokens} AS text[])) AS term (phrase, token)
), term AS MATERIALIZED (
    SELECT phrase, usual, (size.rows - held.rows + 0.5) / (held.rows + 0.5) AS odds FROM held, size
)
SELECT sum(
    CASE WHEN odds > 1 THEN ln(odds) ELSE 1e-6 END
    * (frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75 * {index}.tokens / usual)))
)
FROM (
    SELECT odds, usual,
        round(CAST({scale} * ts_rank_cd('{{{weights}}}', {index}.vector, phrase) AS double precision)) AS frequency
    FROM term OFFSET 0
) AS weighed
)"""
"""Cover density of one phrase alone is the sum of the weights of the places where it stands: its weighted frequency."""


class Relevance(FunctionElement[float]):
    """The more the better. Its arguments are for PostgreSQL: lists of the terms that are wanted, each by itself, and of the one
    token that each is, or nothing.
    """

    type = Float()
    inherit_cache = True


@compiles(Relevance, "sqlite")
def _on_sqlite(_element: Relevance, _compiler: Any, **_kw: Any) -> str:
    return f"-bm25({INDEX_NAME}, {_BM25})"


@compiles(Relevance, "postgresql")
def _on_postgresql(element: Relevance, compiler: Any, **kw: Any) -> str:
    phrases, tokens = (compiler.process(clause, **kw) for clause in element.clauses)
    names = {"index": INDEX_NAME, "token": INDEX_TOKEN.name, "size": INDEX_SIZE.name}
    return _SCORE.format(phrases=phrases, tokens=tokens, weights=_WEIGHTS, scale=_SCALE, **names)
