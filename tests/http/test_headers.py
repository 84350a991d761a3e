"""HTTP beyond GET: validators, HEAD, OPTIONS, CORS, compression, request ids."""

import gzip
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import brotli
import httpx
import pytest
import zstandard
from sqlalchemy import Engine

from app.http.conditional import validators
from app.loader.load import load
from app.settings import Settings
from tests.conftest import CATALOGUE, serving, settings_of

PATH = "/v1/missions/isaf"


def test_an_answer_says_how_long_and_for_which_data_it_is_good(client: httpx.Client) -> None:
    headers = client.get(PATH).headers
    assert headers["etag"].startswith(f'"{headers["x-data-version"]}-')
    assert "max-age=" in headers["cache-control"]
    assert "stale-while-revalidate=" in headers["cache-control"]
    assert {"Accept", "Accept-Encoding"} <= set(headers["vary"].split(", "))
    assert parsedate_to_datetime(headers["last-modified"]).tzinfo is not None
    assert headers["x-content-type-options"] == "nosniff"
    assert "server" not in headers


def test_a_known_answer_is_304_without_a_question_to_the_data(client: httpx.Client, statements: list[str]) -> None:
    tag = client.get(PATH).headers["etag"]
    statements.clear()
    for given in (tag, f'"other", {tag}', f"W/{tag}"):
        response = client.get(PATH, headers={"If-None-Match": given})
        assert (response.status_code, response.content) == (304, b"")
        assert response.headers["etag"] == tag
        assert {"cache-control", "vary", "x-data-version", "last-modified"} <= set(response.headers)
    assert [statement for statement in statements if "FROM release" not in statement] == []


@pytest.mark.parametrize("full", ["sqlite"], indirect=True)
def test_a_304_on_sqlite_runs_no_statement_at_all(full: Engine, seed_copy: Path, statements: list[str]) -> None:
    with serving(settings_of(full)) as base, httpx.Client(base_url=base, timeout=30) as client:
        old = client.get(PATH).headers["etag"]
        client.get(PATH, headers={"If-None-Match": old})
        statements.clear()
        assert client.get(PATH, headers={"If-None-Match": old}).status_code == 304
        assert statements == []
        file = seed_copy / "ssr-article" / "missions.yaml"
        file.write_text(
            file.read_text(encoding="utf-8").replace("name: United Nations Operation in Kenya", "name: Kenya"), encoding="utf-8"
        )
        load(full, seed_copy, CATALOGUE)
        response = client.get(PATH, headers={"If-None-Match": old})
        assert response.status_code == 200
        assert response.headers["etag"] != old
        assert client.get(PATH, headers={"If-None-Match": response.headers["etag"]}).status_code == 304


