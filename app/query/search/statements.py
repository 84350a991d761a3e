"""The statements of search, compiled once per shape of query; the words are bound.

The query is bound in the syntax of both engines, and each engine uses its own. This module knows nothing of cursors.
"""

from functools import cache
from typing import Any

from sqlalchemy import Float, Select, case, column, func, literal, select, union_all
from sqlalchemy.sql.elements import ColumnElement

from app.database import CompiledStatement, bind, in_list
from app.model.record import Record
from app.model.resource import table
from app.model.search import INDEX, Completion, Document
from app.query.fulltext.index import matches
from app.query.lists.keyset import Key, Order
from app.query.search.ranking import Relevance

EXACT_NAME_BONUS = 100.0
"""Added to the score of a record that has exactly the query as a name. BM25 scores stay well below it."""
MAX_RANKED = 1_000
"""If too many records match to rank them all: how many with the words in a name are ranked, and how many of all."""
NAME_MATCH_SCORE = 100.0
"""If too many records match to rank them all: the score of a match in names, before it is divided by the length of the name."""
SAMPLED = 1_000
"""Maximum number of matches counted for each kind. From their row ids, the number of all matches of the kind is extrapolated."""
RECORD, COMPLETION, DOCUMENT = table(Record), table(Completion), table(Document)
SCORE = column("score", Float)
ANYWHERE = (bind("fts5"), bind("tsquery"))
IN_NAMES = (bind("fts5_in_names"), bind("tsquery_in_names"))
EXACTLY_NAMED = select(COMPLETION.c.record_id).where(COMPLETION.c.inside.is_(False), COMPLETION.c.rest == bind("exact_name"))


@cache
def page(facet_filters: tuple[str, ...], has_cursor: bool, ranks_all: bool) -> CompiledStatement:
    """Build the statement of a page: the best of all matches or, without `ranks_all`, of the candidates that are ranked.

    `facet_filters` names the columns that the query filters by.
    """
    if ranks_all and not facet_filters:
        # Only the ids and scores decide what is on the page, so `record` is read for the rows of the page alone.
        scored: Any = _all_scored().subquery()
        best = _best(scored.c.rowid, scored.c.score, has_cursor)
    else:
        scored = (_all_scored() if ranks_all else _candidates_scored()).cte("scored").prefix_with("MATERIALIZED")
        relevance = scored.c.score if ranks_all else scored.c.score / func.length(RECORD.c.name)
        best = _best(RECORD.c.id, relevance, has_cursor).join_from(RECORD, scored, scored.c.rowid == RECORD.c.id)
    on_page = best.where(*(in_list(RECORD.c[name], name) for name in facet_filters)).subquery()
    columns = (RECORD.c.id, RECORD.c.kind, RECORD.c.slug, RECORD.c.name, RECORD.c.verification, on_page.c.score)
    rows = select(*columns).join_from(RECORD, on_page, on_page.c.id == RECORD.c.id)
    return CompiledStatement(rows.order_by(on_page.c.score.desc(), on_page.c.id))


def _best(id_: ColumnElement[int], relevance: ColumnElement[float], has_cursor: bool) -> Select[int, float]:
    score = (relevance + case((id_.in_(EXACTLY_NAMED), EXACT_NAME_BONUS), else_=0.0)).label("score")
    keys = (Key(score, True, False), Key(id_, False, False))
    after_cursor = [Order(None, keys).after([bind("after_score"), bind("after_id")])] if has_cursor else []
    ordered = select(id_.label("id"), score).where(*after_cursor).order_by(*(key.ordering for key in keys))
    return ordered.limit(bind("limit"))


@cache
def count_by_kind_and_status(ranges: int = 0) -> CompiledStatement:
    """Build the statement that counts matches by kind and verification: all or, in `ranges` of row ids, a sample of each."""
    counted = (matches(*ANYWHERE) if not ranges else union_all(*(_sample(n) for n in range(ranges)))).subquery()
    columns = (RECORD.c.kind, RECORD.c.verification)
    joined = select(*columns, func.count()).join_from(RECORD, counted, counted.c.rowid == RECORD.c.id)
    return CompiledStatement(joined.group_by(*columns))


@cache
def count_by_range(ranges: int) -> CompiledStatement:
    """Build the statement that counts the sample of each range of row ids, and returns the last row id in the sample."""
    counts = []
    for n in range(ranges):
        sample = _sample(n).subquery()
        counts.append(select(literal(n), func.count(), func.max(sample.c.rowid)).select_from(sample))
    return CompiledStatement(union_all(*counts))


TEXTS = CompiledStatement(
    select(DOCUMENT.c.record_id, DOCUMENT.c.part, DOCUMENT.c.field, DOCUMENT.c.text)
    .where(in_list(DOCUMENT.c.record_id, "ids"))
    .order_by(DOCUMENT.c.record_id, DOCUMENT.c.position)
)


def _all_scored() -> Select[Any]:
    return matches(*ANYWHERE).add_columns(Relevance(bind("phrases"), bind("tokens")).label("score"))


def _candidates_scored() -> Select[Any]:
    """Select up to `MAX_RANKED` records with the words in a name, as many with the words anywhere, and those named exactly so.

    BM25 would have to look at every match, so the score depends only on the arm that a record comes from.
    """
    in_span = INDEX.c.rowid.between(bind("first"), bind("last"))
    in_names, anywhere = (select(matches(*query).where(in_span).limit(MAX_RANKED).subquery()) for query in (IN_NAMES, ANYWHERE))
    arms = ((in_names, NAME_MATCH_SCORE), (anywhere, 0.0), (EXACTLY_NAMED, 0.0))
    union = union_all(*(arm.add_columns(literal(score).label("score")) for arm, score in arms)).subquery()
    return select(union.c.rowid, func.max(union.c.score).label("score")).group_by(union.c.rowid)


def _sample(n: int) -> Select[Any]:
    """Select the first `SAMPLED` matches in the n-th range of row ids."""
    in_range = INDEX.c.rowid.between(bind(f"first_{n}"), bind(f"last_{n}"))
    return select(matches(*ANYWHERE).where(in_range).limit(SAMPLED).subquery())
