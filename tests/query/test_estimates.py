"""What is too much to be counted for one answer: totals up to a bound, counts estimated from a sample, each saying so."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.database import writable_engine
from app.loader import derive
from app.loader.load import load
from app.query.lists import facets, listing
from tests.conftest import CATALOGUE, SEED_DATA, NewDatabase, serving, settings_of

BOUND = 20
EVERY = 6
"""There are 108 to 120 missions, so of so many one is in the sample."""
FILTERS = [
    "",
    "status=closed",
    "region=Africa",
    "region__ne=Africa",
    "q=peace",
    "q=peace&status=closed",
    "challenge__ne=insurgent-resistance",
]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def large(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[tuple[httpx.Client, set[str]]]:
    """A client of a server for which the data are too much to be counted, and the missions in the sample."""
    engine = writable_engine(new_database(request.param, "large"))
    with pytest.MonkeyPatch.context() as patch:
        for module in (facets, listing, derive):
            patch.setattr(module, "MOST_COUNTED", BOUND)
        load(engine, SEED_DATA, CATALOGUE)
        with engine.connect() as connection:
            chosen = "SELECT slug, stands_for FROM sample JOIN record ON id = row_id WHERE resource = 'missions'"
            rows = connection.execute(text(chosen)).all()
        assert {stands_for for _, stands_for in rows} == {EVERY}
        with serving(settings_of(engine)) as base, httpx.Client(base_url=base, timeout=30) as client:
            yield client, {slug for slug, _ in rows}
    engine.dispose()


def listed(client: httpx.Client, asked: str) -> list[dict[str, Any]]:
    """All missions that a filter keeps."""
    page = client.get(f"/v1/missions?limit=200&{asked}").json()
    assert page["page"]["next"] is None
    return list(page["data"])


def test_counts_are_of_the_sample_and_say_so(large: tuple[httpx.Client, set[str]]) -> None:
    client, sample = large
    for asked in FILTERS:
        every = listed(client, asked)
        in_list = [item for item in every if item["slug"] in sample]
        answer = client.get(f"/v1/missions?limit=1&facet=region&facet=status&{asked}").json()
        regions = Counter(region for item in in_list for region in item["regions"] or [None])
        statuses = Counter(item["status"] for item in in_list)
        if asked and len(every) > BOUND:
            assert (answer["page"]["total"], answer["page"]["total_is_exact"]) == (BOUND, False)
            assert answer["facets_are_exact"] is False
            shown = {
                name: {each["value"]: each["count"] for each in facet if each["count"]}
                for name, facet in answer["facets"].items()
            }
            assert shown == {
                "region": {value: EVERY * number for value, number in regions.items()},
                "status": {value: EVERY * number for value, number in statuses.items()},
            }
            together = client.get(f"/v1/missions?limit=1&facet=status&facet=mission_type&{asked}").json()
            assert together["facets_are_exact"] is False
            assert together["facets"]["status"] == answer["facets"]["status"]
        stats = client.get(f"/v1/missions/stats?group_by=status&group_by=region&{asked}").json()
        assert stats["counts_are_exact"] is (len(every) <= BOUND)


def test_what_the_loader_counted_is_exact(large: tuple[httpx.Client, set[str]]) -> None:
    client, _ = large
    every = listed(client, "")
    answer = client.get("/v1/missions?limit=1&facet=status").json()
    assert (answer["page"]["total"], answer["page"]["total_is_exact"]) == (len(every), True)
    assert answer["facets_are_exact"] is True
    counts = Counter(item["status"] for item in every)
    assert {each["value"]: each["count"] for each in answer["facets"]["status"] if each["count"]} == counts


def test_few_are_counted_whole(large: tuple[httpx.Client, set[str]]) -> None:
    client, _ = large
    answer = client.get("/v1/missions?facet=status&country=COD").json()
    assert 0 < answer["page"]["total"] <= BOUND
    assert answer["facets_are_exact"] is answer["page"]["total_is_exact"] is True
    assert sum(each["count"] for each in answer["facets"]["status"]) == answer["page"]["total"]