def test_a_304_is_still_answered_long_after_the_last_question(
    loaded: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.database.sqlite.PROGRESS_STEPS", 1)
    url = loaded("sqlite")
    with serving(Settings(database_url=url, query_seconds=1)) as base, httpx.Client(base_url=base, timeout=30) as client:
        tag = client.get("/v1/missions/isaf").headers["etag"]
        time.sleep(1.1)
        assert client.get("/v1/missions/isaf", headers={"If-None-Match": tag}).status_code == 304


def test_tags_differ_by_url_by_format_and_by_encoding(client: httpx.Client) -> None:
    asked = [
        (PATH, {}),
        ("/v1/missions/unok", {}),
        (f"{PATH}/challenges", {}),
        (f"{PATH}/challenges?limit=1", {}),
        ("/", {"Accept": "text/html"}),
        ("/", {"Accept": "application/json"}),
        (PATH, {"Accept-Encoding": "gzip"}),
        (PATH, {"Accept-Encoding": "br"}),
        (PATH, {"Accept-Encoding": "zstd"}),
    ]
    tags = [client.get(path, headers={"Accept-Encoding": "identity", **headers}).headers["etag"] for path, headers in asked]
    assert len(set(tags)) == len(tags)
    for (path, headers), tag in zip(asked, tags, strict=True):
        assert client.get(path, headers={"Accept-Encoding": "identity", **headers, "If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("path", ["/nope", "/v1/missions/nope", "/v1/missions?x=1"])
def test_errors_are_not_to_be_kept(client: httpx.Client, path: str) -> None:
    response = client.get(path, headers={"If-None-Match": '"made-up"'})
    assert response.status_code in (404, 422)
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers


@pytest.mark.parametrize(
    "path", [PATH, "/v1/missions", "/", "/v1", "/health/ready", "/docs", "/openapi.json", "/v1/missions/nope"]
)
def test_head_has_the_headers_of_get_and_no_body(client: httpx.Client, path: str) -> None:
    got, headed = client.get(path), client.head(path)
    assert headed.status_code == got.status_code
    assert headed.content == b""
    ignored = {"date", "x-request-id"}
    assert {**headed.headers, **dict.fromkeys(ignored, "")} == {**got.headers, **dict.fromkeys(ignored, "")}


def test_options_names_the_methods(client: httpx.Client) -> None:
    response = client.options(PATH)
    assert (response.status_code, response.headers["allow"]) == (204, "GET, HEAD, OPTIONS")


def test_a_page_of_another_origin_may_ask(client: httpx.Client) -> None:
    origin = {"Origin": "https://newsroom.example"}
    response = client.get(PATH, headers=origin)
    assert response.headers["access-control-allow-origin"] == "*"
    assert "X-Data-Version" in response.headers["access-control-expose-headers"]
    preflight = client.options(PATH, headers={**origin, "Access-Control-Request-Method": "GET"})
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (204, "*")
    assert preflight.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    assert client.options(PATH).headers.keys().isdisjoint(["access-control-allow-origin", "access-control-allow-methods"])


def test_an_answer_comes_compressed_as_the_client_can_take_it(client: httpx.Client) -> None:
    plain = client.get(PATH, headers={"Accept-Encoding": "identity"}).content
    decoders = {
        "gzip": gzip.decompress,
        "br": brotli.decompress,
        "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
    }
    for encoding, decode in decoders.items():
        with client.stream("GET", PATH, headers={"Accept-Encoding": encoding}) as response:
            raw = b"".join(response.iter_raw())
        assert response.headers["content-encoding"] == encoding
        assert len(raw) < len(plain) / 2
        assert decode(raw) == plain


@pytest.mark.parametrize(
    ("given", "kept"), [("abc-123", True), ("x" * 65, False), ("a b", False), ("<script>", False), ("", False)]
)
def test_a_request_keeps_its_id_where_that_can_stand_in_a_header(client: httpx.Client, given: str, kept: bool) -> None:
    answered = client.get("/health/live", headers={"X-Request-ID": given}).headers["x-request-id"]
    assert (answered == given) is kept
    assert answered


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/v1/", "/v1"),
        ("/v1/missions/", "/v1/missions"),
        ("/v1/missions/?limit=1&region=Africa", "/v1/missions?limit=1&region=Africa"),
        ("/v1/missions/isaf/", "/v1/missions/isaf"),
        ("/v1/missions.csv/", "/v1/missions.csv"),
        ("/docs/", "/docs"),
        ("/v1/nope/%C3%A9/", "/v1/nope/%C3%A9"),
        ("//other.example/", "/other.example"),
    ],
)
def test_a_path_with_a_slash_at_its_end_redirects_to_the_one_without(client: httpx.Client, path: str, location: str) -> None:
    response = client.get(f"{client.base_url}{path}")
    assert (response.status_code, response.headers["location"]) == (308, location)


@pytest.mark.parametrize("alias", ["ISAF", "ISAF%3F", "ISAF%23", "%E6%97%A5ISAF%3F", "%20ISAF"])
def test_an_alias_redirects_however_it_is_quoted(client: httpx.Client, alias: str) -> None:
    for after in ("", "/challenges?limit=1&name__contains=%E6%97%A5"):
        response = client.get(f"/v1/missions/{alias}{after}")
        assert (response.status_code, response.headers["location"]) == (308, f"/v1/missions/isaf{after}")


def test_if_modified_since_is_taken_like_the_tag_it_stands_for(full: Engine) -> None:
    with serving(settings_of(full)) as base, httpx.Client(base_url=base, timeout=30) as client:
        first = client.get(PATH)
        modified = first.headers["last-modified"]
        for _ in range(2):
            same = client.get(PATH, headers={"If-Modified-Since": modified})
            assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])
        earlier = "Wed, 01 Jan 2020 00:00:00 GMT"
        for since in (earlier, "nonsense", "Fri, 01 Jan 2999 00:00:00 GMT"):
            assert client.get(PATH, headers={"If-Modified-Since": since}).status_code == 200, since
        # A tag counts more than a date (RFC 9110, 13.1.3).
        assert client.get(PATH, headers={"If-None-Match": '"x"', "If-Modified-Since": modified}).status_code == 200


def test_last_modified_is_left_out_in_the_second_of_the_load() -> None:
    now = datetime.now(UTC)
    fresh, settled = (dict(validators(b'"x"', "v", now - timedelta(seconds=age))) for age in (0, 2))
    assert b"last-modified" not in fresh
    assert b"last-modified" in settled
