"""Exports: every list whole, in every format the same rows and columns as the pages."""

import asyncio
import csv
import io
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import orjson
import pytest
from fastapi import FastAPI
from geojson_pydantic import Feature, FeatureCollection, Point
from starlette.types import Message

from app.http.formats.tabular import cell, csv_lines, defused
from app.http.resources.exports import MAX_SHEET_ROWS
from app.main import create_app
from app.model.resource import Resource
from app.settings import Settings
from tests.conftest import CATALOGUE, NewDatabase, filled, serving, values_of
from tests.database.test_faults import until

EVERY = pytest.mark.parametrize("resource", CATALOGUE.resources, ids=lambda resource: resource.name)


def get(client: httpx.Client, path: str, **headers: str) -> httpx.Response:
    response = client.get(path, headers=headers)
    assert response.status_code == 200, response.text
    return response


def csv_rows(response: httpx.Response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.content.decode(), newline="")))


def xlsx_rows(response: httpx.Response) -> list[list[str]]:
    sheet = openpyxl.load_workbook(io.BytesIO(response.content), read_only=True).worksheets[0]
    return [[_as_text(value) for value in row] for row in sheet.iter_rows(values_only=True)]


def _as_text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def paged(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    page = get(client, path).json()
    items: list[dict[str, Any]] = page["data"]
    while page["page"]["next"]:
        page = get(client, page["page"]["next"]).json()
        items += page["data"]
    return items


@EVERY
def test_every_format_holds_the_rows_and_columns_of_the_pages(client: httpx.Client, resource: Resource) -> None:
    path = f"/v1/{resource.name}"
    items = paged(client, f"{path}?limit=200")
    lines = get(client, f"{path}.jsonl").content.splitlines()
    assert [orjson.loads(line) for line in lines] == items
    rows = csv_rows(get(client, f"{path}.csv"))
    assert rows[0] == list(resource.fields)
    expected = csv_lines([[item[name] for name in resource.fields] for item in items])
    assert rows[1:] == list(csv.reader(io.StringIO(expected.decode(), newline="")))
    sheet = xlsx_rows(get(client, f"{path}.xlsx"))
    assert sheet[0] == rows[0]
    numbers = [n for n, name in enumerate(rows[0]) if isinstance(items[0][name], float) or name.endswith("itude")]
    assert [[value for n, value in enumerate(row) if n not in numbers] for row in sheet] == [
        [value for n, value in enumerate(row) if n not in numbers] for row in rows
    ]


def test_filters_sorts_and_fields_are_those_of_the_list(client: httpx.Client) -> None:
    query = "country=COD&sort=-established&fields=acronym&fields=established&fields=mandate_tasks"
    items = get(client, f"/v1/missions?{query}").json()["data"]
    rows = csv_rows(get(client, f"/v1/missions.csv?{query}"))
    assert rows[0] == ["acronym", "established", "mandate_tasks"]
    assert rows[1:] == [[item["acronym"], item["established"], ";".join(item["mandate_tasks"] or [])] for item in items]


def test_a_header_comes_also_where_there_are_no_rows(client: httpx.Client) -> None:
    query = "fields=id&fields=name&name=Nothing+is+called+so"
    assert csv_rows(get(client, f"/v1/missions.csv?{query}")) == [["id", "name"]]
    assert xlsx_rows(get(client, f"/v1/missions.xlsx?{query}")) == [["id", "name"]]
    assert get(client, f"/v1/missions.jsonl?{query}").content == b""


def test_accept_gives_what_the_suffix_gives(client: httpx.Client) -> None:
    for suffix, accept in (("csv", "text/csv"), ("jsonl", "application/x-ndjson")):
        by_suffix, by_accept = get(client, f"/v1/challenges.{suffix}"), get(client, "/v1/challenges", Accept=accept)
        assert by_suffix.content == by_accept.content
        assert by_accept.headers["content-type"].split(";")[0] == accept
    assert client.get("/v1/challenges", headers={"Accept": "image/png"}).status_code == 406
    assert client.get("/v1/challenges/stats?group_by=category", headers={"Accept": "image/png"}).status_code == 406


def test_a_file_is_named_by_its_data_version(client: httpx.Client) -> None:
    headers = get(client, "/v1/missions.csv").headers
    assert headers["content-disposition"] == f'attachment; filename="missions-{headers["x-data-version"]}-unofficial.csv"'
    assert headers["etag"]


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/v1/missions.pdf", "format"),
        ("/v1/missions.csv?limit=3", "limit"),
        ("/v1/missions.csv?cursor=x", "cursor"),
        ("/v1/missions.csv?include=links", "include"),
        ("/v1/missions.xlsx?include=links", "include"),
        ("/v1/missions.csv?region=Afrika", "region"),
        ("/v1/missions.csv?regoin=Africa", "regoin"),
    ],
)
def test_what_a_file_cannot_be_asked_is_said_before_it_begins(client: httpx.Client, path: str, parameter: str) -> None:
    response = client.get(path)
    assert response.status_code == 422
    assert [error["loc"][1] for error in response.json()["errors"]] == [parameter]


