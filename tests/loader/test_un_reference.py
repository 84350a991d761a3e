"""The facts beside the article: the API says what the CSV files of `un-reference` say, as computed from them by SQLite alone."""

import csv
import io
import sqlite3
import unicodedata
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, get_args

import httpx
import pytest
import yaml

from app.kinds.activity import ActivityType, Engagement
from app.kinds.mission import MandateTask, MissionType, Organization, Personnel, Status
from app.kinds.resolution import Subject
from tests.conftest import CATALOGUE, SEED_DATA
from tests.http.test_exports import paged
from tests.http.test_resources import get

PACK = SEED_DATA / "un-reference"
MISSION_COLUMNS = ("acronym", "name", "mission_type", "established", "ended", "status", "headquarters", "note")
MISSION_LISTS = ("lead_organizations", "countries", "personnel", "mandate_tasks")


@pytest.fixture(scope="module")
def facts() -> Iterator[sqlite3.Connection]:
    """The CSV files as tables, and the values of their lists as rows."""
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    for name in ("missions", "resolutions", "activities", "countries"):
        with (PACK / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(io.StringIO(unicodedata.normalize("NFC", file.read())))
        connection.execute(f"CREATE TABLE {name} ({', '.join(header)})")
        connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(header))})", rows)  # noqa: S608 - our own header
    for table, column in (("missions", "mandate_tasks"), ("missions", "countries"), ("resolutions", "subjects")):
        connection.execute(f"CREATE TABLE {column}_of (row, value)")
        for row in connection.execute(f"SELECT rowid, {column} FROM {table}").fetchall():  # noqa: S608 - as above
            connection.executemany(f"INSERT INTO {column}_of VALUES (?, ?)", [(row[0], value) for value in _split(row[1])])  # noqa: S608
    yield connection
    connection.close()


def _split(cell: str, separator: str = ";") -> list[str]:
    return [part for part in cell.split(separator) if part]


def test_every_mission_of_the_file_is_served_field_by_field(client: httpx.Client, facts: sqlite3.Connection) -> None:
    served = {item["slug"]: item for item in paged(client, "/v1/missions?limit=200&include=links")}
    rows = facts.execute("SELECT * FROM missions").fetchall()
    assert len(rows) == 108
    assert set(served) == {row["slug"] for row in rows} | {"unok"}
    for row in rows:
        item = served[row["slug"]]
        assert {name: item[name] or "" for name in MISSION_COLUMNS} == {name: row[name] for name in MISSION_COLUMNS}
        assert {name: item[name] or [] for name in MISSION_LISTS} == {name: _split(row[name]) for name in MISSION_LISTS}
        assert item["source_conflicts"] == list(dict.fromkeys(_split(row["source_conflicts"], " | ")))
        for name in ("headquarters_latitude", "headquarters_longitude"):
            assert item[name] == (float(row[name]) if row[name] else None)
        links = {name: [link["id"] for link in item["links"].get(name, [])] for name in ("established_by", "succeeded")}
        assert links["established_by"] == sorted(f"resolution:{_slug(symbol)}" for symbol in _split(row["established_by"]))
        assert links["succeeded"] == sorted(f"mission:{_slug(acronym)}" for acronym in _split(row["succeeded"]))


def test_every_mission_cites_the_sources_that_its_row_names(client: httpx.Client, facts: sqlite3.Connection) -> None:
    served = {item["slug"]: item for item in paged(client, "/v1/missions?limit=200&include=citations")}
    for row in facts.execute("SELECT slug, sources FROM missions"):
        cited = {cite["source"] for cite in served[row["slug"]]["citations"] if cite["about"] is None and cite["locator"]}
        assert set(_split(row["sources"])) == cited, row["slug"]


def test_every_resolution_of_the_file_is_served_field_by_field(client: httpx.Client, facts: sqlite3.Connection) -> None:
    served = {item["symbol"]: item for item in paged(client, "/v1/resolutions?limit=200&include=links")}
    rows = facts.execute("SELECT * FROM resolutions").fetchall()
    assert len(rows) == len(served) == 180
    for row in rows:
        item = served[row["symbol"]]
        assert item["name"] == f"{row['symbol']} {row['title']}".strip()
        assert (item["slug"], item["adopted"], item["agenda"] or "") == (_slug(row["symbol"]), row["adopted"], row["agenda"])
        assert item["subjects"] == _split(row["subjects"])
        concerned = [link["id"] for link in item["links"].get("concerns", []) if link["kind"] == "mission"]
        assert concerned == sorted(f"mission:{slug}" for slug in _split(row["concerns"]))


