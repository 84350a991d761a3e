"""The head of a request: rules of HTTP that the server leaves to the application, and who the client is."""

import socket
from collections.abc import Callable, Iterator

import httpx
import pytest

from app.http.middleware.rate_limit import RateLimitMiddleware
from app.http.middleware.request_head import MAX_URL_BYTES
from app.main import create_app
from app.settings import Settings
from tests.conftest import serving, serving_app

HOST = b"Host: casebook.example\r\n"


@pytest.fixture(scope="module")
def address(loaded: Callable[[str], str]) -> Iterator[tuple[str, int]]:
    with serving(Settings(database_url=loaded("sqlite"))) as base:
        url = httpx.URL(base)
        yield url.host, url.port or 80


def talk(address: tuple[str, int], *pieces: bytes) -> bytes:
    """Everything that comes back until the server closes, or says nothing for a while."""
    received = bytearray()
    with socket.create_connection(address, timeout=10) as client:
        for piece in pieces:
            client.sendall(piece)
            client.settimeout(0.3)
            try:
                while part := client.recv(1_000_000):
                    received += part
            except (TimeoutError, ConnectionError):
                pass
    return bytes(received)


@pytest.mark.parametrize(
    ("headers", "version", "status"),
    [
        (HOST, b"1.1", 200),
        (b"Host: [::1]:8000\r\n", b"1.1", 200),
        (b"Host: localhost:8000\r\n", b"1.1", 200),
        (b"", b"1.0", 200),
        (b"", b"1.1", 400),
        (HOST + HOST, b"1.1", 400),
        (b"Host: \r\n", b"1.1", 400),
        (b"Host: a b\r\n", b"1.1", 400),
        (b"Host: a/b\r\n", b"1.1", 400),
        (b"Host: <script>\r\n", b"1.1", 400),
    ],
)
def test_a_request_has_one_valid_host(address: tuple[str, int], headers: bytes, version: bytes, status: int) -> None:
    answer = talk(address, b"GET /v1/missions/isaf HTTP/" + version + b"\r\n" + headers + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 %d " % status), answer[:200]
    assert (b"urn:casebook:problem:bad-request" in answer) is (status == 400)


@pytest.mark.parametrize("upgrade", [b"h2c", b"websocket", b"anything"])
def test_an_upgrade_is_ignored_and_what_follows_is_never_another_request(address: tuple[str, int], upgrade: bytes) -> None:
    smuggled = b"GET /v1/countries/AFG HTTP/1.1\r\n" + HOST + b"\r\n"
    head = b"GET /v1/missions/isaf HTTP/1.1\r\n" + HOST + b"Connection: upgrade\r\nUpgrade: " + upgrade + b"\r\n"
    for pieces in ([head + b"Content-Length: %d\r\n\r\n" % len(smuggled), smuggled], [head + b"\r\n" + smuggled]):
        answer = talk(address, *pieces)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert answer.count(b"HTTP/1.1 ") == 1
        assert b"connection: close" in answer
        assert b"mission:isaf" in answer


def test_a_url_that_is_too_long_is_a_problem(address: tuple[str, int]) -> None:
    path = b"/v1/missions?q=" + b"x" * MAX_URL_BYTES
    answer = talk(address, b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 414 ")
    assert b"urn:casebook:problem:uri-too-long" in answer


@pytest.mark.parametrize("address_", ["192.0.2.1", "::ffff:192.0.2.1", "::FFFF:c000:201"])
def test_an_ipv4_client_is_the_same_in_either_spelling(address_: str) -> None:
    async def app(*_: object) -> None: ...

    limiter = RateLimitMiddleware(app, rate="5/hour")
    from app.http.middleware.rate_limit import _client  # noqa: PLC0415 - the one place that tells clients apart

    assert _client(address_) == "192.0.2.1"
    assert limiter._count(_client(address_))[0] == 4


PREFIXED = ("/v1/missions?limit=1", "/v1/search?q=peace&limit=1", "/v1/timeline?limit=1")


@pytest.mark.parametrize("strips", [True, False], ids=["the proxy strips the prefix", "the proxy passes it on"])
@pytest.mark.parametrize("forwarded", [True, False], ids=["X-Forwarded-Prefix", "CASEBOOK_ROOT_PATH"])
def test_urls_stay_below_the_root_path(loaded: Callable[[str], str], strips: bool, forwarded: bool) -> None:
    url = loaded("sqlite")
    how = {"trust_forwarded_prefix": True} if forwarded else {"root_path": "/case"}
    settings = Settings.model_validate({"database_url": url, **how})
    headers = {"X-Forwarded-Prefix": "/case"} if forwarded else {}
    before = "" if strips else "/case"
    with serving_app(create_app(settings)) as base, httpx.Client(base_url=base + before, headers=headers, timeout=60) as client:
        for path in PREFIXED:
            page = client.get(path)
            assert page.json()["page"]["next"].startswith(f"{base}/case{path.partition('?')[0]}?"), path
            assert page.headers["link"].startswith(f"<{base}/case/v1/")
        moved = client.get("/v1/missions/ISAF")
        assert (moved.status_code, moved.headers["location"]) == (308, "/case/v1/missions/isaf")
        assert client.get("/v1/missions/").headers["location"] == "/case/v1/missions"
        assert client.get("/").json()["links"]["catalogue"] == "/case/v1"
        assert client.get("/openapi.json").json()["servers"] == [{"url": "/case"}]
        assert f"{base}/case/v1/missions/isaf" in client.get("/v1/cite?id=mission:isaf").text
        for page_path in ("/", "/docs", "/redoc"):
            text = client.get(page_path, headers={"Accept": "text/html"}).text
            assert 'href="/' not in text
            assert 'src="/' not in text
        assert client.get("/assets/docs.css").status_code == 200


def test_a_prefix_from_a_client_is_not_believed_unless_a_proxy_is_trusted(address: tuple[str, int]) -> None:
    page = httpx.get(f"http://{address[0]}:{address[1]}/v1/missions?limit=1", headers={"X-Forwarded-Prefix": "/evil"})
    assert "/evil" not in page.text


@pytest.mark.parametrize("value", ["1_0", "+5", " 5", "5 ", "\u0665", "5.0", ""])
def test_a_whole_number_is_digits_alone(address: tuple[str, int], value: str) -> None:
    base = f"http://{address[0]}:{address[1]}"
    for path, name in (
        ("/v1/missions", "limit"),
        ("/v1/search?q=a", "limit"),
        ("/v1/activities", "year"),
        ("/v1/changes?since=x", "limit"),
    ):
        response = httpx.get(base + path, params={**dict(httpx.QueryParams(path.partition("?")[2])), name: value})
        assert response.status_code == 422, (path, value)
        assert response.json()["errors"][0]["loc"] == ["query", name]


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/v1/countries/civ", "/v1/countries/CIV"),
        ("/v1/sources/SSR-article?x", "/v1/sources/ssr-article"),
        ("/v1/missions/ISAF/challenges", "/v1/missions/isaf/challenges"),
        ("/v1/sources/SSR-Article/passages", "/v1/sources/ssr-article/passages"),
    ],
)
def test_a_key_in_the_other_case_redirects_on_every_resource(address: tuple[str, int], path: str, location: str) -> None:
    response = httpx.get(f"http://{address[0]}:{address[1]}{path.partition('?')[0]}")
    assert (response.status_code, response.headers["location"]) == (308, location)
