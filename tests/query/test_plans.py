"""How SQLite finds what is asked for: along an index, from where a page begins, and never by sorting. So lists of any length are
as fast as short ones."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.database import CompiledStatement, writable_engine
from app.database.sqlite import SQLiteSession
from app.http.resources.lists import all_parameters
from app.query.lists.facets import SMALL_SHARE
from app.query.lists.parameters import sortable
from app.settings import Settings
from app.synthetic.synthesize import synthesize
from tests.conftest import CATALOGUE, serving

RECORDS = 3_000
KNOWN = all_parameters(CATALOGUE)
KINDS = pytest.mark.parametrize("name", [resource.name for resource in CATALOGUE.kinds.values()])


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of so many records that plans are those for many."""
    made = tmp_path_factory.mktemp("plans") / "many.sqlite3"
    engine = writable_engine(f"sqlite:///{made}")
    synthesize(engine, CATALOGUE, RECORDS)
    engine.dispose()
    return made


@pytest.fixture(scope="module")
def many(file: Path) -> Iterator[httpx.Client]:
    with (
        serving(Settings(database_url=f"sqlite:///{file}", cache_bytes=0)) as base,
        httpx.Client(base_url=base, timeout=30) as client,
    ):
        yield client


@pytest.fixture
def plans(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[str]]]:
    """The steps of each statement that finds the rows of a list, or the row of a detail, while the test runs."""
    seen: list[list[str]] = []
    fetch = SQLiteSession.fetch
    with closing(sqlite3.connect(file, check_same_thread=False)) as connection:

        async def planned(session: Any, prepared: CompiledStatement, **values: Any) -> Any:
            compiled = prepared.on("sqlite")
            if any(mark in compiled.text for mark in ("AS public_key", "served.more", "AS value_0")):
                steps = connection.execute(f"EXPLAIN QUERY PLAN {compiled.text}", compiled.arguments(values))
                seen.append([step for *_, step in steps])
            return await fetch(session, prepared, **values)

        monkeypatch.setattr(SQLiteSession, "fetch", planned)
        yield seen


def pages(client: httpx.Client, url: str, number: int = 3) -> Iterator[Any]:
    """The first pages of a list."""
    for _ in range(number):
        page = client.get(url).raise_for_status().json()
        yield page
        if page["page"]["next"] is None:
            return
        url = page["page"]["next"]


def assert_walks(plans: list[list[str]]) -> None:
    """One table is walked in order, the others are looked into; from the second page on it is walked from where that begins."""
    for steps in plans:
        assert not [step for step in steps if "TEMP B-TREE" in step], steps
        assert not [step for step in steps[1:] if step.startswith("SCAN")], steps
    assert all(steps[0].startswith("SEARCH") for steps in plans[1:]), plans


@KINDS
def test_every_sort_is_along_an_index(many: httpx.Client, plans: list[list[str]], name: str) -> None:
    for sort in sortable(CATALOGUE.by_name[name]):
        for sign in ("", "-"):
            plans.clear()
            found = list(pages(many, f"/v1/{name}?limit=2&sort={sign}{sort}"))
            assert len(plans) >= len(found)
            assert_walks(plans)


@KINDS
def test_a_list_and_a_detail_are_found_by_number_and_by_name(many: httpx.Client, plans: list[list[str]], name: str) -> None:
    (first, *_) = pages(many, f"/v1/{name}?limit=2")
    assert_walks(plans)
    plans.clear()
    many.get(f"/v1/{name}/{first['data'][0]['slug']}").raise_for_status()
    (steps,) = plans
    assert not [step for step in steps if step.startswith("SCAN") or "TEMP B-TREE" in step], steps


@KINDS
def test_what_is_tied_to_a_record_is_read_along_its_links(many: httpx.Client, plans: list[list[str]], name: str) -> None:
    resource = CATALOGUE.by_name[name]
    for other in CATALOGUE.related(resource):
        if KNOWN[name].filters[other.kind].scan is None:
            continue  # tied either way
        slug = many.get(f"/v1/{other.name}?limit=1").json()["data"][0]["slug"]
        for url in (f"/v1/{name}?limit=2&{other.kind}={slug}", f"/v1/{other.name}/{slug}/{name}?limit=2"):
            plans.clear()
            list(pages(many, url))
            assert_walks(plans)
            assert plans[0][0].startswith("SEARCH link USING"), plans


@KINDS
def test_what_is_searched_for_in_a_list_is_read_along_the_search_index(
    many: httpx.Client, plans: list[list[str]], name: str
) -> None:
    list(pages(many, f"/v1/{name}?limit=2&q=training"))
    for steps in plans:
        assert steps[0].startswith("SCAN search_index VIRTUAL TABLE"), steps
        assert not [step for step in steps if "TEMP B-TREE" in step or (step.startswith("SCAN") and step != steps[0])], steps


@pytest.mark.parametrize("facets", ["facet=status", "facet=status&facet=mission_type"])
def test_few_rows_are_counted_where_the_filters_find_them(many: httpx.Client, plans: list[list[str]], facets: str) -> None:
    kept = many.get(f"/v1/missions?limit=1&established__gte=2000&{facets}").json()
    assert 0 < kept["page"]["total"] < many.get("/v1/missions?limit=1").json()["page"]["total"] / SMALL_SHARE
    assert "SEARCH mission USING INDEX ix_mission_established_id (established>?)" in plans[1], plans
    plans.clear()
    many.get(f"/v1/missions?limit=1&established__gte=1900&{facets}").raise_for_status()
    assert "SCAN mission USING INDEX ix_mission_status_id" in plans[1], plans
