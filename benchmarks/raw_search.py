"""Search by hand: FTS5 asked for plain words, facets, and an excerpt with the places of the words in it.

Knows how Casebook takes words apart and what it holds of them, for the index was made so; the rest is its own.
"""

import base64
import re
import sqlite3
from collections import Counter
from typing import Any

import orjson

from app.model.tokenizer import WORD, normalize, stem, stem_token
from benchmarks import statements as sql

LENGTH, BEFORE = 240, 60
BEST_TOLD = {"text": 0, "note": 1, "alias": 2, "name": 3}
PATTERN = re.compile(WORD)
STEMS: dict[str, str] = {}
"""The stem of each word as it is written: texts say the same words again and again."""


def found(database: sqlite3.Connection, asked: dict[str, str], version: str, url: str) -> bytes:
    """The answer to words in a row, each in any form."""
    words, limit = normalize(asked["q"]), int(asked["limit"])
    question = " AND ".join(f'"{stem_token(word)}"' for word in words)
    bound = {"question": question, "name": " ".join(words), "rows": limit + 1}
    where = ""
    if "cursor" in asked:
        score, key = orjson.loads(base64.urlsafe_b64decode(asked["cursor"] + "=" * (-len(asked["cursor"]) % 4)))
        where = sql.BEYOND
        bound |= {"score": score, "after": database.execute(sql.AFTER, key.split(":", 1)).fetchone()[0]}
    rows = database.execute(sql.SCORED.format(where=where), bound).fetchall()
    kinds: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    for kind, status, count in database.execute(sql.MATCHED, bound):
        kinds[kind] += count
        statuses[status] += count
    texts: dict[int, list[Any]] = {row[0]: [] for row in rows[:limit]}
    marks = ", ".join("?" * len(texts))
    for id_, *text in database.execute(sql.TEXTS.format(ids=marks), list(texts)):
        texts[id_].append(text)
    stems = {stem(word) for word in words}
    data = [_hit(row, stems, texts[row[0]]) for row in rows[:limit]]
    last = [rows[limit - 1][5], f"{rows[limit - 1][1]}:{rows[limit - 1][2]}"] if len(rows) > limit else None
    cursor = base64.urlsafe_b64encode(orjson.dumps(last)).decode().rstrip("=")
    page = {"limit": limit, "next": f"{url}&cursor={cursor}" if last else None, "total": kinds.total(), "total_is_exact": True}
    facets = {"kind": _facet(kinds), "verification": _facet(statuses)}
    return orjson.dumps({"data": data, "facets": facets, "page": page, "suggestions": [], "meta": {"data_version": version}})


def _hit(row: Any, stems: set[str], texts: list[Any]) -> dict[str, Any]:
    _, kind, slug, name, status, score = row
    named = {"id": f"{kind}:{slug}", "kind": kind, "slug": slug, "name": name, "verification": status}
    return named | {"score": round(score, 4), "snippet": _snippet(stems, texts)}


def _facet(counts: Counter[str]) -> list[dict[str, Any]]:
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [{"value": value, "count": count} for value, count in ordered]


def _snippet(stems: set[str], texts: list[Any]) -> dict[str, Any]:
    """Of the text with the most of the words, the one that tells most; all of it, or the stretch with the most of them."""
    best, best_hits, rank = texts[0], [], (1, 9)
    for text in texts:
        hits = [(at.start(), at.end(), said) for at in PATTERN.finditer(text[2]) if (said := _stem(at[0])) in stems]
        own = -len({said for *_, said in hits}), BEST_TOLD[text[0]]
        if own < rank:
            best, best_hits, rank = text, hits, own
    start, end = _window(best[2], best_hits)
    matches = [[first - start, last - start] for first, last, _ in best_hits if start <= first and last <= end]
    return {"field": best[1], "text": best[2][start:end], "matches": matches}


def _stem(written: str) -> str:
    known = STEMS.get(written)
    if known is None:
        known = STEMS[written] = next(map(stem, normalize(written)), "")
    return known


def _window(text: str, hits: list[Any]) -> tuple[int, int]:
    if len(text) <= LENGTH or not hits:
        return 0, min(len(text), LENGTH)
    first, last, _ = max(
        hits, key=lambda hit: len({said for a, b, said in hits if hit[0] <= a and b <= hit[0] + LENGTH - BEFORE})
    )
    start = max(0, first - BEFORE)
    end = min(len(text), start + LENGTH)
    if start:
        space = text.find(" ", start, first)
        start = space + 1 if space >= 0 else first
    if end < len(text):
        space = text.rfind(" ", last, end)
        end = space if space >= 0 else max(last, end)
    return start, end
