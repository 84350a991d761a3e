"""Search across all kinds: the records that answer a question, the best first, each with the words that were found.

A record called just what is asked for comes first, then relevance as the engine's index has it, weighted by part; ties by id.
Four statements beside the release's: the page, counts, texts of the page; or words like those asked for, where nothing is found.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, func, literal, or_, select
from sqlalchemy.sql.elements import ColumnElement

from app.catalog.catalogue import Catalogue
from app.catalog.error import nearest
from app.catalog.record import Record
from app.catalog.resource import table
from app.catalog.search import Completion, Document, Term
from app.database import Snapshot
from app.query.keyset import Key, Order, decode, encode, fingerprint, placed
from app.query.search_grammar import Question, parse
from app.query.search_index import matches, scored, spelt
from app.query.search_parameters import SearchParameters
from app.query.snippet import snippet

CALLED_SO = 100.0
"""Added to the score of a record that has just the name asked for; relevance is well below it."""
MAX_SUGGESTIONS = 10
PER_WORD = 3
UNKNOWN_WORDS = 5
CANDIDATES = 2_000
RECORD, COMPLETION, DOCUMENT, TERM = table(Record), table(Completion), table(Document), table(Term)

Chosen = dict[str, Sequence[str]]
"""The values to keep of each column; none for all."""
Facets = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Results:
    """One page of what was found."""

    items: list[dict[str, Any]]
    facets: Facets
    total: int
    next_cursor: str | None
    suggestions: list[str]


async def search(snapshot: Snapshot, catalogue: Catalogue, asked: SearchParameters) -> Results:
    """The page that the parameters ask for. InvalidQuery for a cursor of another query."""
    question = parse(asked.q)
    chosen: Chosen = {"kind": asked.kind, "verification": asked.verification}
    found = scored(*map(literal, spelt(question))).cte("found").prefix_with("MATERIALIZED")
    score = found.c.score + case((RECORD.c.id.in_(_called(question)), CALLED_SO), else_=0.0)
    keys = (Key(score, True, False), Key(RECORD.c.id, False, False))
    order = Order(catalogue.by_name["records"], keys)
    query = fingerprint("search", asked.q, {name: sorted(values) for name, values in chosen.items()})
    at = await placed(snapshot, order, decode(asked.cursor, query, order)) if asked.cursor else None
    after = [order.after(at)] if at else []
    shown = (RECORD.c.id, RECORD.c.kind, RECORD.c.slug, RECORD.c.name, RECORD.c.verification)
    statement = select(*shown, score.label("score")).join_from(RECORD, found, found.c.rowid == RECORD.c.id)
    keep = [RECORD.c[name].in_(values) for name, values in chosen.items() if values]
    rows = await snapshot.rows(statement.where(*keep, *after).order_by(*(key.ordering for key in keys)).limit(asked.limit + 1))
    facets, total, matched = await _facets(snapshot, question, chosen)
    kept = rows[: asked.limit]
    texts = await _texts(snapshot, [row.id for row in kept])
    items = [_item(row, snippet(question, texts[row.id])) for row in kept]
    last = kept[-1] if len(rows) > asked.limit else None
    cursor = encode(query, [last.score], f"{last.kind}:{last.slug}") if last else None
    return Results(items, facets, total, cursor, [] if matched else await _suggestions(snapshot, question))


def _item(row: Any, found: dict[str, Any]) -> dict[str, Any]:
    named = {"id": f"{row.kind}:{row.slug}", "kind": row.kind, "slug": row.slug, "name": row.name}
    return named | {"verification": row.verification, "score": round(row.score, 4), "snippet": found}


def _called(question: Question) -> Any:
    """The records that one of their names calls just what is asked for."""
    name = " ".join(word for term in question.wanted for word in term.words)
    return select(COMPLETION.c.record_id).where(COMPLETION.c.inside.is_(False), COMPLETION.c.rest == name)


async def _facets(snapshot: Snapshot, question: Question, chosen: Chosen) -> tuple[Facets, int, int]:
    """Records by kind and verification, each under all that is asked for but itself; all of them; all that match at all."""
    names = list(chosen)
    columns = [RECORD.c[name] for name in names]
    counted = (
        select(*columns, func.count().label("records"))
        .where(RECORD.c.id.in_(matches(*map(literal, spelt(question)))))
        .group_by(*columns)
    )
    facets: dict[str, Counter[str]] = {name: Counter() for name in names}
    total = matched = 0
    for row in await snapshot.rows(counted):
        values = row._mapping
        left_out = [name for name in names if chosen[name] and values[name] not in chosen[name]]
        matched += row.records
        total += row.records if not left_out else 0
        for name in names:
            if not set(left_out) - {name}:
                facets[name][values[name]] += row.records
    return (
        {name: dict(sorted(counts.items(), key=lambda counted: (-counted[1], counted[0]))) for name, counts in facets.items()},
        total,
        matched,
    )


async def _texts(snapshot: Snapshot, ids: Sequence[int]) -> dict[int, list[Any]]:
    texts: dict[int, list[Any]] = {id_: [] for id_ in ids}
    if ids:
        of_page = select(DOCUMENT).where(DOCUMENT.c.record_id.in_(ids))
        for row in await snapshot.rows(of_page.order_by(DOCUMENT.c.record_id, DOCUMENT.c.position)):
            texts[row.record_id].append(row)
    return texts


async def _suggestions(snapshot: Snapshot, question: Question) -> list[str]:
    """For words that no record holds, those like them that begin alike; where each is held by one, the words alone."""
    asked = list(dict.fromkeys(word for term in question.wanted for word in term.words))[:UNKNOWN_WORDS]
    alike = or_(*(_begins(word[0]) for word in asked))
    rows = await snapshot.rows(select(TERM.c.word).where(alike).order_by(TERM.c.records.desc(), TERM.c.word).limit(CANDIDATES))
    known = [row.word for row in rows]
    unknown = [word for word in asked if word not in known]
    near = [word for missing in unknown for word in nearest(missing, known, PER_WORD)]
    return list(dict.fromkeys(near if unknown else asked))[:MAX_SUGGESTIONS]


def _begins(prefix: str) -> ColumnElement[bool]:
    return and_(TERM.c.word >= prefix, TERM.c.word < prefix + "\U0010ffff")
