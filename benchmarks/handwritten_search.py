"""Search by hand: one FTS5 query for plain words, facets, and a snippet with the places of the words in it.

Uses Casebook's tokenizer, by which the index was built; the rest is its own.
"""

import base64
import re
import sqlite3
from collections import Counter
from typing import Any

import orjson

from app.model.tokenizer import WORD, normalize, stem, stem_token
from benchmarks import handwritten_sql as sql

MAX_SNIPPET, BEFORE_MATCH = 240, 60
"""In characters."""
PART_PREFERENCE = {"text": 0, "note": 1, "alias": 2, "name": 3}
"""A name tells least, for it is in the hit anyway."""
PATTERN = re.compile(WORD)
STEMS: dict[str, str] = {}
"""The stem of each word as it is written: texts repeat the same words."""


def search(database: sqlite3.Connection, params: dict[str, str], version: str, url: str) -> bytes:
    """Return the response to a search for records that contain all words, each in any form."""
    words, limit = normalize(params["q"]), int(params["limit"])
    match = " AND ".join(f'"{stem_token(word)}"' for word in words)
    binds = {"match": match, "name": " ".join(words), "rows": limit + 1}
    where = ""
    if "cursor" in params:
        score, key = orjson.loads(base64.urlsafe_b64decode(params["cursor"] + "=" * (-len(params["cursor"]) % 4)))
        where = sql.AFTER_SCORE
        binds |= {"score": score, "after": database.execute(sql.AFTER, key.split(":", 1)).fetchone()[0]}
    rows = database.execute(sql.SCORED.format(where=where), binds).fetchall()
    kinds: Counter[str] = Counter()
    verifications: Counter[str] = Counter()
    for kind, verification, count in database.execute(sql.MATCH_COUNTS, binds):
        kinds[kind] += count
        verifications[verification] += count
    texts: dict[int, list[Any]] = {row[0]: [] for row in rows[:limit]}
    placeholders = ", ".join("?" * len(texts))
    for id_, *text in database.execute(sql.TEXTS.format(ids=placeholders), list(texts)):
        texts[id_].append(text)
    stems = {stem(word) for word in words}
    data = [_hit(row, stems, texts[row[0]]) for row in rows[:limit]]
    last = [rows[limit - 1][5], f"{rows[limit - 1][1]}:{rows[limit - 1][2]}"] if len(rows) > limit else None
    cursor = base64.urlsafe_b64encode(orjson.dumps(last)).decode().rstrip("=")
    page = {"limit": limit, "next": f"{url}&cursor={cursor}" if last else None, "total": kinds.total(), "total_is_exact": True}
    facets = {"kind": _facet(kinds), "verification": _facet(verifications)}
    return orjson.dumps({"data": data, "facets": facets, "page": page, "suggestions": [], "meta": {"data_version": version}})


def _hit(row: Any, stems: set[str], texts: list[Any]) -> dict[str, Any]:
    _, kind, slug, name, verification, score = row
    record = {"id": f"{kind}:{slug}", "kind": kind, "slug": slug, "name": name, "verification": verification}
    return record | {"score": round(score, 4), "snippet": _snippet(stems, texts)}


def _facet(counts: Counter[str]) -> list[dict[str, Any]]:
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [{"value": value, "count": count} for value, count in ordered]


def _snippet(stems: set[str], texts: list[Any]) -> dict[str, Any]:
    """Return the snippet of the text with most of the words: the whole text, or the stretch with most of them if it is long."""
    best, best_matches, best_rank = texts[0], [], (1, 9)
    for text in texts:
        matches = [(word.start(), word.end(), form) for word in PATTERN.finditer(text[2]) if (form := _stem(word[0])) in stems]
        rank = -len({form for *_, form in matches}), PART_PREFERENCE[text[0]]
        if rank < best_rank:
            best, best_matches, best_rank = text, matches, rank
    start, end = _window(best[2], best_matches)
    shown = [[first - start, last - start] for first, last, _ in best_matches if start <= first and last <= end]
    return {"field": best[1], "text": best[2][start:end], "matches": shown}


def _stem(written: str) -> str:
    known = STEMS.get(written)
    if known is None:
        known = STEMS[written] = next(map(stem, normalize(written)), "")
    return known


def _window(text: str, matches: list[Any]) -> tuple[int, int]:
    """Return start and end of the stretch of a text with most different words, cut between words."""
    if len(text) <= MAX_SNIPPET or not matches:
        return 0, min(len(text), MAX_SNIPPET)
    reach = MAX_SNIPPET - BEFORE_MATCH
    first, last, _ = max(
        matches, key=lambda match: len({form for start, end, form in matches if match[0] <= start and end <= match[0] + reach})
    )
    start = max(0, first - BEFORE_MATCH)
    end = min(len(text), start + MAX_SNIPPET)
    if start:
        space = text.find(" ", start, first)
        start = space + 1 if space >= 0 else first
    if end < len(text):
        space = text.rfind(" ", last, end)
        end = space if space >= 0 else max(last, end)
    return start, end
