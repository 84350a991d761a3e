"""Totals and counts of large lists: totals are exact up to a bound, counts are estimated from a sample, and responses say so."""

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
"""With 108 to 120 missions and this bound, every sixth mission is in the sample."""
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
    """A client of a server whose lists exceed the bound for exact counts, and the slugs of the missions in the sample."""
    engine = writable_engine(new_database(request.param, "large"))
    with pytest.MonkeyPatch.context() as patch:
        for module in (facets, listing, derive):
            patch.setattr(module, "MOST_COUNTED", BOUND)
        load(engine, SEED_DATA, CATALOGUE)
        with engine.connect() as connection:
            in_sample = "SELECT slug, stands_for FROM sample JOIN record ON id = row_id WHERE resource = 'missions'"
            rows = connection.execute(text(in_sample)).all()
        assert {stands_for for _, stands_for in rows} == {EVERY}
        with serving(settings_of(engine)) as base, httpx.Client(base_url=base, timeout=30) as client:
            yield client, {slug for slug, _ in rows}
    engine.dispose()


def missions(client: httpx.Client, query: str) -> list[dict[str, Any]]:
    """Return all missions that match a filter."""
    page = client.get(f"/v1/missions?limit=200&{query}").json()
    assert page["page"]["next"] is None
    return list(page["data"])


def test_counts_of_a_large_list_are_estimated_from_the_sample_and_marked_so(large: tuple[httpx.Client, set[str]]) -> None:
    client, sample = large
    for query in FILTERS:
        matching = missions(client, query)
        sampled = [item for item in matching if item["slug"] in sample]
        response = client.get(f"/v1/missions?limit=1&facet=region&facet=status&{query}").json()
        regions = Counter(region for item in sampled for region in item["regions"] or [None])
        statuses = Counter(item["status"] for item in sampled)
        if query and len(matching) > BOUND:
            assert (response["page"]["total"], response["page"]["total_is_exact"]) == (BOUND, False)
            assert response["facets_are_exact"] is False
            shown = {
                name: {each["value"]: each["count"] for each in facet if each["count"]}
                for name, facet in response["facets"].items()
            }
            assert shown == {
                "region": {value: EVERY * number for value, number in regions.items()},
                "status": {value: EVERY * number for value, number in statuses.items()},
            }
            together = client.get(f"/v1/missions?limit=1&facet=status&facet=mission_type&{query}").json()
            assert together["facets_are_exact"] is False
            assert together["facets"]["status"] == response["facets"]["status"]
        stats = client.get(f"/v1/missions/stats?group_by=status&group_by=region&{query}").json()
        assert stats["counts_are_exact"] is (len(matching) <= BOUND)


def test_counts_made_by_the_loader_are_exact(large: tuple[httpx.Client, set[str]]) -> None:
    client, _ = large
    matching = missions(client, "")
    response = client.get("/v1/missions?limit=1&facet=status").json()
    assert (response["page"]["total"], response["page"]["total_is_exact"]) == (len(matching), True)
    assert response["facets_are_exact"] is True
    counts = Counter(item["status"] for item in matching)
    assert {each["value"]: each["count"] for each in response["facets"]["status"] if each["count"]} == counts


def test_a_short_list_is_counted_exactly(large: tuple[httpx.Client, set[str]]) -> None:
    client, _ = large
    response = client.get("/v1/missions?facet=status&country=COD").json()
    assert 0 < response["page"]["total"] <= BOUND
    assert response["facets_are_exact"] is response["page"]["total_is_exact"] is True
    assert sum(each["count"] for each in response["facets"]["status"]) == response["page"]["total"]
