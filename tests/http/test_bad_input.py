"""What a client can get wrong: each is answered with what is wrong, never with a fault and never with everything."""

import base64
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.http.resources.lists import all_parameters
from app.query.filters.types import MAX_TEXT
from tests.conftest import CATALOGUE

PARAMETERS = all_parameters(CATALOGUE)
LISTS = [f"/v1/{resource.name}" for resource in CATALOGUE.resources] + [
    "/v1/sources/ssr-article/passages",
    "/v1/sources/ssr-article/sections",
]
NAMING = {resource.kind: resource.name for resource in CATALOGUE.related(CATALOGUE.kinds["mission"])}
"""What missions can be filtered by the records of."""
ODD = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "%",
    "_",
    "'",
    '"',
    "' OR 1=1 --",
    "\ufffd",
    "é",
    "🕊",
    "9" * 400,
    "-1",
    "1e309",
    "nan",
    "null",
    "true",
    "0",
    "[]",
    "x" * 10_000,
]


def problem(response: httpx.Response, status: int) -> Any:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert {"type", "title", "detail", "instance"} <= set(body)
    return body


@pytest.mark.parametrize(
    ("query", "parameter", "hint"),
    [
        ("regoin=x", "regoin", "region"),
        ("region=Afrika", "region", "Africa"),
        ("region=", "region", None),
        ("status=actve", "status", "active"),
        ("mandate_task=srs", "mandate_task", "ssr"),
        ("country=ZZZ", "country", None),
        ("established=2001-13", "established", None),
        ("established=2001-02-30", "established", None),
        ("established=1993-1", "established", None),
        ("established=١٩٩٣", "established", None),
        ("established=0000", "established", None),
        ("established__contains=19", "established__contains", "established__ne"),
        ("established__gte=1990&established__gte=1991", "established__gte", None),
        ("established__isnull=perhaps", "established__isnull", None),
        ("limit=0", "limit", None),
        ("limit=201", "limit", None),
        ("limit=99999999999999999999", "limit", None),
        ("limit=ten", "limit", None),
        ("limit=5&limit=6", "limit", None),
        ("sort=-establishd", "sort", "-established"),
        ("sort=summary", "sort", None),
        ("sort=name&sort=-name", "sort", None),
        ("fields=nam", "fields", "name"),
        ("include=link", "include", "links"),
        ("challenge=insurgent-resistence", "challenge", "insurgent-resistance"),
        ("challenge=lesson:insurgent-resistance", "challenge", None),
        ("name__contains=" + "x" * (MAX_TEXT + 1), "name__contains", None),
        ("name=%00", "name", None),
        ("name=%ff%fe", "name", None),
        ("cursor=", "cursor", None),
        ("cursor=made-up", "cursor", None),
        ("cursor=" + "A" * 3000, "cursor", None),
        ("&".join(f"name={n}" for n in range(60)), "name", None),
    ],
)
def test_a_wrong_parameter_is_named_with_what_would_be_right(
    client: httpx.Client, query: str, parameter: str, hint: str | None
) -> None:
    body = problem(client.get(f"/v1/missions?{query}"), 422)
    assert parameter in [error["loc"][1] for error in body["errors"]]
    error = next(error for error in body["errors"] if error["loc"][1] == parameter)
    assert error["loc"][0] == "query"
    assert error["msg"]
    if hint is not None:
        assert error["did_you_mean"] == hint
        assert hint in error.get("allowed", [hint])


def test_everything_wrong_is_listed_at_once(client: httpx.Client) -> None:
    body = problem(client.get("/v1/missions?limit=0&sort=x&regoin=y&established=1993-13"), 422)
    assert {error["loc"][1] for error in body["errors"]} == {"limit", "sort", "regoin", "established"}


@pytest.mark.parametrize(
    "query",
    [
        "&".join(f"p{number}=" for number in range(1_000)),
        "&".join(f"p{number}=" for number in range(8_000)),
        "&".join("region=" for _ in range(7_000)),
        "&".join(f"id={number}" for number in range(3_000)),
        "&".join(f"{kind}{also}=x{also}{number}" for kind in NAMING for also in ("", "__ne", "__all") for number in range(50)),
        "&".join(f"region={number}" for number in range(50)),
    ],
    ids=["unknown", "far more unknown", "far too many values", "far too many ids", "unknown records", "unknown values"],
)
def test_however_much_is_wrong_the_answer_is_short(client: httpx.Client, query: str) -> None:
    response = client.get(f"/v1/missions?{query}")
    assert 1 <= len(problem(response, 422)["errors"]) <= 20
    assert len(response.content) < 200_000


def test_as_many_records_may_be_named_as_each_parameter_takes(client: httpx.Client) -> None:
    there = {kind: [item["slug"] for item in client.get(f"/v1/{path}?limit=50").json()["data"]] for kind, path in NAMING.items()}
    assert sum(map(len, there.values())) > 200
    query = "&".join(f"{kind}__ne={slug}" for kind, slugs in there.items() for slug in slugs)
    assert client.get(f"/v1/missions?{query}").json()["page"]["total"] > 0
    assert client.get(f"/v1/missions?{query}&{query.replace('__ne', '')}").json()["page"]["total"] == 0


def test_a_cursor_of_another_query_is_refused(client: httpx.Client) -> None:
    cursor = httpx.URL(client.get("/v1/missions?limit=1&sort=-established").json()["page"]["next"]).params["cursor"]
    for query in ("limit=1", "limit=1&sort=established", "limit=1&sort=-established&status=active"):
        problem(client.get(f"/v1/missions?{query}&cursor={cursor}"), 422)
    problem(client.get(f"/v1/lessons?limit=1&sort=-established&cursor={cursor}"), 422)
    problem(client.get(f"/v1/challenges?limit=1&cursor={cursor}"), 422)
    assert client.get(f"/v1/missions?limit=2&sort=-established&cursor={cursor}").status_code == 200


