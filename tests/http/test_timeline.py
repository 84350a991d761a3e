"""The timeline: whatever has a date, of every kind, in one order, and nothing twice or lost on the way through its pages."""

import calendar
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from app.loader.load import load
from tests.conftest import CATALOGUE, serving, settings_of

DATED = {
    resource.name: [name for name, field in resource.fields.items() if field.precision] for resource in CATALOGUE.kinds.values()
}
DATES = st.builds(
    lambda day, length: day.isoformat()[:length],
    st.dates(date(1940, 1, 1), date(2020, 12, 31)),
    st.sampled_from([4, 7, 10]),
)
FOUR_OF_ONE_DAY = """
- {slug: d-day, name: Day, date: "1960-07-01", cites: [introduction:1.1]}
- {slug: c-month, name: Month, date: "1960-07", cites: [introduction:1.1]}
- {slug: b-first, name: First of January, date: "1960-01-01", cites: [introduction:1.1]}
- {slug: z-january, name: January, date: "1960-01", cites: [introduction:1.1]}
- {slug: zz-year, name: Year, date: "1960", cites: [introduction:1.1]}
- {slug: a-last, name: Last day of June, date: "1960-06-30", cites: [introduction:1.1]}
"""


def get(client: httpx.Client, path: str, **params: Any) -> Any:
    response = client.get(path, params=params or None)
    assert response.status_code == 200, response.text
    return response.json()


def entries(page: Any) -> list[tuple[str, str, str]]:
    return [(entry["date"], entry["what"], entry["id"]) for entry in page["data"]]


def bounds(text: str) -> tuple[date, date]:
    """The first and the last day that a date of reduced precision means."""
    year, month, day = (*map(int, text.split("-")), 0, 0)[:3]
    last = day or calendar.monthrange(year, month or 12)[1]
    return date(year, month or 1, day or 1), date(year, month or 12, last)


@pytest.fixture(scope="module")
def known(client: httpx.Client) -> list[tuple[str, str, str]]:
    """Every date in the lists of every kind, in the order of the timeline."""
    found = [
        (item[name], name, item["id"], place)
        for path, names in DATED.items()
        if names
        for item in get(client, f"/v1/{path}", limit=200)["data"]
        for place, name in enumerate(names)
        if item[name] is not None
    ]
    found.sort(key=lambda entry: (bounds(entry[0])[0], len(entry[0]), entry[2], entry[3]))
    return [entry[:3] for entry in found]


def test_it_holds_every_date_of_every_kind_in_order(client: httpx.Client, known: list[tuple[str, str, str]]) -> None:
    page = get(client, "/v1/timeline", limit=200)
    assert page["page"]["total"] == len(known)
    assert {what for _, what, _ in known} == {"date", "established", "ended", "adopted"}
    found = entries(page)
    while page["page"]["next"]:
        page = get(client, page["page"]["next"])
        found += entries(page)
    assert found == known


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("from=1993&to=1993&kind=event", ["event:establishment-of-unok"]),
        ("from=1993&to=1993&country=KEN", ["mission:unok"]),
        ("from=1993-06&to=1993-06&country=KEN", ["mission:unok"]),
        ("from=1993-12-31&to=1993-12-31&country=KEN", ["mission:unok"]),
        ("from=1992-12-31&to=1993-01-01&kind=event", ["event:establishment-of-unok"]),
        ("from=1994&to=1999-11-29&country=COD", []),
        ("from=1960-07-15&to=1964-03-03&country=COD", ["mission:onuc"]),
        ("from=1960-08&to=1964-03-03&country=COD", []),
        ("from=2014-12-31&country=AFG", ["mission:isaf"]),
        ("from=2015&country=AFG", []),
        (
            "to=1948-05-28",
            ["event:founding-of-the-united-nations", "event:deployment-of-untso", "resolution:s-res-47-1948"],
        ),
        ("to=1944-12-31", []),
        ("from=2001&to=2001-12&kind=mission&kind=event", ["event:establishment-of-isaf", "mission:isaf"]),
        ("from=9999-12-31&to=9999-12-31", []),
        ("from=9999-12-31&to=9999", []),
        ("country=COD&to=1999", ["mission:onuc", "mission:onuc", "mission:monuc"]),
        (
            "country=KEN&country=AFG",
            [f"mission:{slug}" for slug in ("ungomap", "ungomap", "unok", "isaf", "unama", "isaf")],
        ),
        ("country=COD&kind=event", []),
    ],
)
def test_a_date_is_in_where_its_days_overlap_the_range(client: httpx.Client, query: str, ids: list[str]) -> None:
    page = get(client, f"/v1/timeline?{query}")
    assert [entry["id"] for entry in page["data"]] == ids
    assert page["page"]["total"] == len(ids)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=DATES | st.none(), end=DATES | st.none(), limit=st.integers(30, 200))
def test_any_range_keeps_what_overlaps_it_page_by_page(
    client: httpx.Client, known: list[tuple[str, str, str]], start: str | None, end: str | None, limit: int
) -> None:
    first, last = bounds(start)[0] if start else date.min, bounds(end)[1] if end else date.max
    params = {"from": start, "to": end, "limit": limit}
    response = client.get("/v1/timeline", params={name: value for name, value in params.items() if value is not None})
    if first > last:
        assert [error["loc"] for error in response.json()["errors"]] == [["query", "from"], ["query", "to"]]
        return
    page, found = response.json(), []
    while True:
        found += entries(page)
        if page["page"]["next"] is None:
            break
        page = get(client, page["page"]["next"])
    assert found == [entry for entry in known if bounds(entry[0])[0] <= last and bounds(entry[0])[1] >= first]
    assert page["page"]["total"] == len(found)


