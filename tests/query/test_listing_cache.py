"""The cache of compiled statements: bounded in bytes, however many shapes of lists clients ask for."""

from collections.abc import Callable
from itertools import combinations

import httpx
import pytest

from app.query.lists import pages
from app.query.lists.listing_cache import ListingCache
from app.settings import Settings
from tests.conftest import CATALOGUE, serving


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> ListingCache:
    cache = ListingCache(2_000_000)
    monkeypatch.setattr(pages, "LISTINGS", cache)
    return cache


def test_lists_in_ever_new_shapes_take_no_more_than_the_bound(small: ListingCache, loaded: Callable[[str], str]) -> None:
    fields = list(CATALOGUE.by_name["missions"].fields)
    with serving(Settings(database_url=loaded("sqlite"), cache_bytes=0)) as base, httpx.Client(base_url=base) as client:
        for one, other in list(combinations(fields, 2))[:80]:
            response = client.get(f"/v1/missions?limit=1&fields={one}&fields={other}&facet=status&facet=region&sort=-established")
            assert response.status_code == 200
            assert list(response.json()["data"][0]) == [one, other]
            assert small.bytes < 2_500_000  # the listing in use may be larger than was known when it was returned
        again = client.get(f"/v1/missions?limit=1&fields={fields[0]}&fields={fields[1]}")
        assert again.status_code == 200
    assert 1 < len(small._listings) < 80


def test_a_listing_that_is_used_stays(small: ListingCache, loaded: Callable[[str], str]) -> None:
    fields = list(CATALOGUE.by_name["missions"].fields)
    with serving(Settings(database_url=loaded("sqlite"), cache_bytes=0)) as base, httpx.Client(base_url=base) as client:
        client.get("/v1/missions?limit=1")
        (first,) = small._listings.values()
        for one, other in list(combinations(fields, 2))[:60]:
            client.get(f"/v1/missions?limit=1&fields={one}&fields={other}&facet=status")
            client.get("/v1/missions?limit=1")
        assert first in small._listings.values()