def test_json_lines_hold_what_is_included(client: httpx.Client) -> None:
    lines = [orjson.loads(line) for line in get(client, "/v1/missions.jsonl?include=links").content.splitlines()]
    assert lines == get(client, "/v1/missions?include=links&limit=200").json()["data"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_cannot_be_a_formula(text: str) -> None:
    assert defused(text) == f"'{text}"
    assert cell([text, "b"]) == f"'{cell(text)};b" or cell([text, "b"]) == f"{cell(text)};b"
    assert csv_lines([[text]]).decode().strip('"\r\n').startswith("'")


def test_numbers_stay_numbers_and_the_unknown_stays_empty() -> None:
    row = [-4.3, None, True, [], {"outcome": "disputed"}, ["a", "b"], 'say "so"']
    assert csv_lines([row]).decode().split("\r\n") == ['-4.3,,true,,outcome=disputed,a;b,"say ""so"""', ""]


@pytest.fixture(scope="module")
def many(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a database of some thousands of records, so that an export takes several chunks."""
    folder = tmp_path_factory.mktemp("seed_data") / "many"
    folder.mkdir()
    (folder / "pack.yaml").write_text("name: Many\nsummary: Many.\narticle: s\n", encoding="utf-8")
    (folder / "sources.yaml").write_text("- slug: s\n  name: S\n  kind: report\n", encoding="utf-8")
    entry = "- {{slug: a{0}, name: Actor {1}, actor_type: government, cites: [{{locator: p. {0}}}]}}\n"
    actors = "".join(entry.format(n, n % 7) for n in range(4000))
    (folder / "actors.yaml").write_text(actors, encoding="utf-8")
    return Settings(database_url=filled(new_database("sqlite", "many"), folder.parent))


@pytest.fixture(scope="module")
def of_many(many: Settings) -> Iterator[str]:
    with serving(many) as base:
        yield base


def test_an_export_in_chunks_is_whole(of_many: str) -> None:
    with httpx.Client(base_url=of_many, timeout=60) as client:
        rows = csv_rows(get(client, "/v1/actors.csv?fields=id&sort=name"))
        assert len({row[0] for row in rows}) == 4001
        assert len(xlsx_rows(get(client, "/v1/actors.xlsx"))) == 4001 < MAX_SHEET_ROWS


@pytest.mark.parametrize("path", ["/v1/actors.csv", "/v1/actors.xlsx", "/v1/actors.jsonl", "/v1/export"])
def test_other_requests_run_while_an_export_is_made(many: Settings, path: str) -> None:
    """Counts the turns of the event loop, each of which another request could have, instead of time."""

    async def turns_during_export() -> int:
        app, turns = create_app(many), 0
        async with app.router.lifespan_context(app):
            export = asyncio.create_task(_asgi_get(app, path))
            while not export.done():
                await asyncio.sleep(0)
                turns += 1
            assert await export == 200
        return turns

    assert asyncio.run(turns_during_export()) > 20  # where it is made in one go, 5


async def _asgi_get(app: FastAPI, path: str) -> int:
    """Return the status of a response that a client reads as fast as it comes."""
    statuses: list[int] = []

    async def receive() -> Message:
        await asyncio.Event().wait()  # the client stays
        return {}

    async def send(message: Message) -> None:
        statuses.append(message.get("status", 0))

    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http"}
    target = {"path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": [(b"host", b"x")]}
    await app({**scope, **target, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 1)}, receive, send)
    return statuses[0]


def test_what_a_spreadsheet_is_made_in_goes_with_its_client(
    of_many: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    url = httpx.URL(of_many)
    with socket.create_connection((url.host, url.port or 0)) as client:
        client.sendall(b"GET /v1/actors.xlsx HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda: any(tmp_path.iterdir()))
    until(lambda: not any(tmp_path.iterdir()))


def test_geojson_has_a_point_for_each_mission_and_says_which(client: httpx.Client) -> None:
    response = get(client, "/v1/missions.geojson")
    assert response.headers["content-type"] == "application/geo+json"
    collection = response.json()
    parsed = FeatureCollection[Feature[Point, dict[str, Any]]].model_validate(collection)
    assert len(parsed.features) == get(client, "/v1/missions").json()["page"]["total"]
    places = {
        feature["id"]: (feature["geometry"]["coordinates"], feature["properties"]["place"]) for feature in collection["features"]
    }
    assert places["mission:monusco"] == ([15.3222, -4.325], "headquarters")
    assert places["mission:isaf"] == ([65.31, 33.83], "country AFG")
    assert "not endorsed by the United Nations" in collection["notice"]
    assert get(client, "/v1/missions", Accept="application/geo+json").content == response.content


def test_geojson_keeps_filters_and_fields_and_leaves_unknown_places_open(client: httpx.Client) -> None:
    features = get(client, "/v1/missions.geojson?country=COD&status__ne=unknown&fields=acronym&sort=acronym").json()["features"]
    assert [feature["properties"] for feature in features] == [
        {"acronym": acronym, "place": "headquarters"} for acronym in ("MONUC", "MONUSCO", "ONUC")
    ]
    (tuvalu,) = get(client, "/v1/countries.geojson?iso3=TUV").json()["features"]
    assert (tuvalu["geometry"], tuvalu["properties"]["place"]) == (None, None)
    assert get(client, "/v1/missions.geojson?name=Nothing+is+called+so").json()["features"] == []
    assert client.get("/v1/lessons.geojson").status_code == 422


@pytest.mark.parametrize("values", [["a; b", "c"], ["\\", ";"], ["a\\;b", "\\\\"], [";;", "\\;", "x"], ["one"]])
def test_joined_values_can_be_told_apart_again(values: list[str]) -> None:
    assert values_of(str(cell(values))) == values


def test_a_csv_file_keeps_values_that_hold_a_semicolon(client: httpx.Client) -> None:
    fields = "fields=slug&fields=source_conflicts"
    lists = {item["slug"]: item["source_conflicts"] for item in client.get(f"/v1/missions?{fields}&limit=200").json()["data"]}
    assert any(";" in value for values in lists.values() for value in values)
    rows = csv.DictReader(io.StringIO(client.get(f"/v1/missions.csv?{fields}").text))
    assert {row["slug"]: values_of(row["source_conflicts"].removeprefix("'")) for row in rows} == lists