def test_a_year_comes_before_its_months_and_these_before_their_days(full: Engine, seed_copy: Path) -> None:
    with (seed_copy / "ssr-article" / "events.yaml").open("a", encoding="utf-8") as file:
        file.write(FOUR_OF_ONE_DAY)
    load(full, seed_copy, CATALOGUE)
    with serving(settings_of(full)) as base, httpx.Client(base_url=base, timeout=30) as client:
        wanted = ["1960", "1960-01", "1960-01-01", "1960-06-30", "1960-07", "1960-07", "1960-07-01", "1960-07-14"]
        page = get(client, "/v1/timeline?from=1960&to=1960-12-31")
        assert [entry["date"] for entry in page["data"]] == wanted
        assert [entry["id"] for entry in page["data"]][4:6] == ["event:c-month", "mission:onuc"]
        found, next_page = [], "/v1/timeline?from=1960&to=1960-12-31&limit=1"
        while next_page:
            one = get(client, next_page)
            found += one["data"]
            next_page = one["page"]["next"]
        assert found == page["data"]


def test_the_undated_are_left_out_and_counted(client: httpx.Client) -> None:
    def undated(**params: str) -> Any:
        return get(client, "/v1/timeline", **params)["undated"]

    assert get(client, "/v1/events?date__isnull=true")["page"]["total"] == 2
    assert (undated(), undated(kind="event"), undated(kind="mission"), undated(country="COD")) == (2, 2, 0, 0)
    assert undated(to="1900") == 2


def test_the_status_is_of_the_date_where_citations_speak_of_it_unless_all_is_disputed(client: httpx.Client) -> None:
    for entry in get(client, "/v1/timeline", limit=200)["data"]:
        (record,) = get(client, "/v1/records", id=entry["id"])["data"]
        assert entry["name"] == record["name"]
        of_date = record["field_verification"].get(entry["what"], record["verification"])
        assert entry["verification"] == ("disputed" if record["verification"] == "disputed" else of_date)
    afghan = get(client, "/v1/timeline?country=AFG")["data"]
    isaf = {entry["what"]: entry["verification"] for entry in afghan if entry["id"] == "mission:isaf"}
    assert isaf == {"established": "corroborated", "ended": "single_source"}
    of_1993 = get(client, "/v1/timeline?from=1993&to=1993")["data"]
    assert {entry["verification"] for entry in of_1993 if entry["id"] == "mission:unok"} == {"disputed"}


@pytest.mark.parametrize(
    ("query", "parameters", "hint"),
    [
        ("from=1994&to=1993-12", ["from", "to"], None),
        ("from=2001-12-21&to=2001-12-20", ["from", "to"], None),
        ("country=CODD", ["country"], "COD"),
        ("country=COD&country=ZZZ", ["country"], None),
        ("country=", ["country"], None),
        ("kind=missions", ["kind"], "mission"),
        ("kind=lesson", ["kind"], None),
        ("frm=1993", ["frm"], "from"),
        ("from=1993-13", ["from"], None),
        ("from=1993-1&to=x", ["from", "to"], None),
        ("from=1993&from=1994", ["from"], None),
        ("limit=0&cursor=", ["limit", "cursor"], None),
        ("cursor=made-up", ["cursor"], None),
        ("sort=date", ["sort"], None),
    ],
)
def test_what_cannot_be_told_is_refused_with_the_parameter(
    client: httpx.Client, query: str, parameters: list[str], hint: str | None
) -> None:
    response = client.get(f"/v1/timeline?{query}")
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    errors = response.json()["errors"]
    assert [error["loc"][1] for error in errors] == parameters
    assert hint is None or errors[0]["did_you_mean"] == hint


def test_a_cursor_belongs_to_its_query(client: httpx.Client) -> None:
    page = client.get("/v1/timeline?limit=1&kind=mission")
    next_page = page.json()["page"]["next"]
    assert page.headers["link"] == f'<{next_page}>; rel="next"'
    cursor = httpx.URL(next_page).params["cursor"]
    assert client.get("/v1/timeline", params={"kind": "mission", "cursor": cursor}).status_code == 200
    for query in ({}, {"kind": "event"}, {"kind": "mission", "from": "1960"}, {"kind": "mission", "country": "COD"}):
        assert client.get("/v1/timeline", params={**query, "cursor": cursor}).status_code == 422
    assert client.get("/v1/missions", params={"sort": "established", "cursor": cursor}).status_code == 422


def test_it_takes_as_many_statements_whatever_is_asked(client: httpx.Client, statements: list[str]) -> None:
    for query, count in (("limit=1", 3), ("limit=200", 3), ("kind=event&from=1945&to=2000", 3), ("country=COD&country=KEN", 4)):
        statements.clear()
        get(client, f"/v1/timeline?{query}")
        assert len(statements) == count, statements


def test_answers_are_as_the_openapi_document_says(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    content = document["paths"]["/v1/timeline"]["get"]["responses"]["200"]["content"]["application/json"]
    validator = jsonschema.Draft202012Validator(content["schema"] | {"components": document["components"]})
    for answer in (get(client, "/v1/timeline"), get(client, "/v1/timeline?to=1900"), content["example"]):
        validator.validate(answer)


ODD = st.sampled_from(["", "1993", "0000", "\x00", "x" * 300, "-1", "mission", "COD", "9999-12-31", "é", "null"]) | st.text(
    max_size=20
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["from", "to", "kind", "country", "limit", "cursor", "x"]), ODD, min_size=1))
def test_nothing_that_is_sent_makes_a_fault(client: httpx.Client, params: dict[str, str]) -> None:
    assert client.get("/v1/timeline", params=params).status_code in (200, 422)
