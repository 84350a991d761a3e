"""SQLite by hand: bare ASGI over sqlite3 that returns the same responses as Casebook with as little as can be in between.

One open connection, SQL as fixed text, JSON made by SQLite, no validation. Uses nothing of Casebook's code but the tokenizer,
by which the search index was built.
"""

import base64
import csv
import io
import os
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

import orjson

from benchmarks import handwritten_sql as sql
from benchmarks.bare import acknowledge_lifespan
from benchmarks.handwritten_search import search

ENUMERATIONS = {
    "status": ("active", "closed", "unknown"),
    "mission_type": ("peacekeeping_operation", "special_political_mission", "support_office", "non_un_operation"),
}
EXPORT_CHUNK = 500
MAX_EXACT = 10_000
"""Filtered lists of more rows have an estimated total, and facets from a sample, as Casebook's have."""
JSON = [(b"content-type", b"application/json")]


class Handwritten:
    """The ASGI application."""

    def __init__(self, file: str) -> None:
        self.database = sqlite3.connect(f"file:{file}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
        self.database.execute("PRAGMA mmap_size = 268435456")

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await acknowledge_lifespan(receive, send)
            return
        path, query = scope["path"], scope["query_string"].decode()
        if path.startswith("/v1/missions."):
            await self._send_export(send, path.endswith(".csv"))
            return
        host = next(value for name, value in scope["headers"] if name == b"host").decode()
        body = self._body(path, query, f"http://{host}{path}?{query}")
        headers = [*JSON, (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _body(self, path: str, query: str, url: str) -> bytes:
        version: str = self.database.execute(sql.VERSION).fetchone()[0]
        params = dict(parse_qsl(query))
        if path == "/v1/missions":
            return self._list(params, version, url)
        if path == "/v1/search":
            return search(self.database, params, version, url)
        if path == "/v1/missions/stats":
            return self._stats([value for name, value in parse_qsl(query) if name == "group_by"], version)
        detail: str = self.database.execute(sql.DETAIL, (path.rpartition("/")[2],)).fetchone()[0]
        return detail.encode()

    def _list(self, params: dict[str, str], version: str, url: str) -> bytes:
        limit = int(params["limit"])
        binds: dict[str, Any] = {"rows": limit + 1, "after": 0}
        items_sql, count_sql = sql.LIST, sql.COUNT
        if "challenge" in params:
            binds["challenge"] = self.database.execute(sql.RECORD_ID, ("challenge", params["challenge"])).fetchone()[0]
            items_sql, count_sql = sql.LIST_RELATED, sql.COUNT_RELATED
        elif "established__gte" in params:
            binds["day"] = date(int(params["established__gte"]), 1, 1).isoformat()
            items_sql, count_sql = sql.LIST_SINCE, sql.COUNT_SINCE
        if "cursor" in params:
            cursor = params["cursor"]
            key = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))[-1]
            binds["after"] = self.database.execute(sql.AFTER, key.split(":", 1)).fetchone()[0]
        rows = self.database.execute(items_sql, binds).fetchall()
        total = self.database.execute(count_sql, binds).fetchone()[0]
        last_key = f"mission:{rows[limit - 1][0]}" if len(rows) > limit else None
        exact = count_sql is not sql.COUNT_SINCE or total <= MAX_EXACT
        page = {"limit": limit, "next": _next(url, last_key), "total": total if exact else MAX_EXACT, "total_is_exact": exact}
        facet_sql = sql.FACET_SINCE if total <= MAX_EXACT else sql.FACET_SAMPLED
        data = ",".join([item for _, item in rows[:limit]]).encode()
        rest = {
            "facets": self._facets(binds["day"], facet_sql) if "facet" in params else {},
            "facets_are_exact": "facet" not in params or total <= MAX_EXACT,
            "page": page,
            "meta": {"data_version": version},
        }
        return b'{"data":[' + data + b"]," + orjson.dumps(rest)[1:]

    def _facets(self, day: str, statement: str) -> dict[str, Any]:
        facets = {}
        for name, values in ENUMERATIONS.items():
            rows = self.database.execute(statement.format(name=name), {"day": day}).fetchall()
            present = [value for value, _ in rows]
            rows += [(value, 0) for value in values if value not in present]
            facets[name] = [{"value": value, "count": count} for value, count in rows]
        return facets

    def _stats(self, group_by: Sequence[str], version: str) -> bytes:
        first, second = (
            "cast(strftime('%Y', established) as integer) / 10 * 10" if "decade" in name else name for name in group_by
        )
        total = self.database.execute(sql.COUNT).fetchone()[0]
        statement = sql.STATS if total <= MAX_EXACT else sql.STATS_SAMPLED
        rows = self.database.execute(statement.format(first=first, second=second)).fetchall()
        counts = {row[:2]: row[2] for row in rows}
        decades = [row[0] for row in rows if row[0] is not None]
        axis = [*range(min(decades), max(decades) + 1, 10), *([None] if any(row[0] is None for row in rows) else [])]
        others = [*ENUMERATIONS[group_by[1]], *([None] if any(row[1] is None for row in rows) else [])]
        data = [{group_by[0]: one, group_by[1]: other, "count": counts.get((one, other), 0)} for one in axis for other in others]
        body = {
            "data": data,
            "group_by": group_by,
            "total": total,
            "total_is_exact": True,
            "counts_are_exact": total <= MAX_EXACT,
            "truncated": False,
            "meta": {"data_version": version},
        }
        return orjson.dumps(body)

    async def _send_export(self, send: Any, as_csv: bool) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        for chunk in self._csv_chunks() if as_csv else self._jsonl_chunks():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    def _jsonl_chunks(self) -> Iterator[bytes]:
        last_id = 0
        while rows := self.database.execute(sql.EXPORT_JSONL, (last_id, EXPORT_CHUNK)).fetchall():
            last_id = rows[-1][0]
            yield ("\n".join([line for _, line in rows]) + "\n").encode()

    def _csv_chunks(self) -> Iterator[bytes]:
        last_id, buffer = 0, io.StringIO()
        csv.writer(buffer).writerow(sql.FIELDS)
        while rows := self.database.execute(sql.EXPORT_CSV, (last_id, EXPORT_CHUNK)).fetchall():
            last_id = rows[-1][0]
            csv.writer(buffer).writerows([row[1:] for row in rows])
            yield buffer.getvalue().encode()
            buffer = io.StringIO()


def create_app() -> Handwritten:
    """Return the application over the file that BENCH_FILE names."""
    return Handwritten(os.environ["BENCH_FILE"])


def _next(url: str, key: str | None) -> str | None:
    """Return the URL of the next page, in whose cursor there is nothing but the key of the last row."""
    if key is None:
        return None
    cursor = base64.urlsafe_b64encode(orjson.dumps([key])).decode().rstrip("=")
    return f"{url.partition('&cursor=')[0]}&cursor={cursor}"