def test_every_activity_of_the_file_is_served(client: httpx.Client, facts: sqlite3.Connection) -> None:
    response = client.get(
        "/v1/activities.csv?fields=mission&fields=year&fields=activity&fields=engagement&fields=with_international_actors"
    )
    _, *served = csv.reader(io.StringIO(response.text))
    wanted = facts.execute(
        "SELECT 'mission:' || mission, year, activity, engagement, iif(with_international_actors, 'true', 'false')"
        " FROM activities"
    )
    assert sorted(map(tuple, served)) == sorted(map(tuple, wanted))
    assert len(served) == 2_198


@pytest.mark.parametrize(("status", "number"), [("active", 11), ("closed", 60), ("unknown", 0)])
def test_there_are_71_peacekeeping_operations(client: httpx.Client, status: str, number: int) -> None:
    query = {"mission_type": "peacekeeping_operation", "slug__ne": "unok"}
    assert get(client, "/v1/missions", limit=1, **query)["page"]["total"] == 71
    assert get(client, "/v1/missions", limit=1, status=status, **query)["page"]["total"] == number


QUESTIONS = {
    "mandate_task=ssr&region=Africa": """
        SELECT DISTINCT slug FROM missions m JOIN mandate_tasks_of t ON t.row = m.rowid AND t.value = 'ssr'
        JOIN countries_of c ON c.row = m.rowid JOIN countries k ON k.iso3 = c.value WHERE k.region = 'Africa'""",
    "region=Africa&established__gte=1990&mandate_task=ssr&lead_organization=un": """
        SELECT DISTINCT slug FROM missions m JOIN mandate_tasks_of t ON t.row = m.rowid AND t.value = 'ssr'
        JOIN countries_of c ON c.row = m.rowid JOIN countries k ON k.iso3 = c.value
        WHERE k.region = 'Africa' AND established >= '1990' AND ';' || lead_organizations || ';' LIKE '%;un;%'""",
    "country=COD": "SELECT slug FROM missions m JOIN countries_of c ON c.row = m.rowid WHERE c.value = 'COD'",
    "subregion=Western%20Asia": """
        SELECT DISTINCT slug FROM missions m JOIN countries_of c ON c.row = m.rowid JOIN countries k ON k.iso3 = c.value
        WHERE k.subregion = 'Western Asia'""",
    "mandate_task__isnull=true&slug__ne=unok": "SELECT slug FROM missions WHERE mandate_tasks = ''",
    "mandate_task__all=ssr&mandate_task__all=ddr": """
        SELECT slug FROM missions m WHERE 2 = (SELECT count(*) FROM mandate_tasks_of t WHERE t.row = m.rowid
        AND t.value IN ('ssr', 'ddr'))""",
    "ended__isnull=true&status=unknown": "SELECT slug FROM missions WHERE ended = '' AND status = 'unknown'",
}


@pytest.mark.parametrize("query", QUESTIONS)
def test_a_list_is_what_the_files_give(client: httpx.Client, facts: sqlite3.Connection, query: str) -> None:
    slugs = [item["slug"] for item in paged(client, f"/v1/missions?limit=200&fields=slug&{query}")]
    assert slugs == sorted(row[0] for row in facts.execute(QUESTIONS[query]))
    assert slugs


@pytest.mark.parametrize("subject", [None, *get_args(Subject)])
def test_resolutions_by_year_are_what_the_files_give(
    client: httpx.Client, facts: sqlite3.Connection, subject: str | None
) -> None:
    bound_filters = {"subject": subject} if subject else {}
    stats = get(client, "/v1/resolutions/stats", group_by="adopted_year", **bound_filters)
    of_subject = "WHERE rowid IN (SELECT row FROM subjects_of WHERE value = ?)" if subject else ""
    counted = facts.execute(
        f"SELECT CAST(substr(adopted, 1, 4) AS INTEGER), count(*) FROM resolutions {of_subject} GROUP BY 1",  # noqa: S608
        [subject] if subject else [],
    )
    assert {row["adopted_year"]: row["count"] for row in stats["data"] if row["count"]} == dict(counted.fetchall())


