"""The plans of SQLite: lists are read along an index, from the start of the page on, and never sorted.

So a page of a long list is as fast as one of a short list.
"""

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
    """A database with enough records for the plans of a large one."""
    path = tmp_path_factory.mktemp("plans") / "many.sqlite3"
    engine = writable_engine(f"sqlite:///{path}")
    synthesize(engine, CATALOGUE, RECORDS)
    engine.dispose()
    return path


@pytest.fixture(scope="module")
def many(file: Path) -> Iterator[httpx.Client]:
    with (
        serving(Settings(database_url=f"sqlite:///{file}", cache_bytes=0)) as base,
        httpx.Client(base_url=base, timeout=30) as client,
    ):
        yield client


@pytest.fixture
def plans(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[str]]]:
    """The plans of the statements that read a list, a detail or counts while the test runs, each as a list of steps."""
    recorded: list[list[str]] = []
    fetch = SQLiteSession.fetch
    with closing(sqlite3.connect(file, check_same_thread=False)) as connection:

        async def fetch_and_explain(session: Any, prepared: CompiledStatement, **values: Any) -> Any:
            compiled = prepared.on("sqlite")
            if any(mark in compiled.text for mark in ("AS public_key", "served.more", "AS value_0")):
                steps = connection.execute(f"EXPLAIN QUERY PLAN {compiled.text}", compiled.arguments(values))
                recorded.append([step for *_, step in steps])
            return await fetch(session, prepared, **values)

        monkeypatch.setattr(SQLiteSession, "fetch", fetch_and_explain)
        yield recorded


def pages(client: httpx.Client, url: str, number: int = 3) -> Iterator[Any]:
    """Yield the first pages of a list."""
    for _ in range(number):
        page = client.get(url).raise_for_status().json()
        yield page
        if page["page"]["next"] is None:
            return
        url = page["page"]["next"]


def assert_index_scan(plans: list[list[str]]) -> None:
    """Assert that one table is scanned in order and the others are looked up, and that later pages start with a search."""
    for steps in plans:
        assert not [step for step in steps if "TEMP B-TREE" in step], steps
        assert not [step for step in steps[1:] if step.startswith("SCAN")], steps
    assert all(steps[0].startswith("SEARCH") for steps in plans[1:]), plans


@KINDS
def test_every_sort_reads_along_an_index(many: httpx.Client, plans: list[list[str]], name: str) -> None:
    for sort in sortable(CATALOGUE.by_name[name]):
        for sign in ("", "-"):
            plans.clear()
            pages_read = list(pages(many, f"/v1/{name}?limit=2&sort={sign}{sort}"))
            assert len(plans) >= len(pages_read)
            assert_index_scan(plans)


@KINDS
def test_a_list_and_a_detail_are_found_by_row_id_and_by_slug(many: httpx.Client, plans: list[list[str]], name: str) -> None:
    (first, *_) = pages(many, f"/v1/{name}?limit=2")
    assert_index_scan(plans)
    plans.clear()
    many.get(f"/v1/{name}/{first['data'][0]['slug']}").raise_for_status()
    (steps,) = plans
    assert not [step for step in steps if step.startswith("SCAN") or "TEMP B-TREE" in step], steps


@KINDS
def test_a_related_list_is_read_along_the_links(many: httpx.Client, plans: list[list[str]], name: str) -> None:
    resource = CATALOGUE.by_name[name]
    for other in CATALOGUE.related(resource):
        if KNOWN[name].filters[other.kind].scan is None:
            continue  # links in both directions
        slug = many.get(f"/v1/{other.name}?limit=1").json()["data"][0]["slug"]
        for url in (f"/v1/{name}?limit=2&{other.kind}={slug}", f"/v1/{other.name}/{slug}/{name}?limit=2"):
            plans.clear()
            list(pages(many, url))
            assert_index_scan(plans)
            assert plans[0][0].startswith("SEARCH link USING"), plans


@KINDS
def test_a_list_filtered_by_q_is_read_along_the_search_index(many: httpx.Client, plans: list[list[str]], name: str) -> None:
    list(pages(many, f"/v1/{name}?limit=2&q=training"))
    for steps in plans:
        assert steps[0].startswith("SCAN search_index VIRTUAL TABLE"), steps
        assert not [step for step in steps if "TEMP B-TREE" in step or (step.startswith("SCAN") and step != steps[0])], steps


@pytest.mark.parametrize("facets", ["facet=status", "facet=status&facet=mission_type"])
def test_few_matching_rows_are_counted_along_the_index_of_the_filter(
    many: httpx.Client, plans: list[list[str]], facets: str
) -> None:
    page = many.get(f"/v1/missions?limit=1&established__gte=2000&{facets}").json()
    assert 0 < page["page"]["total"] < many.get("/v1/missions?limit=1").json()["page"]["total"] / SMALL_SHARE
    assert "SEARCH mission USING INDEX ix_mission_established_id (established>?)" in plans[1], plans
    plans.clear()
    many.get(f"/v1/missions?limit=1&established__gte=1900&{facets}").raise_for_status()
    assert "SCAN mission USING INDEX ix_mission_status_id" in plans[1], plans
