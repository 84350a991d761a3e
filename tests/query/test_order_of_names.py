"""Names sort as people read them, the same on both engines: without accents and case."""

import unicodedata
from collections.abc import Callable

import httpx
import pytest


def readable(name: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char)).casefold()


def names(client: httpx.Client, path: str, sort: str) -> list[str]:
    found, url = [], f"{path}?sort={sort}&limit=50"
    while url:
        page = client.get(url).raise_for_status().json()
        found += [item["name"] for item in page["data"]]
        url = page["page"]["next"]
    return found


@pytest.mark.parametrize("path", ["/v1/countries", "/v1/sources", "/v1/missions", "/v1/actors", "/v1/records"])
def test_names_sort_without_accents_and_case(client: httpx.Client, path: str) -> None:
    ascending = names(client, path, "name")
    assert [readable(name) for name in ascending] == sorted(readable(name) for name in ascending)
    assert names(client, path, "-name") == ascending[::-1]


def test_aland_is_before_albania_on_both_engines(loaded: Callable[[str], str], clients: Callable[[str], httpx.Client]) -> None:
    orders = [names(clients(loaded(engine)), "/v1/countries", "name") for engine in ("sqlite", "postgresql")]
    assert orders[0] == orders[1]
    assert orders[0].index("Åland Islands") < orders[0].index("Albania")