def test_activities_by_year_and_by_mission_are_what_the_file_gives(client: httpx.Client, facts: sqlite3.Connection) -> None:
    stats = get(client, "/v1/activities/stats", group_by=["mission", "with_international_actors"], activity="police_reform")
    served = {(row["mission"], row["with_international_actors"]): row["count"] for row in stats["data"] if row["count"]}
    counted = facts.execute(
        "SELECT 'mission:' || mission, with_international_actors = '1', count(*) FROM activities"
        " WHERE activity = 'police_reform' GROUP BY 1, 2"
    )
    assert served == {(row[0], bool(row[1])): row[2] for row in counted}
    years = get(client, "/v1/activities/stats", group_by="year", year__gte=1995, year__lt=2000)
    counted = facts.execute(
        "SELECT CAST(year AS INTEGER), count(*) FROM activities WHERE year BETWEEN '1995' AND '1999' GROUP BY 1"
    )
    assert {row["year"]: row["count"] for row in years["data"]} == dict(counted.fetchall())


def test_one_request_says_in_which_years_unmit_assisted_police_reform_and_whether_with_others(client: httpx.Client) -> None:
    for name in ("unmit", "UNMIT", "mission:unmit"):
        page = get(client, "/v1/activities", mission=name, activity="police_reform", engagement="assist")
        assert [(item["year"], item["with_international_actors"]) for item in page["data"]] == [
            (2006, False), (2007, False), (2008, True), (2009, True), (2010, True), (2011, True), (2012, True),
        ]  # fmt: skip


def test_an_unknown_mission_is_refused_with_what_was_probably_meant(client: httpx.Client) -> None:
    response = client.get("/v1/activities?mission=unmitt")
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert (error["loc"], error["did_you_mean"]) == (["query", "mission"], "unmit")


def test_a_mission_tells_what_it_did_in_each_year(client: httpx.Client, facts: sqlite3.Connection) -> None:
    for slug in ("minustah", "unmit", "untso"):
        served = get(client, f"/v1/missions/{slug}")["activities"]
        counted = facts.execute(
            "SELECT CAST(year AS INTEGER) AS year, count(*) AS total, sum(with_international_actors) AS together,"
            " group_concat(DISTINCT activity) AS activities FROM activities WHERE mission = ? GROUP BY 1 ORDER BY 1",
            [slug],
        )
        assert served == [
            {
                "year": row["year"],
                "total": row["total"],
                "with_international_actors": int(row["together"]),
                "activities": sorted(row["activities"].split(",")),
            }
            for row in counted
        ]


def test_not_indexed_is_null_and_never_an_empty_list(client: httpx.Client) -> None:
    missions = paged(client, "/v1/missions?limit=200")
    for name in ("mandate_tasks", "personnel"):
        assert any(item[name] is None for item in missions)
        assert all(item[name] is None or item[name] for item in missions)
    facet = get(client, "/v1/missions", limit=1, facet="mandate_task")["facets"]["mandate_task"]
    assert {row["value"]: row["count"] for row in facet}[None] == sum(item["mandate_tasks"] is None for item in missions)


def test_a_successor_begins_where_and_when_its_predecessor_ends_by_the_dates_of_the_file(facts: sqlite3.Connection) -> None:
    rows = facts.execute("SELECT * FROM missions").fetchall()
    for later in rows:
        wanted = {
            earlier["acronym"]
            for earlier in rows
            if earlier["slug"] != later["slug"]
            and earlier["ended"]
            and set(_split(earlier["countries"])) & set(_split(later["countries"]))
            and _days(later["established"])[0] <= _days(earlier["ended"])[1] + timedelta(days=1)
            and _days(later["established"])[1] >= _days(earlier["ended"])[0]
        }
        assert set(_split(later["succeeded"])) == wanted, later["slug"]


def _days(text: str) -> tuple[date, date]:
    year, month, day = (int(part) for part in (text + "-0-0").split("-")[:3])
    first = date(year, month or 1, day or 1)
    last_month = month or 12
    return first, date(year, last_month, day or monthrange(year, last_month)[1])


