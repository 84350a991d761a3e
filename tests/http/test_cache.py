"""Answers that are kept: the same bytes, never of another release, bounded, and made once however many ask at once."""

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import Engine, text

from app.database import open_reader, writable_engine
from app.http.negotiation import CACHE_SIZE, MEDIA_TYPES, preferences, variant
from app.http.response_store import MAX_KEY_BYTES, MAX_SHARE, ResponseStore
from app.loader.load import load
from app.main import create_app
from app.settings import Settings
from app.telemetry.request_metrics import RequestMetrics
from tests.conftest import CATALOGUE, serving_app

PATH = "/v1/missions/isaf"
ANSWERS = [PATH, "/v1/missions?limit=2", "/", "/v1/search?q=training", "/v1/missions/stats.csv?group_by=region"]
LASTING = ["/v1", "/docs", "/redoc", "/openapi.json", "/assets/redoc.standalone.js"]
FLEETING = ["/nope", "/v1/missions/nope", "/v1/missions?x=1", "/v1/missions/minusmaa", "/v1/missions.csv", "/v1/missions.xlsx"]
FLEETING += ["/v1/export", "/health/live", "/health/ready", "/assets/docs.css"]


class Served:
    """A client of a server, and the counts of the server's response cache."""

    def __init__(self, client: httpx.Client, api: FastAPI) -> None:
        self.client, self.api = client, api
        self.store: ResponseStore = api.state.response_store
        self.metrics: RequestMetrics = api.state.metrics
        self._seen: dict[str, int] = {}
        self.asked = 0
        client.event_hooks = {"request": [self._ask]}

    def _ask(self, _request: httpx.Request) -> None:
        self.asked += 1

    def changes(self) -> dict[str, int]:
        """What changed since it was last asked; what did not is left out."""
        before, self._seen = self._seen, self._counts()
        changed = {name: now - before.get(name, 0) for name, now in self._seen.items()}
        return {name: change for name, change in changed.items() if change}

    def _counts(self) -> Counter[str]:
        """An answer is counted when it is sent, which may be a moment after it was received."""
        until = time.monotonic() + 10
        while sum(sum(numbers.buckets) for numbers in self.metrics.by_labels.values()) < self.asked and time.monotonic() < until:
            time.sleep(0.001)
        counts = Counter({"evictions": self.metrics.cache_evictions, "entries": len(self.store._entries)})
        for (*_, outcome), numbers in self.metrics.by_labels.items():
            counts[outcome] += sum(numbers.buckets)
        return counts

    def forget(self) -> None:
        """Let go of what is kept."""
        for version in ("none", ""):
            self.store.renew(version, None)
        self.changes()


@contextmanager
def served_by(settings: Settings, *routes: tuple[str, Any]) -> Iterator[Served]:
    """A server with further routes."""
    api = create_app(settings)
    for path, route in routes:
        api.add_route(path, route)
    with serving_app(api) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield Served(client, api)


@pytest.fixture(scope="module")
def shared(database_url: str) -> Iterator[Served]:
    with served_by(Settings(database_url=database_url)) as served:
        yield served


@pytest.fixture
def served(shared: Served) -> Served:
    """A server over each database, with nothing kept yet."""
    shared.forget()
    return shared


def shown(response: httpx.Response) -> list[tuple[str, str]]:
    """Its headers, save those that are its own."""
    return [(name, value) for name, value in response.headers.multi_items() if name not in ("date", "x-request-id")]


# What is kept is what was made


@pytest.mark.parametrize("path", [*ANSWERS, *LASTING])
def test_what_is_kept_is_sent_as_it_was_made(served: Served, path: str) -> None:
    for encoding, origin in product(("identity", "gzip", "br", "zstd"), ({}, {"Origin": "https://newsroom.example"})):
        headers = {"Accept-Encoding": encoding, **origin}
        served.forget()
        made, kept, headed = (served.client.request(method, path, headers=headers) for method in ("GET", "GET", "HEAD"))
        assert served.changes() == {"hit": 2, "miss": 1, "entries": 1}
        assert (made.status_code, kept.status_code, headed.status_code) == (200, 200, 200)
        assert kept.content == made.content
        assert headed.content == b""
        assert shown(made) == shown(kept) == shown(headed)
        assert ("access-control-allow-origin" in kept.headers) is bool(origin)
        assert kept.headers["x-request-id"] != made.headers["x-request-id"]


