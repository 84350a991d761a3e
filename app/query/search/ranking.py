"""The relevance of an index row to a query: BM25 with a weight for each part, as SQLite's FTS5 computes it.

PostgreSQL has no BM25, so there the formula is written in SQL over the counts that the loader made. It follows FTS5's
`fts5Bm25Function` operation by operation, so both engines give equal scores for equal counts. Excluded terms do not count.
This module knows no syntax of `q=`.
"""

from typing import Any

from sqlalchemy import Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.model.search import INDEX_NAME, INDEX_SIZE, INDEX_TOKEN, WEIGHTS

_BM25_WEIGHTS = ", ".join(map(str, WEIGHTS))
# PostgreSQL takes weights of at most 1. Dividing by a power of two keeps them exact.
_SCALE = 16
_SCALED_WEIGHTS = ",".join(str(weight / _SCALE) for weight in reversed(WEIGHTS))
# The cover density (`ts_rank_cd`) of a single phrase is the sum of the weights of its positions: its weighted frequency.
# `term` is materialized so that each term is counted once per query and not for each row. 2.2 is k1 + 1, 1.2 is k1 and 0.75 is b;
# 1e-6 replaces an inverse document frequency of zero or less, as in FTS5. `OFFSET 0` keeps the planner from inlining the
# subquery, so `ts_rank_cd` is evaluated once although `frequency` is used twice.
_SCORE = """(
WITH size AS (
    SELECT CAST(rows AS double precision) AS rows, CAST(tokens AS double precision) / rows AS average_tokens FROM {size}
), counted AS (
    SELECT phrase, CAST(
        CASE WHEN token = '' THEN (SELECT count(*) FROM {index} AS other WHERE other.vector @@ phrase)
        ELSE coalesce((SELECT known.rows FROM {token} AS known WHERE known.token = term.token), 0) END
    AS double precision) AS rows
    FROM unnest(CAST({phrases} AS tsquery[]), CAST({tokens} AS text[])) AS term (phrase, token)
), term AS MATERIALIZED (
    SELECT phrase, average_tokens, (size.rows - counted.rows + 0.5) / (counted.rows + 0.5) AS odds FROM counted, size
)
SELECT sum(
    CASE WHEN odds > 1 THEN ln(odds) ELSE 1e-6 END
    * (frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75 * {index}.tokens / average_tokens)))
)
FROM (
    SELECT odds, average_tokens,
        round(CAST({scale} * ts_rank_cd('{{{weights}}}', {index}.vector, phrase) AS double precision)) AS frequency
    FROM term OFFSET 0
) AS weighted
)"""


class Relevance(FunctionElement[float]):
    """The BM25 score of an index row; higher is better.

    Takes two arguments, which only PostgreSQL uses: `Question.phrases` and `Question.tokens`. PostgreSQL looks a single token
    up in the loader's counts, and counts phrases and prefixes in the index.
    """

    type = Float()
    inherit_cache = True


@compiles(Relevance, "sqlite")
def _compile_for_sqlite(_element: Relevance, _compiler: Any, **_kw: Any) -> str:
    return f"-bm25({INDEX_NAME}, {_BM25_WEIGHTS})"  # bm25() is negative, so that the best come first in ascending order


@compiles(Relevance, "postgresql")
def _compile_for_postgresql(element: Relevance, compiler: Any, **kw: Any) -> str:
    phrases, tokens = (compiler.process(clause, **kw) for clause in element.clauses)
    names = {"index": INDEX_NAME, "token": INDEX_TOKEN.name, "size": INDEX_SIZE.name}
    return _SCORE.format(phrases=phrases, tokens=tokens, weights=_SCALED_WEIGHTS, scale=_SCALE, **names)