def test_a_cursor_with_values_of_another_type_is_refused(client: httpx.Client) -> None:
    cursor = httpx.URL(client.get("/v1/missions?limit=1&sort=-established").json()["page"]["next"]).params["cursor"]
    asked = orjson.loads(base64.urlsafe_b64decode(cursor + "=="))[0]
    for values in (
        [1, "mission:isaf"],
        ["1993-13-01", "mission:isaf"],
        [None],
        [],
        [None, 7],
        [True, "x"],
        ["1993-01-01", "a\x00"],
        {"a": 1},
        "x",
    ):
        content = [asked, *values] if isinstance(values, list) else values
        forged = base64.urlsafe_b64encode(orjson.dumps(content)).decode().rstrip("=")
        problem(client.get("/v1/missions", params={"sort": "-established", "cursor": forged}), 422)


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/v1/nope",
        "/v1/missions/isaf/challenges/more",
        "/v1/sources/nope/passages",
        "/v1/sources/ssr-article/passages/introduction:9.9",
    ],
)
def test_what_is_not_there_is_a_problem(client: httpx.Client, path: str) -> None:
    problem(client.get(path), 404)


@pytest.mark.parametrize("slug", ["isff", "unkown", "x" * 200, "%ff", "é", "%F0%9F%95%8A"])
def test_an_unknown_slug_is_not_found(client: httpx.Client, slug: str) -> None:
    body = problem(client.get(f"/v1/missions/{slug}"), 404)
    assert slug != "isff" or body["near"][0] == "isaf"


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/v1/mission", "/v1/missions"),
        ("/v1/case_studies", "/v1/case-studies"),
        ("/doc", "/docs"),
        ("/v1/countries/afgg", "AFG"),
        ("/v1/countries/Afganistan", "AFG"),
        ("/v1/missions/International Security Assistance Farce", "isaf"),
    ],
)
def test_what_is_not_there_is_answered_with_what_is_called_most_like_it(client: httpx.Client, path: str, near: str) -> None:
    assert problem(client.get(path), 404)["near"][0] == near


def test_a_slug_longer_than_any_is_refused(client: httpx.Client) -> None:
    problem(client.get("/v1/missions/" + "x" * 10_000), 422)


@pytest.mark.parametrize("slug", ["%00", "a%00b", "%0a"])
def test_a_slug_with_control_characters_is_refused(client: httpx.Client, slug: str) -> None:
    problem(client.get(f"/v1/missions/{slug}"), 422)


def test_an_unknown_related_kind_is_refused_with_those_there_are(client: httpx.Client) -> None:
    (error,) = problem(client.get("/v1/missions/isaf/chalenges"), 422)["errors"]
    assert error["loc"] == ["path", "related"]
    assert error["did_you_mean"] == "challenges"
    assert "lessons" in error["allowed"]


def test_another_name_of_a_record_redirects_and_keeps_the_query(client: httpx.Client) -> None:
    for path, location in (
        ("/v1/missions/ISAF", "/v1/missions/isaf"),
        ("/v1/missions/ISAF/challenges?limit=1", "/v1/missions/isaf/challenges?limit=1"),
        ("/v1/concepts/SSR", "/v1/concepts/security-sector-reform"),
    ):
        response = client.get(path)
        assert (response.status_code, response.headers["location"]) == (308, location)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_written(client: httpx.Client, method: str) -> None:
    response = client.request(method, "/v1/missions/isaf")
    problem(response, 405)
    assert "GET" in response.headers["allow"]


@pytest.mark.parametrize(
    "path",
    ["/", "/v1", "/health/live", "/health/ready", "/v1/missions/isaf", "/v1/sources/ssr-article/passages/introduction:1.1"],
)
def test_a_path_without_parameters_refuses_them(client: httpx.Client, path: str) -> None:
    problem(client.get(path, params={"x": "1"}), 422)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_parameters_make_a_fault(client: httpx.Client, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(LISTS))
    names = (
        list(PARAMETERS[path.rpartition("/")[2]].model.model_fields)
        if path.rpartition("/")[2] in PARAMETERS
        else ["limit", "sort", "cited"]
    )
    name = st.one_of(st.sampled_from(names), st.text(max_size=20))
    value = st.one_of(st.sampled_from(ODD), st.text(max_size=50), st.integers().map(str), st.dates().map(str))
    query = data.draw(st.lists(st.tuples(name, value), max_size=5))
    response = client.get(path, params=httpx.QueryParams(tuple(query)))
    assert response.status_code in (200, 422), response.text
    if response.status_code == 422:
        assert problem(response, 422)["errors"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(slug=st.text(min_size=1, max_size=60), resource=st.sampled_from(CATALOGUE.resources))
def test_no_name_makes_a_fault(client: httpx.Client, slug: str, resource: Any) -> None:
    url = httpx.URL(client.base_url).copy_with(
        raw_path=f"/v1/{resource.name}/".encode() + b"".join(b"%%%02x" % byte for byte in slug.encode())
    )
    assert client.get(url).status_code in (200, 307, 308, 404, 422)


@pytest.mark.parametrize("query", ["actor=mission:isaf", "mission=lesson:avoid-x", "mission=mission:isaf&actor=mission:isaf"])
def test_a_related_record_is_of_the_kind_of_its_filter(client: httpx.Client, query: str) -> None:
    assert client.get(f"/v1/challenges?{query}").status_code == 422