def test_what_was_written_in_pieces_and_compressed_into_one_is_whole_when_it_is_sent_again(served: Served) -> None:
    for encoding in ("identity", "zstd", "br", "gzip"):
        headers = {"Accept-Encoding": encoding}
        responses = [served.client.get("/v1/missions.geojson", headers=headers, timeout=5) for _ in range(3)]
        assert len({response.content for response in responses}) == 1
        assert len({response.headers.get("content-length") for response in responses}) == 1


def test_what_one_asked_for_by_head_or_from_another_page_is_good_for_all(served: Served) -> None:
    served.client.head(PATH, headers={"Origin": "https://newsroom.example", "X-Request-ID": "mine"})
    got = served.client.get(PATH, headers={"X-Request-ID": "yours"})
    assert got.json()["id"] == "mission:isaf"
    assert got.headers["x-request-id"] == "yours"
    assert "access-control-allow-origin" not in got.headers
    assert served.changes() == {"hit": 1, "miss": 1, "entries": 1}


def test_pages_of_other_hosts_and_schemes_link_to_themselves(served: Served) -> None:
    path = "/v1/missions?limit=1"
    for host, scheme in product(("a.example", "b.example"), ("http", "https")):
        for _ in range(2):
            page = served.client.get(path, headers={"Host": host, "X-Forwarded-Proto": scheme}).json()["page"]
            assert page["next"].startswith(f"{scheme}://{host}/v1/missions?")
    assert served.changes() == {"hit": 4, "miss": 4, "entries": 4}


@pytest.mark.parametrize("path", [*ANSWERS, *LASTING])
def test_a_client_that_has_the_answer_is_told_so_from_what_is_kept(served: Served, path: str) -> None:
    tag = served.client.get(path).headers["etag"]
    served.changes()
    for method, given in product(("GET", "HEAD"), (tag, f'"other", W/{tag}')):
        response = served.client.request(method, path, headers={"If-None-Match": given})
        assert (response.status_code, response.content, response.headers["etag"]) == (304, b"", tag)
        assert {"cache-control", "vary"} <= set(response.headers)
        assert not {"content-type", "content-length", "content-encoding"} & set(response.headers)
    assert served.client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert served.changes() == {"not_modified": 4, "hit": 1}


def test_a_304_names_the_tag_of_the_encoding_that_the_client_has(served: Served) -> None:
    tags = {
        encoding: served.client.get(PATH, headers={"Accept-Encoding": encoding}).headers["etag"] for encoding in ("gzip", "br")
    }
    for has, takes in product(tags, tags):
        response = served.client.get(PATH, headers={"Accept-Encoding": takes, "If-None-Match": tags[has]})
        assert (response.status_code, response.headers["etag"]) == (304, tags[has])


def test_the_many_ways_to_ask_for_the_same_are_one(served: Served) -> None:
    ways = ["*/*", "application/json, text/plain, */*", *(f"text/html, */*;q=0.{digit}" for digit in range(1, 9))]
    encodings = ["gzip, deflate", "gzip;q=0.5", "deflate, GZIP ; q=1", "gzip, br;q=0, zstd;q=0, *"]
    for accept, accepted in product(ways, encodings):
        response = served.client.get(PATH, headers={"Accept": accept, "Accept-Encoding": accepted})
        assert response.headers["content-encoding"] == "gzip"
    assert served.changes() == {"hit": 38, "miss": 2, "entries": 2}


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("*", "zstd"),
        ("*, zstd;q=0", "br"),
        ("*;q=0", None),
        ("identity;q=1, *;q=0", None),
        ("gzip;q=nan", None),
        ("x-unknown", None),
        ("", None),
    ],
)
def test_the_encoding_is_the_best_that_the_client_takes(served: Served, accepted: str, chosen: str | None) -> None:
    for _ in range(2):
        assert served.client.get(PATH, headers={"Accept-Encoding": accepted}).headers.get("content-encoding") == chosen


