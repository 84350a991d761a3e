"""Bare ASGI and SQLite by hand: the same answers as Casebook's, made with as little as can be between the file and the wire.

One held connection, SQL as fixed text, JSON made by SQLite, no check of what is asked. Knows none of Casebook's code but how
it takes words apart, for search holds these.
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

from benchmarks import statements as sql
from benchmarks.raw_search import found

ENUMERATIONS = {
    "status": ("active", "closed", "unknown"),
    "mission_type": ("peacekeeping_operation", "special_political_mission", "support_office", "non_un_operation"),
}
CHUNK = 500
MOST = 10_000
"""Rows that are counted where they have to be."""
JSON = [(b"content-type", b"application/json")]


class Raw:
    """The application."""

    def __init__(self, file: str) -> None:
        self.database = sqlite3.connect(f"file:{file}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
        self.database.execute("PRAGMA mmap_size = 268435456")

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        path, query = scope["path"], scope["query_string"].decode()
        if path.startswith("/v1/missions."):
            await self._export(send, path.endswith(".csv"))
            return
        host = next(value for name, value in scope["headers"] if name == b"host").decode()
        body = self._answer(path, query, f"http://{host}{path}?{query}")
        headers = [*JSON, (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _answer(self, path: str, query: str, url: str) -> bytes:
        version: str = self.database.execute(sql.VERSION).fetchone()[0]
        asked = dict(parse_qsl(query))
        if path == "/v1/missions":
            return self._list(asked, version, url)
        if path == "/v1/search":
            return found(self.database, asked, version, url)
        if path == "/v1/missions/stats":
            return self._stats([value for name, value in parse_qsl(query) if name == "group_by"], version)
        detail: str = self.database.execute(sql.DETAIL, (path.rpartition("/")[2],)).fetchone()[0]
        return detail.encode()

    def _list(self, asked: dict[str, str], version: str, url: str) -> bytes:
        limit = int(asked["limit"])
        bound: dict[str, Any] = {"rows": limit + 1, "after": 0}
        items, count = sql.LIST, sql.COUNT
        if "challenge" in asked:
            bound["number"] = self.database.execute(sql.NUMBER, ("challenge", asked["challenge"])).fetchone()[0]
            items, count = sql.LIST_RELATED, sql.COUNT_RELATED
        elif "established__gte" in asked:
            bound["day"] = date(int(asked["established__gte"]), 1, 1).isoformat()
            items, count = sql.LIST_SINCE, sql.COUNT_SINCE
        if "cursor" in asked:
            key = orjson.loads(base64.urlsafe_b64decode(asked["cursor"] + "=" * (-len(asked["cursor"]) % 4)))[-1]
            bound["after"] = self.database.execute(sql.AFTER, key.split(":", 1)).fetchone()[0]
        rows = self.database.execute(items, bound).fetchall()
        total = self.database.execute(count, bound).fetchone()[0]
        last = f"mission:{rows[limit - 1][0]}" if len(rows) > limit else None
        exact = count is not sql.COUNT_SINCE or total <= MOST
        page = {"limit": limit, "next": _next(url, last), "total": total if exact else MOST, "total_is_exact": exact}
        facets = self._facets(bound["day"], sql.FACET_SINCE if total <= MOST else sql.FACET_SAMPLED) if "facet" in asked else {}
        data = ",".join([item for _, item in rows[:limit]]).encode()
        rest = orjson.dumps(
            {
                "facets": facets,
                "facets_are_exact": "facet" not in asked or total <= MOST,
                "page": page,
                "meta": {"data_version": version},
            }
        )
        return b'{"data":[' + data + b"]," + rest[1:]

    def _facets(self, day: str, statement: str) -> dict[str, Any]:
        facets = {}
        for name, values in ENUMERATIONS.items():
            rows = self.database.execute(statement.format(name=name), {"day": day}).fetchall()
            seen = [value for value, _ in rows]
            rows += [(value, 0) for value in values if value not in seen]
            facets[name] = [{"value": value, "count": count} for value, count in rows]
        return facets

    def _stats(self, by: Sequence[str], version: str) -> bytes:
        first, second = ("cast(strftime('%Y', established) as integer) / 10 * 10" if "decade" in name else name for name in by)
        total = self.database.execute(sql.COUNT).fetchone()[0]
        statement = sql.STATS if total <= MOST else sql.STATS_SAMPLED
        rows = self.database.execute(statement.format(first=first, second=second)).fetchall()
        counts = {row[:2]: row[2] for row in rows}
        decades = [row[0] for row in rows if row[0] is not None]
        axis = [*range(min(decades), max(decades) + 1, 10), *([None] if any(row[0] is None for row in rows) else [])]
        others = [*ENUMERATIONS[by[1]], *([None] if any(row[1] is None for row in rows) else [])]
        data = [{by[0]: one, by[1]: other, "count": counts.get((one, other), 0)} for one in axis for other in others]
        body = {
            "data": data,
            "group_by": by,
            "total": total,
            "total_is_exact": True,
            "counts_are_exact": total <= MOST,
            "truncated": False,
            "meta": {"data_version": version},
        }
        return orjson.dumps(body)

    async def _export(self, send: Any, as_csv: bool) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        for piece in self._cells() if as_csv else self._lines():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    def _lines(self) -> Iterator[bytes]:
        last = 0
        while rows := self.database.execute(sql.EXPORT_LINES, (last, CHUNK)).fetchall():
            last = rows[-1][0]
            yield ("\n".join([line for _, line in rows]) + "\n").encode()

    def _cells(self) -> Iterator[bytes]:
        last, written = 0, io.StringIO()
        csv.writer(written).writerow(sql.FIELDS)
        while rows := self.database.execute(sql.EXPORT_CELLS, (last, CHUNK)).fetchall():
            last = rows[-1][0]
            csv.writer(written).writerows([row[1:] for row in rows])
            yield written.getvalue().encode()
            written = io.StringIO()


def create_app() -> Raw:
    """The application over the file that BENCH_FILE names."""
    return Raw(os.environ["BENCH_FILE"])


def _next(url: str, key: str | None) -> str | None:
    """The next page's URL; its cursor is the key alone."""
    if key is None:
        return None
    cursor = base64.urlsafe_b64encode(orjson.dumps([key])).decode().rstrip("=")
    return f"{url.partition('&cursor=')[0]}&cursor={cursor}"


async def _lifespan(receive: Any, send: Any) -> None:
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{message['type']}.complete"})
    await send({"type": "lifespan.shutdown.complete"})
