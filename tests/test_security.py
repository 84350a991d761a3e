"""What an attacker may try: to write, to be told of the inside, to have addresses changed, to send what is no HTTP."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.database import open_reader
from app.main import create_app
from app.model.error import NotReady
from app.settings import Settings
from tests.conftest import serving_app

INSIDE = ("Traceback", 'File "', "site-packages", "sqlite", "psycopg", "SELECT ", "sqlalchemy", "/app/")
WRITES = (
    "DELETE FROM citation",
    "UPDATE record SET name = 'x'",
    "INSERT INTO release (version) VALUES ('x')",
    "DROP TABLE citation",
    "CREATE TABLE stolen (x int)",
)


@pytest.mark.parametrize("statement", WRITES)
def test_a_connection_that_answers_cannot_write(database_url: str, statement: str) -> None:
    async def attempt(*, long: bool) -> None:
        reader = open_reader(Settings(database_url=database_url))
        try:
            async with reader.snapshot(long=long) as snapshot:
                await snapshot.rows(text(statement))
        finally:
            await reader.close()

    for long in (False, True):
        with pytest.raises(NotReady):
            asyncio.run(attempt(long=long))


@pytest.mark.parametrize(
    "path", ["/v1/missions", "/v1/missions/nope", "/v1/missions?x=1", "/nope", "/docs", "/health/live", "/assets/docs.css"]
)
def test_every_answer_forbids_guessing_its_type_and_names_no_server(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert not {"server", "x-powered-by"} & set(headers)


@pytest.mark.parametrize("path", ["/", "/docs", "/redoc"])
def test_pages_take_nothing_from_elsewhere_and_stand_in_no_frame(client: httpx.Client, path: str) -> None:
    policy = client.get(path, headers={"Accept": "text/html"}).headers["content-security-policy"]
    assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(policy.split("; "))


REFUSED = ["/v1/missions?q=%22", "/v1/missions?name=%00", "/v1/missions/%00", "/v1/missions?cursor=x", "/v1/search?q=%27;--"]
REFUSED += ["/%2e%2e/etc/passwd", "/assets/%2e%2e/app.py"]


@pytest.mark.parametrize("path", REFUSED)
def test_no_refusal_shows_the_inside(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert 400 <= response.status_code < 500
    assert not [word for word in INSIDE if word in response.text]


def test_a_database_that_cannot_be_read_is_not_named(tmp_path: Any) -> None:
    with serving_app(create_app(Settings(database_url=f"sqlite:///{tmp_path}/secret-name.sqlite3"))) as base:
        response = httpx.get(f"{base}/v1/missions")
    assert response.status_code == 503
    assert not [word for word in (*INSIDE, "secret-name") if word in response.text]


# Who says where the server is, and who asks


@pytest.fixture(scope="module")
def distrustful(loaded: Any) -> Iterator[str]:
    """A server that trusts a proxy at another address, and so nobody here."""
    app: Any = create_app(Settings(database_url=loaded("sqlite")))
    with serving_app(app, forwarded_allow_ips="192.0.2.1") as base:
        yield base


SPOOFED = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example;proto=https"}


def test_nobody_but_a_proxy_that_is_trusted_says_how_a_client_came(distrustful: str) -> None:
    page = httpx.get(f"{distrustful}/v1/missions?limit=1", headers=SPOOFED).json()["page"]
    assert page["next"].startswith(f"{distrustful}/v1/missions?")


def test_a_proxy_on_this_machine_says_the_scheme_and_nothing_more(client: httpx.Client) -> None:
    page = client.get("/v1/missions?limit=1", headers=SPOOFED).json()["page"]
    assert page["next"].startswith(str(client.base_url).replace("http:", "https:"))


@pytest.mark.parametrize("host", ["[", "[::1", "a b", '"><script>', "a@b", "x/../", "?", "#", "a:b:c", "\xff"])
def test_a_host_that_is_none_is_refused_and_in_no_link(client: httpx.Client, host: str) -> None:
    response = client.get("/v1/missions?limit=1", headers={b"Host": host.encode("latin-1")})
    assert (response.status_code, response.json()["type"]) == (400, "urn:casebook:problem:bad-request")
    assert host not in response.text


def test_a_long_host_is_in_links_as_it_is(client: httpx.Client) -> None:
    response = client.get("/v1/missions?limit=1", headers={"Host": "x" * 5_000})
    assert response.json()["page"]["next"].startswith(f"http://{'x' * 5_000}/")


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /v1/missions?name=\xff HTTP/1.1\r\nHost: x\r\n",
        b"GET /v1/missions/\xff HTTP/1.1\r\nHost: x\r\n",
        b"GET http://[::1/v1/missions HTTP/1.1\r\nHost: x\r\n",
        b"GET * HTTP/1.1\r\nHost: x\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\n",
        b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n",
        b"GET //v1/missions HTTP/1.1\r\nHost: x\r\n",
        b"GET /v1/missions HTTP/1.1\r\nHost: a\r\nHost: b\r\n",
        b"GET /v1/missions HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        b"GET /v1/missions HTTP/9.9\r\nHost: x\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01",
    ],
)
def test_what_is_hardly_http_makes_no_fault(client: httpx.Client, sent: bytes) -> None:
    url = client.base_url
    with socket.create_connection((url.host, url.port or 0), timeout=10) as raw:
        raw.sendall(sent + b"Connection: close\r\n\r\n")
        answer = raw.recv(100_000)
    assert answer[:9] in (b"", b"HTTP/1.1 ")
    assert answer[9:10] != b"5", answer
    assert client.get("/health/live").status_code == 200
