"""How often one client may ask: off unless set, by address, told in headers, in bounded memory."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from app.http.middleware.rate_limit import MAX_CLIENTS, RateLimitMiddleware
from app.main import create_app
from app.settings import Settings
from tests.conftest import serving_app

LIMIT = 5


@pytest.fixture(scope="module")
def app(loaded: Callable[[str], str]) -> Any:
    return create_app(Settings(database_url=loaded("sqlite"), rate_limit=f"{LIMIT}/hour"))


@pytest.fixture(scope="module")
def limited(app: Any) -> Iterator[httpx.Client]:
    """The fixture's server trusts proxies on this machine, as `casebook serve` does."""
    with serving_app(app) as base, httpx.Client(base_url=base, timeout=30) as client:
        yield client


@pytest.fixture
def limiter() -> RateLimitMiddleware:
    async def app(*_: Any) -> None: ...

    return RateLimitMiddleware(app, rate=f"{LIMIT}/hour")


def ask(client: httpx.Client, address: str, path: str = "/v1/missions/isaf", **headers: str) -> httpx.Response:
    return client.get(path, headers={"X-Forwarded-For": address, **headers})


def test_nothing_is_limited_unless_it_is_set(client: httpx.Client) -> None:
    assert "ratelimit" not in client.get("/v1/missions/isaf").headers


def test_who_asks_too_often_is_told_when_to_come_again(limited: httpx.Client) -> None:
    answers = [ask(limited, "192.0.2.1", Origin="https://newsroom.example") for _ in range(LIMIT + 2)]
    assert [answer.status_code for answer in answers] == [200] * LIMIT + [429] * 2
    assert [answer.headers["ratelimit"].split(";")[1] for answer in answers] == ["r=4", "r=3", "r=2", "r=1", "r=0", "r=0", "r=0"]
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"default";q=5;w=3600'}
    refused = answers[-1]
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    assert refused.headers["ratelimit"].endswith(f";t={refused.headers['retry-after']}")
    assert refused.json()["type"] == "urn:casebook:problem:too-many-requests"
    assert {"x-request-id", "access-control-allow-origin"} <= set(refused.headers)
    assert refused.headers["cache-control"] == "no-store"


def test_others_and_probes_are_not_limited_by_it(limited: httpx.Client) -> None:
    statuses = Counter(ask(limited, "192.0.2.2").status_code for _ in range(LIMIT + 1))
    assert statuses == {200: LIMIT, 429: 1}
    assert ask(limited, "192.0.2.3").status_code == 200
    for path in ("/health/live", "/health/ready", "/metrics"):
        assert ask(limited, "192.0.2.2", path).status_code == 200


def test_a_network_of_ipv6_is_one_client(limited: httpx.Client) -> None:
    answers = [ask(limited, f"2001:db8:1:2::{number}") for number in range(LIMIT + 1)]
    assert answers[-1].status_code == 429
    assert ask(limited, "2001:db8:1:3::1").status_code == 200


def test_an_allowance_comes_again_with_the_next_window(limiter: RateLimitMiddleware, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [7200.0]
    monkeypatch.setattr("app.http.middleware.rate_limit.time.monotonic", lambda: now[0])
    left = [limiter._count("a")[0] for _ in range(LIMIT + 1)]
    assert left == [4, 3, 2, 1, 0, -1]
    now[0] += 3599
    assert limiter._count("a") == (-2, 1)
    now[0] += 1
    assert limiter._count("a") == (4, 3600)


def test_no_number_of_clients_takes_more_memory_than_the_bound(
    limiter: RateLimitMiddleware, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.http.middleware.rate_limit.time.monotonic", lambda: 36_000.0)
    for number in range(MAX_CLIENTS + LIMIT):
        assert limiter._count(f"client {number}")[0] >= 0
    assert limiter._count("one more")[0] < 0
    assert limiter._count("client 1")[0] == LIMIT - 2
    assert len(limiter._counts) == MAX_CLIENTS + 1


@pytest.mark.parametrize("rate", ["100", "0/minute", "100/day", "-1/second", "many/hour"])
def test_a_rate_that_is_none_is_refused(rate: str) -> None:
    with pytest.raises(ValidationError):
        Settings(rate_limit=rate)