def test_every_format_that_is_documented_is_negotiated(shared: Served) -> None:
    operations = [path["get"] for path in shared.api.openapi()["paths"].values()]
    assert {media_type for operation in operations for media_type in operation["responses"]["200"]["content"]} <= set(MEDIA_TYPES)
    assert preferences("text/csv, application/json;q=0.5") != preferences("text/csv;q=0.5, application/json")


def test_who_counts_by_route_finds_the_route_of_what_is_kept(database_url: str) -> None:
    with served_by(Settings(database_url=database_url)) as served:
        for path in (PATH, f"{PATH}/challenges", "/docs"):
            tag = served.client.get(path).headers["etag"]
            served.client.get(path)
            served.client.get(path, headers={"If-None-Match": tag})
    assert {(template, status, outcome) for _, template, status, outcome in served.metrics.by_labels} == {
        (template, status, outcome)
        for template in ("/v1/missions/{slug}", "/v1/missions/{slug}/{related}", "/docs")
        for status, outcome in ((200, "miss"), (200, "hit"), (304, "not_modified"))
    }


# What is not kept


@pytest.mark.parametrize("path", FLEETING)
def test_errors_streams_redirects_probes_and_files_are_not_kept(served: Served, path: str) -> None:
    for _ in range(2):
        served.client.get(path)
    assert served.changes() == {"miss": 2}


