"""The statements of search: made once for each form that a question can have, whatever its words.

A question is bound as each engine takes it. Knows nothing of pages.
"""

from collections.abc import Sequence
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

CALLED_SO = 100.0
"""Added to the score of a record that has just the name asked for; relevance is well below it."""
RANKED = 1_000
"""Of very many that match, so many are found that have the words in a name, and so many of all."""
IN_A_NAME = 100.0
"""The score of those whose name has the words, where very many match, divided by its length: the closer, the better."""
SAMPLED = 1_000
"""Of those that match, so many of each kind are counted; of more, the numbers of the first tell how thickly they lie."""
RECORD, COMPLETION, DOCUMENT = table(Record), table(Completion), table(Document)
SCORE = column("score", Float)
WHOLE = (bind("fts5"), bind("tsquery"))
IN_NAMES = (bind("fts5_in_names"), bind("tsquery_in_names"))
CALLED = select(COMPLETION.c.record_id).where(COMPLETION.c.inside.is_(False), COMPLETION.c.rest == bind("called"))


@cache
def page(facet_filters: tuple[str, ...], after: bool, every: bool) -> CompiledStatement:
    """The best of those that match, or of those that are ranked where these are too many.

    The records themselves are read for the page alone, where nothing of them decides which are on it.
    """
    if every and not facet_filters:
        found: Any = _all_scored().subquery()
        best = _best(found.c.rowid, found.c.score, after)
    else:
        found = (_all_scored() if every else _some_of_all()).cte("found").prefix_with("MATERIALIZED")
        relevance = found.c.score if every else found.c.score / func.length(RECORD.c.name)
        best = _best(RECORD.c.id, relevance, after).join_from(RECORD, found, found.c.rowid == RECORD.c.id)
    chosen = best.where(*_keeping(facet_filters)).subquery()
    shown = (RECORD.c.id, RECORD.c.kind, RECORD.c.slug, RECORD.c.name, RECORD.c.verification, chosen.c.score)
    rows = select(*shown).join_from(RECORD, chosen, chosen.c.id == RECORD.c.id)
    return CompiledStatement(rows.order_by(chosen.c.score.desc(), chosen.c.id))


def _best(id_: ColumnElement[int], relevance: ColumnElement[float], after: bool) -> Select[int, float]:
    score = (relevance + case((id_.in_(CALLED), CALLED_SO), else_=0.0)).label("score")
    keys = (Key(score, True, False), Key(id_, False, False))
    beyond = [Order(None, keys).after([bind("after_score"), bind("after_id")])] if after else []
    ordered = select(id_.label("id"), score).where(*beyond).order_by(*(key.ordering for key in keys))
    return ordered.limit(bind("limit"))


@cache
def by_kind_and_status(kinds: int = 0) -> CompiledStatement:
    """Records that match by kind and verification: all of them, or some of each kind, whose numbers are bound as ranges."""
    looked_at = (matches(*WHOLE) if not kinds else union_all(*(_some(n) for n in range(kinds)))).subquery()
    columns = (RECORD.c.kind, RECORD.c.verification)
    joined = select(*columns, func.count()).join_from(RECORD, looked_at, looked_at.c.rowid == RECORD.c.id)
    return CompiledStatement(joined.group_by(*columns))


@cache
def by_range(kinds: int) -> CompiledStatement:
    """Of so many ranges of numbers: how many match among the first, and the number of the last of these."""
    counted = []
    for n in range(kinds):
        some = _some(n).subquery()
        counted.append(select(literal(n), func.count(), func.max(some.c.rowid)).select_from(some))
    return CompiledStatement(union_all(*counted))


TEXTS = CompiledStatement(
    select(DOCUMENT.c.record_id, DOCUMENT.c.part, DOCUMENT.c.field, DOCUMENT.c.text)
    .where(in_list(DOCUMENT.c.record_id, "ids"))
    .order_by(DOCUMENT.c.record_id, DOCUMENT.c.position)
)


def _all_scored() -> Select[Any]:
    return matches(*WHOLE).add_columns(Relevance(bind("phrases"), bind("tokens")).label("score"))


def _some_of_all() -> Select[Any]:
    """Those that have the words in a name, and then others: relevance proper would take a look at all that match."""
    here = INDEX.c.rowid.between(bind("first"), bind("last"))
    some = [select(matches(*asked).where(here).limit(RANKED).subquery()) for asked in (IN_NAMES, WHOLE)]
    arms = ((some[0], IN_A_NAME), (some[1], 0.0), (CALLED, 0.0))
    both = union_all(*(arm.add_columns(literal(score).label("score")) for arm, score in arms)).subquery()
    return select(both.c.rowid, func.max(both.c.score).label("score")).group_by(both.c.rowid)


def _keeping(facet_filters: Sequence[str]) -> list[ColumnElement[bool]]:
    return [in_list(RECORD.c[name], name) for name in facet_filters]


def _within(n: int) -> Select[tuple[int]]:
    return matches(*WHOLE).where(INDEX.c.rowid.between(bind(f"first_{n}"), bind(f"last_{n}")))


def _some(n: int) -> Select[Any]:
    return select(_within(n).limit(SAMPLED).subquery())