def test_the_first_operation_is_untso_by_the_list_as_the_article_says(client: httpx.Client, facts: sqlite3.Connection) -> None:
    first = facts.execute(
        "SELECT slug FROM missions WHERE mission_type = 'peacekeeping_operation' ORDER BY established"
    ).fetchone()
    assert first["slug"] == "untso"
    untso = get(client, "/v1/missions/untso")
    assert untso["verification"] == "corroborated"
    assert untso["field_verification"]["established"] == "corroborated"
    assert {cite["source"] for cite in untso["citations"] if cite["about"] == "established"} == {"ssr-article", "un-list"}


def test_unok_is_disputed_and_says_what_was_searched(client: httpx.Client, facts: sqlite3.Connection) -> None:
    unok = get(client, "/v1/missions/unok")
    assert unok["verification"] == "disputed"
    notes = {cite["source"]: cite["note"] for cite in unok["citations"] if cite["stance"] == "disputes"}
    operations = facts.execute("SELECT count(*) FROM missions WHERE mission_type = 'peacekeeping_operation'").fetchone()[0]
    assert str(operations) in notes["un-list"]
    assert str(892 - 800 + 1) in notes["unsc-resolutions"]
    disputed = get(client, "/v1/missions", verification="disputed", include="citations")["data"]
    assert [item["slug"] for item in disputed] == ["unok"]


def test_a_dispute_of_what_isaf_achieved_does_not_taint_the_rest(client: httpx.Client) -> None:
    isaf = get(client, "/v1/missions/isaf")
    assert isaf["verification"] == "corroborated"
    statuses = isaf["field_verification"]
    assert {name for name, status in statuses.items() if status == "disputed"} == {"outcome"}
    assert (statuses["established"], statuses["mandate_tasks"]) == ("corroborated", "corroborated")
    assert [cite["source"] for cite in isaf["citations"] if cite["stance"] == "disputes"] == ["sigar-21-46-ll"]
    (reform,) = (link for link in isaf["links"]["illustrates"] if link["id"] == "concept:security-sector-reform")
    assert reform["verification"] == "corroborated"


def test_the_thematic_resolutions_are_about_the_concept_and_no_principle(client: httpx.Client) -> None:
    about = get(client, "/v1/resolutions", concept="security-sector-reform")["data"]
    assert [item["symbol"] for item in about] == ["S/RES/2151 (2014)", "S/RES/2553 (2020)"]
    for item in about:
        links = get(client, f"/v1/resolutions/{item['slug']}")["links"]
        assert [link["id"] for link in links["concerns"]] == ["concept:security-sector-reform"]


def test_every_code_of_the_facts_is_told_in_words(client: httpx.Client) -> None:
    fields = {
        "mission_type": MissionType,
        "lead_organization": Organization,
        "status": Status,
        "personnel": Personnel,
        "mandate_task": MandateTask,
        "subject": Subject,
        "activity": ActivityType,
        "engagement": Engagement,
    }
    codes = paged(client, "/v1/codes?limit=200")
    assert {(code["field"], code["code"]) for code in codes} == {
        (field, value) for field, values in fields.items() for value in get_args(values)
    }


def test_every_source_says_on_which_terms(client: httpx.Client) -> None:
    packs = yaml.safe_load((PACK / "sources.yaml").read_bytes())
    for source in packs:
        served: dict[str, Any] = get(client, f"/v1/sources/{source['slug']}")
        assert (served["licence"], served["publisher"]) == (source.get("licence"), source.get("publisher"))


def test_whatever_is_taken_says_that_it_is_unofficial(client: httpx.Client) -> None:
    said = "not endorsed by the United Nations"
    assert said in get(client, "/")["notice"]
    assert said in client.get("/", headers={"Accept": "text/html"}).text
    assert said in client.get("/openapi.json").json()["info"]["description"]
    for resource in CATALOGUE.resources:
        for suffix in ("csv", "jsonl", "xlsx"):
            headers = client.get(f"/v1/{resource.name}.{suffix}").headers
            assert said in headers["x-notice"]
            assert headers["content-disposition"].endswith(f'-unofficial.{suffix}"')
    assert said in client.get("/v1/missions.geojson").json()["notice"]


def test_missions_have_a_place_and_say_which(client: httpx.Client) -> None:
    features = client.get("/v1/missions.geojson").json()["features"]
    placed = {feature["properties"]["place"].partition(" ")[0] for feature in features}
    assert placed == {"headquarters", "country"}
    assert all(feature["geometry"] for feature in features)


def _slug(name: str) -> str:
    return "-".join("".join(mark if mark.isalnum() else " " for mark in name.lower()).split())