def test_what_sets_a_cookie_or_says_no_is_not_kept(database_url: str) -> None:
    def answering(**headers: str) -> Any:
        async def answer(_request: Request) -> Response:
            return Response(b"{}", headers={"X-Data-Version": "x", **{name.replace("_", "-"): headers[name] for name in headers}})

        return answer

    async def half(_request: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"half"
            raise RuntimeError

        return StreamingResponse(pieces(), headers={"X-Data-Version": "x"})

    routes = ("/cookie", answering(set_cookie="a=b")), ("/no", answering(cache_control="no-store")), ("/half", half)
    with served_by(Settings(database_url=database_url), *routes) as served:
        for path in ("/cookie", "/no"):
            assert [served.client.get(path).status_code for _ in range(2)] == [200, 200]
        for _ in range(2):
            with pytest.raises(httpx.RemoteProtocolError):
                served.client.get("/half")
        assert served.changes() == {"miss": 6}


def test_nothing_is_kept_where_the_cache_is_off(database_url: str) -> None:
    with served_by(Settings(database_url=database_url, cache_bytes=0)) as served:
        for path in (PATH, "/openapi.json"):
            first, second = served.client.get(path), served.client.get(path)
            assert (first.content, shown(first)) == (second.content, shown(second))
            assert served.client.get(path, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
        assert {"entries", "hit"}.isdisjoint(served.changes())


# How much is kept


def test_what_clients_choose_cannot_fill_more_than_the_bound(database_url: str) -> None:
    limit = 300_000
    with served_by(Settings(database_url=database_url, cache_bytes=limit)) as served:
        for number in range(300):
            headers = {
                "Host": f"{number}.example",
                "Accept": f"application/json, text/html;q=0.{number + 1:03}, text/plain;q=0.{999 - number}",
                "Accept-Encoding": f"gzip;q=0.{number + 1:03}, x-{number}",
                "X-Request-ID": str(number),
                "Origin": f"https://{number}.example",
            }
            assert served.client.get(f"/v1/missions?limit=1&q=peace+{number}", headers=headers).status_code == 200
            assert 0 < served.metrics.cache_bytes <= limit
        assert served.metrics.cache_bytes == sum(kept.size for kept in served.store._entries.values())
        assert served.metrics.cache_evictions == 300 - len(served.store._entries) > 0


def test_the_longest_unused_goes_first(database_url: str) -> None:
    with served_by(Settings(database_url=database_url, cache_bytes=60_000)) as served:
        for number in range(40):
            served.client.get("/v1/missions/unok/lessons?limit=1")
            served.client.get(f"/v1/missions?limit=1&q=peace+{number}")
        changes = served.changes()
        assert (changes["hit"], changes["miss"]) == (39, 41)
        assert changes["evictions"] > 10


def test_what_is_over_long_or_large_is_answered_and_not_kept(served: Served, database_url: str) -> None:
    long = "/v1/records?" + "&".join(f"id=mission:{number:030}" for number in range(120)) + "&id=mission:isaf"
    assert len(long) > MAX_KEY_BYTES
    for headers in ({}, {"Accept": f"application/json,{'x/y,' * 2000}"}, {"Accept-Encoding": "gzip," * 2000}):
        assert [item["id"] for item in served.client.get(long, headers=headers).json()["data"]] == ["mission:isaf"]
    assert served.changes() == {"miss": 3}
    with served_by(Settings(database_url=database_url, cache_bytes=MAX_SHARE * 10_000)) as small:
        for _ in range(2):
            assert len(small.client.get("/v1/missions?limit=200", headers={"Accept-Encoding": "identity"}).content) > 10_000
        assert small.changes() == {"miss": 2}


def test_no_more_is_remembered_of_headers_than_the_bound() -> None:
    for number in range(2 * CACHE_SIZE):
        variant(b"text/html;q=0.%d" % number, b"gzip")
        variant(b"text/html," * 1000 + b"%d" % number, b"gzip")
    for read in (sys.modules["app.http.negotiation"]._variant, sys.modules["app.http.negotiation"]._preferences):
        assert read.cache_info().currsize <= CACHE_SIZE


# Of which release


def load_elsewhere(url: str, seed: Path) -> None:
    """Load as another process."""
    variables = {"CASEBOOK_DATABASE_URL": url, "CASEBOOK_SEED_DATA": str(seed)}
    command = [sys.executable, "-c", "from app.cli import cli; cli()", "load"]
    subprocess.run(command, env={**os.environ, **variables}, check=True, capture_output=True)  # noqa: S603 - our own command


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """A pack of one record, so that it loads fast."""
    folder = tmp_path / "seed" / "tiny"
    folder.mkdir(parents=True)
    (folder / "pack.yaml").write_text("name: Tiny\nsummary: Tiny.\narticle: s\n", encoding="utf-8")
    (folder / "sources.yaml").write_text("- slug: s\n  name: S\n  kind: report\n", encoding="utf-8")
    call_actor(folder.parent, "Old name")
    return folder.parent


def call_actor(seed: Path, name: str) -> None:
    actors = f"- {{slug: a, name: {name}, actor_type: government, cites: [{{locator: p. 1}}]}}\n"
    (seed / "tiny" / "actors.yaml").write_text(actors, encoding="utf-8")


def test_a_load_by_another_process_is_seen_by_the_very_next_request(engine: Engine, seed: Path) -> None:
    url = engine.url.render_as_string(hide_password=False)
    load(engine, seed, CATALOGUE)
    with served_by(Settings(database_url=url)) as served:
        for path in ("/v1/actors/a", "/v1/actors/a", "/v1/actors", "/v1"):
            old = served.client.get(path)
        old = served.client.get("/v1/actors/a")
        assert served.changes() == {"hit": 2, "miss": 3, "entries": 3}
        call_actor(seed, "New name")
        load_elsewhere(url, seed)
        new = served.client.get("/v1/actors/a", headers={"If-None-Match": old.headers["etag"]})
        assert (new.status_code, new.json()["name"]) == (200, "New name")
        assert served.changes() == {"miss": 1, "entries": -2}
        version = new.headers["x-data-version"]
        # The same version again, after another that nobody asked for, is another release all the same.
        for name in ("Old name", "New name"):
            call_actor(seed, name)
            load(engine, seed, CATALOGUE)
        with engine.begin() as connection:
            connection.execute(text("UPDATE release SET loaded_at = '2001-01-01 00:00:00' WHERE version = :v"), {"v": version})
        again = served.client.get("/v1/actors/a")
        assert (again.headers["etag"], served.changes()) == (new.headers["etag"], {"miss": 1})
        assert again.headers["last-modified"] == "Mon, 01 Jan 2001 00:00:00 GMT"


def test_nothing_is_served_from_memory_while_the_database_cannot_be_read(engine: Engine, seed: Path) -> None:
    load(engine, seed, CATALOGUE)
    with served_by(Settings(database_url=engine.url.render_as_string(hide_password=False))) as served:
        served.client.get("/docs")
        kept = [served.client.get("/v1/actors/a") for _ in range(2)][-1]
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE release RENAME TO gone"))
        for headers in ({}, {"If-None-Match": kept.headers["etag"]}):
            refused = served.client.get("/v1/actors/a", headers=headers)
            assert (refused.status_code, refused.headers["cache-control"]) == (503, "no-store")
        assert served.client.get("/docs").status_code == 200
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE gone RENAME TO release"))
        assert served.client.get("/v1/actors/a").content == kept.content


def test_a_connection_that_is_lost_is_replaced(engine: Engine, seed: Path) -> None:
    load(engine, seed, CATALOGUE)
    with served_by(Settings(database_url=engine.url.render_as_string(hide_password=False))) as served:
        for _ in range(2):
            served.client.get("/v1/actors/a")
        if engine.dialect.name == "postgresql":
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'empty' AND pid <> pg_backend_pid()"
            with engine.connect() as connection:
                assert len(connection.execute(text(others)).all()) > 1
        assert served.client.get("/v1/actors/a").status_code == 200
        assert served.changes() == {"hit": 2, "miss": 1, "entries": 1}


def test_what_is_kept_takes_no_statement(served: Served, all_statements: list[str]) -> None:
    for _ in range(2):
        served.client.get(PATH)
    all_statements.clear()
    served.client.get(PATH)
    assert all_statements == []


def test_asking_for_the_version_on_sqlite_is_never_interrupted(tmp_path: Path, seed: Path) -> None:
    """SQLite counts the steps of a statement from use to use, and every so many calls the handler that keeps the time limit."""
    url = f"sqlite:///{tmp_path / 'x.sqlite3'}"
    load(writable_engine(url), seed, CATALOGUE)

    async def ask() -> None:
        reader = open_reader(Settings(database_url=url, query_seconds=0.01))
        version = await reader.current_version()
        await asyncio.sleep(0.02)
        for _ in range(20_000):
            assert await reader.current_version() == version
            await asyncio.sleep(0)
        await reader.close()

    asyncio.run(ask())


# Once for many


def test_equal_questions_at_once_are_answered_by_one(served: Served, all_statements: list[str]) -> None:
    path = "/v1/missions?include=links"
    alone = served.client.get(path)
    expected = [statement for statement in all_statements if "FROM release" not in statement]
    served.forget()
    all_statements.clear()
    responses = asyncio.run(many(str(served.client.base_url), [path] * 50))
    served.asked += 50
    assert {(response.status_code, response.content) for response in responses} == {(200, alone.content)}
    assert [statement for statement in all_statements if "FROM release" not in statement] == expected
    assert served.changes() == {"hit": 49, "miss": 1, "entries": 1}


async def many(base_url: str, paths: list[str]) -> list[httpx.Response]:
    limits = httpx.Limits(max_connections=len(paths))
    async with httpx.AsyncClient(base_url=base_url, timeout=30, limits=limits) as client:
        return await asyncio.gather(*(client.get(path) for path in paths))
