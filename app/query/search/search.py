"""Search across all kinds: the records that answer a question, the best first, each with the words that were found.

A record called just what is asked for comes first, then relevance as the engine's index has it, weighted by part; ties by id.
Where more match than can be ranked in time, some are: those that have the words in a name, then others. How many there are is
then estimated, and the answer says so.
Four statements with the look at the release: the page, counts, texts of the page; or words like those asked for, where nothing
is found. One more where there are so many records that it has to be seen first how many match.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.sql.elements import ColumnElement

from app.database import Row, Snapshot
from app.model.catalogue import Catalogue
from app.model.error import nearest
from app.model.resource import table
from app.model.search import Term
from app.query.fulltext.grammar import Question, parse
from app.query.lists.estimates import MOST_COUNTED
from app.query.lists.keyset import Key, Order, decode, encode, fingerprint, placed
from app.query.search import statements
from app.query.search.snippet import LookedFor, Text

MAX_SUGGESTIONS = 10
PER_WORD = 3
UNKNOWN_WORDS = 5
CANDIDATES = 2_000
TERM = table(Term)
COLUMNS = ("kind", "verification")

Chosen = Mapping[str, Sequence[str]]
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
    is_exact: bool
    """Whether all that match were ranked and counted."""


@dataclass(frozen=True)
class Range:
    """The numbers that the records of a kind have."""

    kind: str
    first: int
    last: int

    def estimated(self, counted: int, last: int) -> int:
        """How many match, if they go on as thickly as the first that were counted."""
        return round(counted * (self.last - self.first + 1) / (last - self.first + 1))


@dataclass(frozen=True)
class SearchQuery:
    """The parameters of a search."""

    q: str
    kind: Sequence[str] = ()
    verification: Sequence[str] = ()
    limit: int = 20
    cursor: str | None = None


async def search(snapshot: Snapshot, catalogue: Catalogue, asked: SearchQuery) -> Results:
    """The page that the parameters ask for. InvalidQuery for a cursor of another query."""
    question = parse(asked.q)
    chosen: Chosen = {"kind": asked.kind, "verification": asked.verification}
    ranges = ranges_of(snapshot.release.counts, catalogue.kinds)
    matching = await _matching(snapshot, question, ranges)
    every = matching is None
    order = Order(catalogue.by_name["records"], (Key(statements.SCORE, True, False), Key(statements.RECORD.c.id, False, False)))
    query = fingerprint("search", asked.q, {name: sorted(values) for name, values in chosen.items()})
    at = await placed(snapshot, order, decode(asked.cursor, query, order)) if asked.cursor else None
    facet_filters = {name: list(values) for name, values in chosen.items() if values}
    span = {} if every else _span(ranges, asked.kind)
    after = {"after_score": at[0], "after_id": at[1]} if at else {}
    called = " ".join(word for term in question.wanted for word in term.words)
    values = _bound(question) | facet_filters | span | after
    page = statements.page(tuple(facet_filters), bool(at), every)
    rows = await snapshot.fetch(page, **values, called=called, limit=asked.limit + 1)
    counts = await _counted(snapshot, question, ranges, matching)
    facets, total = _facets(counts, chosen)
    kept = rows[: asked.limit]
    texts = await _texts(snapshot, [row[0] for row in kept])
    looked_for = LookedFor(question)
    items = [_item(row, looked_for.snippet(texts[row[0]])) for row in kept]
    last = kept[-1] if len(rows) > asked.limit else None
    cursor = encode(query, [last[5]], f"{last[1]}:{last[2]}") if last else None
    return Results(items, facets, total, cursor, [] if counts else await _suggestions(snapshot, question), every)


def ranges_of(counts: Mapping[str, int], kinds: Iterable[str]) -> list[Range]:
    """The numbers of each kind: records are numbered from 1, in the order of their kinds."""
    sizes = [(kind, counts.get(kind, 0)) for kind in sorted(kinds)]
    ends = accumulate(size for _, size in sizes)
    return [Range(kind, end - size + 1, end) for (kind, size), end in zip(sizes, ends, strict=True)]


async def _matching(snapshot: Snapshot, question: Question, ranges: Sequence[Range]) -> list[int] | None:
    """How many match of each kind, about; None where there are so few that all can be looked at."""
    if ranges[-1].last <= MOST_COUNTED:
        return None
    rows = await snapshot.fetch(statements.by_range(len(ranges)), **_bound(question), **_places(ranges))
    if all(counted < statements.SAMPLED for _, counted, _ in rows):
        return None
    found = dict.fromkeys(range(len(ranges)), 0)
    for n, counted, last in rows:
        found[n] = ranges[n].estimated(counted, last) if counted >= statements.SAMPLED else counted
    return list(found.values())


def _span(ranges: Sequence[Range], kinds: Sequence[str]) -> dict[str, int]:
    """From the first to the last number that a record of these kinds can have; of any where none is named."""
    within = [range_ for range_ in ranges if not kinds or range_.kind in kinds]
    return {"first": min(one.first for one in within), "last": max(one.last for one in within)}


async def _counted(
    snapshot: Snapshot, question: Question, ranges: Sequence[Range], matching: Sequence[int] | None
) -> dict[tuple[str, str], int]:
    """Records that match by kind and verification; where very many do, as it is in some of each kind."""
    if matching is None:
        rows = await snapshot.fetch(statements.by_kind_and_status(), **_bound(question))
        return {(kind, verification): number for kind, verification, number in rows}
    rows = await snapshot.fetch(statements.by_kind_and_status(len(ranges)), **_bound(question), **_places(ranges))
    sampled: Counter[str] = Counter()
    for kind, _, number in rows:
        sampled[kind] += number
    of_kind = {range_.kind: number for range_, number in zip(ranges, matching, strict=True)}
    return {(kind, status): round(number * of_kind[kind] / sampled[kind]) for kind, status, number in rows}


def _facets(counts: Mapping[tuple[str, str], int], chosen: Chosen) -> tuple[Facets, int]:
    """Records by kind and by verification, each under all that is asked for but itself; and all of them."""
    facets: dict[str, Counter[str]] = {name: Counter() for name in COLUMNS}
    total = 0
    for values, number in counts.items():
        left_out = {name for name, value in zip(COLUMNS, values, strict=True) if chosen[name] and value not in chosen[name]}
        total += number if not left_out else 0
        for name, value in zip(COLUMNS, values, strict=True):
            if not left_out - {name}:
                facets[name][value] += number
    return {name: dict(sorted(counted.items(), key=lambda one: (-one[1], one[0]))) for name, counted in facets.items()}, total


def _bound(question: Question) -> dict[str, Any]:
    """A question as each engine takes it."""
    return {
        "fts5": question.fts5,
        "tsquery": question.tsquery,
        "fts5_in_names": question.fts5_in_names,
        "tsquery_in_names": question.tsquery_in_names,
        "phrases": question.phrases,
        "tokens": question.tokens,
    }


def _places(ranges: Sequence[Range]) -> dict[str, int]:
    first = {f"first_{n}": range_.first for n, range_ in enumerate(ranges)}
    return first | {f"last_{n}": range_.last for n, range_ in enumerate(ranges)}


def _item(row: Row, found: dict[str, Any]) -> dict[str, Any]:
    _, kind, slug, name, verification, score = row
    named = {"id": f"{kind}:{slug}", "kind": kind, "slug": slug, "name": name}
    return named | {"verification": verification, "score": round(score, 4), "snippet": found}


async def _texts(snapshot: Snapshot, ids: Sequence[int]) -> dict[int, list[Text]]:
    texts: dict[int, list[Text]] = {id_: [] for id_ in ids}
    if ids:
        for id_, *text in await snapshot.fetch(statements.TEXTS, ids=list(ids)):
            texts[id_].append(Text(*text))
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
