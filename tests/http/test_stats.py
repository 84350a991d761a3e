"""Facets and statistics: the same numbers as counting the whole list by hand."""

from collections import Counter
from itertools import pairwise, product
from typing import Any

import httpx
import pytest

from app.http.resources.lists import all_parameters
from app.model.resource import Resource
from app.query.lists.facets import SMALL_SHARE
from tests.conftest import CATALOGUE
from tests.http.test_exports import csv_rows, get, paged

PARAMETERS = all_parameters(CATALOGUE)
COUNTED = [resource for resource in CATALOGUE.resources if PARAMETERS[resource.name].groupings]
EVERY = pytest.mark.parametrize("resource", COUNTED, ids=lambda resource: resource.name)


def values_of(resource: Resource, name: str, item: dict[str, Any]) -> list[Any]:
    """An item's values of a grouping, as the public fields tell them."""
    field = next((field for field, made in resource.fields.items() if name in (field, made.singular)), None)
    if field is not None:
        value = item[field]
        return (value or [None]) if isinstance(value, list) else [value]
    date = item[name.rpartition("_")[0]]
    return [None if date is None else int(date[:4]) if name.endswith("_year") else int(date[:3]) * 10]


def counted(resource: Resource, names: list[str], items: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
    return Counter(values for item in items for values in product(*(values_of(resource, name, item) for name in names)))


@EVERY
def test_facets_count_the_list_as_by_hand(client: httpx.Client, resource: Resource) -> None:
    items = paged(client, f"/v1/{resource.name}?limit=200")
    for name, grouping in PARAMETERS[resource.name].groupings.items():
        facet = get(client, f"/v1/{resource.name}?limit=1&facet={name}").json()["facets"][name]
        shown = {(row["value"],): row["count"] for row in facet}
        assert {values: number for values, number in shown.items() if number} == dict(counted(resource, [name], items)), name
        assert {(value,) for value in grouping.closed} <= set(shown)
        numbers = [row["count"] for row in facet]
        assert numbers == sorted(numbers, reverse=True)


@EVERY
def test_facets_of_few_rows_are_the_same_together_as_each_alone(client: httpx.Client, resource: Resource) -> None:
    path, names = f"/v1/{resource.name}?limit=200", list(PARAMETERS[resource.name].groupings)
    first = get(client, f"{path}&facet={names[0]}").json()
    rare = next(
        (row["value"] for row in first["facets"][names[0]][::-1] if 0 < row["count"] * SMALL_SHARE < first["page"]["total"]), None
    )
    filters = [f"{names[0]}={rare}"] if names[0] in PARAMETERS[resource.name].filters and rare is not None else []
    for narrowed in [*filters, "q=security"] if resource.is_record else filters:
        items = paged(client, f"{path}&{narrowed}")
        together = get(client, f"{path}&{narrowed}&{'&'.join(f'facet={name}' for name in names)}").json()["facets"]
        assert list(together) == names
        for name in names:
            assert together[name] == get(client, f"{path}&{narrowed}&facet={name}").json()["facets"][name], name
            shown = {(row["value"],): row["count"] for row in together[name] if row["count"]}
            assert shown == dict(counted(resource, [name], items)), name


@EVERY
def test_statistics_in_one_and_two_dimensions_count_as_by_hand(client: httpx.Client, resource: Resource) -> None:
    items = paged(client, f"/v1/{resource.name}?limit=200")
    names = list(PARAMETERS[resource.name].groupings)
    for group_by in [[name] for name in names] + [list(pair) for pair in pairwise(names)]:
        query = "&".join(f"group_by={name}" for name in group_by)
        stats = get(client, f"/v1/{resource.name}/stats?{query}").json()
        shown = {tuple(row[name] for name in group_by): row["count"] for row in stats["data"]}
        if not stats["truncated"]:
            assert {values: number for values, number in shown.items() if number} == dict(counted(resource, group_by, items))
        assert (stats["group_by"], stats["total"]) == (group_by, len(items))
        rows = csv_rows(get(client, f"/v1/{resource.name}/stats.csv?{query}"))
        assert rows[0] == [*group_by, "count"]
        assert [int(row[-1]) for row in rows[1:]] == [row["count"] for row in stats["data"]]


def test_counts_are_under_the_filters(client: httpx.Client) -> None:
    page = get(client, "/v1/missions?country=COD&facet=status&facet=established_decade&facet=country&limit=1").json()
    assert {row["value"]: row["count"] for row in page["facets"]["status"]} == {"active": 1, "closed": 2, "unknown": 2}
    assert {row["value"]: row["count"] for row in page["facets"]["established_decade"] if row["count"]} == {
        1960: 1,
        1990: 1,
        2000: 2,
        2010: 1,
    }
    assert [(row["value"], row["count"]) for row in page["facets"]["country"]] == [("COD", 5)]


def test_years_come_in_order_without_a_gap_and_the_unknown_last(client: httpx.Client) -> None:
    rows = get(client, "/v1/missions/stats?group_by=ended_year&country=COD").json()["data"]
    years = [row["ended_year"] for row in rows]
    assert years == [*range(1964, 2011), None]
    assert {row["ended_year"]: row["count"] for row in rows if row["count"]} == {1964: 1, 2010: 1, None: 3}


def test_zero_combinations_are_shown(client: httpx.Client) -> None:
    rows = get(client, "/v1/missions/stats?group_by=mission_type&group_by=status").json()["data"]
    types = ["peacekeeping_operation", "special_political_mission", "support_office", "non_un_operation"]
    shown = {(row["mission_type"], row["status"]) for row in rows}
    assert shown >= set(product(types, ["active", "closed", "unknown"]))


@pytest.mark.parametrize(
    ("path", "parameter", "hint"),
    [
        ("/v1/missions/stats", "group_by", None),
        ("/v1/missions/stats?group_by=regoin", "group_by", "region"),
        ("/v1/missions/stats?group_by=name", "group_by", None),
        ("/v1/missions/stats?group_by=region&group_by=status&group_by=country", "group_by", None),
        ("/v1/missions/stats?group_by=region&limit=3", "limit", None),
        ("/v1/missions?facet=regoin", "facet", "region"),
        ("/v1/missions/stats?group_by=region&region=Afrika", "region", "Africa"),
    ],
)
def test_what_cannot_be_counted_is_refused(client: httpx.Client, path: str, parameter: str, hint: str | None) -> None:
    response = client.get(path)
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert error["loc"][1] == parameter
    assert error.get("did_you_mean") == hint or hint is None


def test_each_facet_is_one_statement_and_statistics_are_two(client: httpx.Client, statements: list[str]) -> None:
    get(client, "/v1/missions?limit=1&facet=region&facet=status&facet=mandate_task")
    assert len(statements) == 5, statements  # release, rows, three facets
    statements.clear()
    get(client, "/v1/missions?limit=1&facet=mission_type&facet=status&established__gte=2012")
    assert len(statements) == 4, statements  # release, rows, total, both facets: of few rows
    statements.clear()
    get(client, "/v1/missions/stats?group_by=region&group_by=status")
    assert len(statements) == 2, statements  # release, groups
    statements.clear()
    get(client, "/v1/missions/stats?group_by=region&status=closed")
    assert len(statements) == 3, statements  # release, groups, total
