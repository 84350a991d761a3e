"""Search across all kinds: the matching records, the best first, each with a snippet that shows the matching words.

A record with exactly the query as a name comes first, then by relevance, ties by row id. If too many records match to rank them
all in time, only some candidates are ranked: first those with the words in a name, then others. The total and the facets are then
estimated, and the response says so.

A search takes four statements, that of the release among them: the page, the counts, and the texts of the page or, if nothing
matches, the words to suggest. With more than `MOST_COUNTED` records there is one more, which estimates the number of matches.
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
from app.query.search.snippet import Highlighter, Text

MAX_SUGGESTIONS = 10
SUGGESTIONS_PER_WORD = 3
MAX_UNKNOWN_WORDS = 5
"""Words of the query that suggestions are looked for."""
MAX_CANDIDATES = 2_000
"""Indexed words that unknown words are compared with, the most frequent first."""
TERM = table(Term)
FACETS = ("kind", "verification")

Chosen = Mapping[str, Sequence[str]]
"""The values that the query filters each facet by; empty for all values."""
Facets = dict[str, dict[str, int]]
CountsByKindAndStatus = Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class SearchQuery:
    """The parameters of a search."""

    q: str
    kind: Sequence[str] = ()
    verification: Sequence[str] = ()
    limit: int = 20
    cursor: str | None = None

    @property
    def chosen(self) -> Chosen:
        return {"kind": self.kind, "verification": self.verification}


@dataclass(frozen=True)
class Results:
    """One page of the results."""

    items: list[dict[str, Any]]
    facets: Facets
    total: int
    next_cursor: str | None
    suggestions: list[str]
    is_exact: bool
    """True if all matches were ranked and counted; false if total and facets are estimated."""


@dataclass(frozen=True)
class IdRange:
    """The row ids of the records of one kind, which are consecutive."""

    kind: str
    first: int
    last: int

    def extrapolate(self, count: int, last: int) -> int:
        """Return the estimated number of matches in the range, if `count` of them have row ids up to `last`."""
        return round(count * (self.last - self.first + 1) / (last - self.first + 1))


async def search(snapshot: Snapshot, catalogue: Catalogue, query: SearchQuery) -> Results:
    """Return a page of results. Raise InvalidQuery for a cursor of another query."""
    question = parse(query.q)
    ranges = id_ranges(snapshot.release.counts, catalogue.kinds)
    estimates = await _estimate_matches(snapshot, question, ranges)
    rows, next_cursor = await _page(snapshot, catalogue, query, question, None if estimates is None else ranges)
    counts = await _count(snapshot, question, ranges, estimates)
    facets, total = _facets(counts, query.chosen)
    texts = await _texts(snapshot, [row[0] for row in rows])
    highlighter = Highlighter(question)
    items = [_item(row, highlighter.snippet(texts[row[0]])) for row in rows]
    suggestions = [] if counts else await _suggestions(snapshot, question)
    return Results(items, facets, total, next_cursor, suggestions, is_exact=estimates is None)


def id_ranges(counts: Mapping[str, int], kinds: Iterable[str]) -> list[IdRange]:
    """Return the range of row ids of each kind. The loader numbers records from 1, ordered by kind."""
    sizes = [(kind, counts.get(kind, 0)) for kind in sorted(kinds)]
    ends = accumulate(size for _, size in sizes)
    return [IdRange(kind, end - size + 1, end) for (kind, size), end in zip(sizes, ends, strict=True)]


async def _page(
    snapshot: Snapshot, catalogue: Catalogue, query: SearchQuery, question: Question, ranges: Sequence[IdRange] | None
) -> tuple[Sequence[Row], str | None]:
    """Return the rows of the page and the cursor of the next. All matches are ranked, or with `ranges` only candidates."""
    facet_filters = {name: list(values) for name, values in query.chosen.items() if values}
    order = Order(catalogue.by_name["records"], (Key(statements.SCORE, True, False), Key(statements.RECORD.c.id, False, False)))
    query_id = fingerprint("search", query.q, {name: sorted(values) for name, values in query.chosen.items()})
    after = await placed(snapshot, order, decode(query.cursor, query_id, order)) if query.cursor else None
    binds = _binds(question) | facet_filters
    if ranges is not None:
        binds |= _id_span(ranges, query.kind)
    if after:
        binds |= {"after_score": after[0], "after_id": after[1]}
    statement = statements.page(tuple(facet_filters), has_cursor=after is not None, ranks_all=ranges is None)
    rows = await snapshot.fetch(statement, **binds, limit=query.limit + 1)
    if len(rows) <= query.limit:
        return rows, None
    _, kind, slug, _, _, score = rows[query.limit - 1]
    return rows[: query.limit], encode(query_id, [score], f"{kind}:{slug}")


async def _estimate_matches(snapshot: Snapshot, question: Question, ranges: Sequence[IdRange]) -> list[int] | None:
    """Return the estimated number of matches of each kind, or None if they are few enough to rank and count them all."""
    if ranges[-1].last <= MOST_COUNTED:
        return None
    rows = await snapshot.fetch(statements.count_by_range(len(ranges)), **_binds(question), **_range_binds(ranges))
    if all(count < statements.SAMPLED for _, count, _ in rows):
        return None
    estimates = dict.fromkeys(range(len(ranges)), 0)
    for n, count, last in rows:
        estimates[n] = ranges[n].extrapolate(count, last) if count >= statements.SAMPLED else count
    return list(estimates.values())


async def _count(
    snapshot: Snapshot, question: Question, ranges: Sequence[IdRange], estimates: Sequence[int] | None
) -> CountsByKindAndStatus:
    """Return the number of matches by kind and verification.

    With `estimates` of each kind, verification is counted in a sample of the kind and scaled up to its estimate.
    """
    if estimates is None:
        rows = await snapshot.fetch(statements.count_by_kind_and_status(), **_binds(question))
        return {(kind, status): count for kind, status, count in rows}
    statement = statements.count_by_kind_and_status(len(ranges))
    rows = await snapshot.fetch(statement, **_binds(question), **_range_binds(ranges))
    sample_sizes: Counter[str] = Counter()
    for kind, _, count in rows:
        sample_sizes[kind] += count
    totals = {range_.kind: estimate for range_, estimate in zip(ranges, estimates, strict=True)}
    return {(kind, status): round(count * totals[kind] / sample_sizes[kind]) for kind, status, count in rows}


def _facets(counts: CountsByKindAndStatus, chosen: Chosen) -> tuple[Facets, int]:
    """Return the counts of each facet, under the filters by the other facets, and the total under all filters."""
    facets: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    total = 0
    for values, count in counts.items():
        excluded_by = {name for name, value in zip(FACETS, values, strict=True) if chosen[name] and value not in chosen[name]}
        total += count if not excluded_by else 0
        for name, value in zip(FACETS, values, strict=True):
            if not excluded_by - {name}:
                facets[name][value] += count
    return {name: dict(sorted(facet.items(), key=lambda item: (-item[1], item[0]))) for name, facet in facets.items()}, total


def _binds(question: Question) -> dict[str, Any]:
    """Return the values of the bind parameters that the statements of search share."""
    return {
        "fts5": question.fts5,
        "tsquery": question.tsquery,
        "fts5_in_names": question.fts5_in_names,
        "tsquery_in_names": question.tsquery_in_names,
        "phrases": question.phrases,
        "tokens": question.tokens,
        "exact_name": " ".join(word for term in question.required for word in term.words),
    }


def _range_binds(ranges: Sequence[IdRange]) -> dict[str, int]:
    firsts = {f"first_{n}": range_.first for n, range_ in enumerate(ranges)}
    return firsts | {f"last_{n}": range_.last for n, range_ in enumerate(ranges)}


def _id_span(ranges: Sequence[IdRange], kinds: Sequence[str]) -> dict[str, int]:
    """Return the first and the last row id of the given kinds, or of all if none is given."""
    selected = [range_ for range_ in ranges if not kinds or range_.kind in kinds]
    return {"first": min(range_.first for range_ in selected), "last": max(range_.last for range_ in selected)}


def _item(row: Row, snippet: dict[str, Any]) -> dict[str, Any]:
    _, kind, slug, name, verification, score = row
    identity = {"id": f"{kind}:{slug}", "kind": kind, "slug": slug, "name": name}
    return identity | {"verification": verification, "score": round(score, 4), "snippet": snippet}


async def _texts(snapshot: Snapshot, ids: Sequence[int]) -> dict[int, list[Text]]:
    texts: dict[int, list[Text]] = {id_: [] for id_ in ids}
    if ids:
        for id_, *text in await snapshot.fetch(statements.TEXTS, ids=list(ids)):
            texts[id_].append(Text(*text))
    return texts


async def _suggestions(snapshot: Snapshot, question: Question) -> list[str]:
    """Return words to try instead.

    For each word that no record contains, these are similar indexed words with the same first letter. If records contain each
    word, but none contains all, they are the words of the query one by one.
    """
    query_words = list(dict.fromkeys(word for term in question.required for word in term.words))[:MAX_UNKNOWN_WORDS]
    same_first_letter = or_(*(_begins_with(word[0]) for word in query_words))
    statement = select(TERM.c.word).where(same_first_letter).order_by(TERM.c.records.desc(), TERM.c.word).limit(MAX_CANDIDATES)
    known = [row.word for row in await snapshot.rows(statement)]
    unknown = [word for word in query_words if word not in known]
    similar = [word for missing in unknown for word in nearest(missing, known, SUGGESTIONS_PER_WORD)]
    return list(dict.fromkeys(similar if unknown else query_words))[:MAX_SUGGESTIONS]


def _begins_with(prefix: str) -> ColumnElement[bool]:
    return and_(TERM.c.word >= prefix, TERM.c.word < prefix + "\U0010ffff")
