"""What every resource promises, whatever it is: one suite over all of them."""

import math
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import jsonschema
import pytest

from app.http.resources.lists import all_parameters
from app.model.resource import Resource
from app.query.lists.parameters import includes, sortable
from tests.conftest import CATALOGUE

RESOURCES = pytest.mark.parametrize("resource", CATALOGUE.resources, ids=lambda resource: resource.name)
KINDS = pytest.mark.parametrize("resource", CATALOGUE.kinds.values(), ids=lambda resource: resource.name)
PARAMETERS = all_parameters(CATALOGUE)


def get(client: httpx.Client, path: str, **params: Any) -> Any:
    response = client.get(path, params=params or None)
    assert response.status_code == 200, response.text
    return response.json()


def path_of(resource: Resource) -> str:
    return f"/v1/{resource.name}"


def whole(client: httpx.Client, resource: Resource, **params: Any) -> list[Any]:
    """All items of a list, page by page."""
    items, url = [], None
    page = get(client, path_of(resource), **params)
    while True:
        items += page["data"]
        url = page["page"]["next"]
        if url is None:
            return items
        assert len(items) < page["page"]["total"], "a page repeats rows"
        page = get(client, url)


@RESOURCES
def test_a_list_has_its_envelope_and_as_many_items_as_it_says(client: httpx.Client, resource: Resource) -> None:
    page = get(client, path_of(resource), limit=200)
    assert list(page) == ["data", "facets", "facets_are_exact", "page", "meta"]
    assert page["page"]["total"] >= len(page["data"]) > 0
    assert page["page"]["limit"] == 200
    assert set(page["data"][0]) == set(resource.fields)


@RESOURCES
def test_pages_neither_repeat_nor_skip_a_row_in_any_order(client: httpx.Client, resource: Resource) -> None:
    keys = ["id"] if "id" in resource.fields else [resource.key.key]
    total = get(client, path_of(resource), limit=1)["page"]["total"]
    limit = min(200, math.ceil(total / 4))
    for name in ("", *sortable(resource)):
        for sign in ("", "-"):
            sort = {"sort": sign + name} if name else {}
            items = whole(client, resource, limit=limit, fields=keys, **sort)
            assert len({str(item) for item in items}) == len(items) == total, sort


@RESOURCES
def test_sorting_orders_by_the_field_with_the_unknown_last(client: httpx.Client, resource: Resource) -> None:
    for name in set(sortable(resource)) - {"name"}:
        for sign in ("", "-"):
            values = [item[name] for item in whole(client, resource, limit=200, sort=sign + name, fields=name)]
            known = [value for value in values if value is not None]
            assert values == known + [None] * (len(values) - len(known))
            first_days = [value + "-01-01"[len(value) - 4 :] if resource.fields[name].precision else value for value in known]
            assert first_days == sorted(first_days, reverse=sign == "-")


@RESOURCES
def test_a_page_takes_as_many_statements_whatever_its_size(
    client: httpx.Client, resource: Resource, statements: list[str]
) -> None:
    expected = {
        "": 2,  # release, rows: the release says how many there are
        "links": 4,  # and links, and their citations
        "citations": 3,
        "parts": 4,  # and the parts, and their citations
        "missions": 3,
        "activities": 3,
    }
    for include in ("", *includes(resource)):
        for limit in (1, 20, 200):
            statements.clear()
            get(client, path_of(resource), limit=limit, **({"include": include} if include else {}))
            assert len(statements) == expected[include], (include, limit, statements)


@RESOURCES
def test_all_filters_may_be_given_at_once(
    loaded: Callable[[str], str], clients: Callable[[str], httpx.Client], resource: Resource
) -> None:
    """Whatever they are called, and what stands in them. On PostgreSQL the statement is the same and takes seconds to plan."""
    client = clients(loaded("sqlite"))
    given: dict[str, Any] = {}
    for name, filter_ in PARAMETERS[resource.name].filters.items():
        value = str(filter_.example).lower() if isinstance(filter_.example, bool) else filter_.example
        given[name] = [value] * 3 if filter_.many else value
    for sort in ([], [sortable(resource)[-1]]):
        response = client.get(path_of(resource), params={**given, "limit": 1, "sort": sort})
        assert response.status_code == 200, response.text


@RESOURCES
def test_the_example_is_there_and_its_detail_holds_what_a_list_holds(client: httpx.Client, resource: Resource) -> None:
    if resource.is_record and not resource.is_kind:
        return
    detail = get(client, f"{path_of(resource)}/{resource.example}")
    wanted = {f"{resource.key.key}": resource.example}
    item = get(client, path_of(resource), **wanted, **({"include": list(includes(resource))} if includes(resource) else {}))[
        "data"
    ][0]
    assert item == detail


@RESOURCES
def test_answers_are_as_the_openapi_document_says(client: httpx.Client, resource: Resource) -> None:
    document = client.get("/openapi.json").json()
    wanted = {"include": list(includes(resource))} if includes(resource) else {}
    answers = {path_of(resource): get(client, path_of(resource), limit=200, **wanted)}
    if resource.is_kind or not resource.is_record:
        answers[f"{path_of(resource)}/{{slug}}"] = get(client, f"{path_of(resource)}/{resource.example}")
    for path, answer in answers.items():
        content = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
        schema = content["schema"] | {"components": document["components"]}
        jsonschema.Draft202012Validator(schema).validate(answer)
        jsonschema.Draft202012Validator(schema).validate(content["example"])


@RESOURCES
def test_every_filter_accepts_its_example_and_narrows(client: httpx.Client, resource: Resource) -> None:
    total = get(client, path_of(resource), limit=1)["page"]["total"]
    for name, filter_ in PARAMETERS[resource.name].filters.items():
        if filter_.example is None:
            continue
        value = str(filter_.example).lower() if isinstance(filter_.example, bool) else filter_.example
        page = get(client, path_of(resource), limit=1, **{name: value})
        assert page["page"]["total"] <= total, name


@RESOURCES
def test_a_filter_and_its_negation_share_out_the_list(client: httpx.Client, resource: Resource) -> None:
    total = get(client, path_of(resource), limit=1)["page"]["total"]
    filters = PARAMETERS[resource.name].filters
    for name in (name for name in filters if f"{name}__ne" in filters and filters[name].example is not None):
        value = filters[name].example
        is_ = get(client, path_of(resource), limit=1, **{name: value})["page"]["total"]
        is_not = get(client, path_of(resource), limit=1, **{f"{name}__ne": value})["page"]["total"]
        assert is_ + is_not == total, name


@RESOURCES
def test_a_filter_keeps_just_the_items_that_have_the_value(client: httpx.Client, resource: Resource) -> None:
    items = whole(client, resource, limit=200)
    for name, field in resource.fields.items():
        parameter = field.singular or name
        if parameter not in PARAMETERS[resource.name].filters or PARAMETERS[resource.name].filters[parameter].related:
            continue
        values = {value for item in items for value in _values(item[name]) if value is not None}
        for value in sorted(values, key=str)[:5]:
            wanted = [item for item in items if any(_means(value, one, field.precision) for one in _values(item[name]))]
            text = str(value)[:200] if not isinstance(value, bool) else str(value).lower()
            if isinstance(value, str) and len(value) > 200:
                continue
            assert get(client, path_of(resource), limit=200, **{parameter: text})["data"] == wanted[:200], (name, value)


def _values(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _means(value: Any, given: Any, is_date: object) -> bool:
    return (
        bool(given and given.startswith(value)) or given == value + "-01" or given == value + "-01-01"
        if is_date
        else given == value
    )


@KINDS
def test_a_related_list_is_the_list_filtered_by_the_record(client: httpx.Client, resource: Resource) -> None:
    for other in CATALOGUE.related(resource):
        related = get(client, f"{path_of(resource)}/{resource.example}/{other.name}", sort="-name")
        filtered = get(client, path_of(other), sort="-name", **{resource.kind: resource.example})
        assert related["data"] == filtered["data"]
        back = (
            get(client, path_of(resource), **{other.kind: [item["slug"] for item in related["data"]]})
            if related["data"]
            else None
        )
        assert back is None or resource.example in [item["slug"] for item in back["data"]]


@KINDS
def test_links_read_the_same_from_either_end(client: httpx.Client, resource: Resource) -> None:
    inverse = {(kind, name, object_kind): relation.inverse for (kind, name, object_kind), relation in CATALOGUE.relations.items()}
    for item in whole(client, resource, limit=200, include="links"):
        for predicate, links in item["links"].items():
            for link in links:
                back = inverse.get((resource.kind, predicate, link["kind"]))
                if back is None:
                    continue
                other = get(client, f"/v1/{CATALOGUE.kinds[link['kind']].name}/{link['id'].partition(':')[2]}")
                assert {**link, "id": item["id"], "kind": item["kind"], "name": item["name"]} in other["links"][back]


@RESOURCES
def test_an_unknown_parameter_is_refused_with_what_is_allowed(client: httpx.Client, resource: Resource) -> None:
    response = client.get(path_of(resource), params={"limti": 3})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    (error,) = response.json()["errors"]
    assert error["loc"] == ["query", "limti"]
    assert error["did_you_mean"] == "limit"
    assert "sort" in error["allowed"]


@pytest.mark.parametrize(
    "asked", ["name__contains=%55nited+N%61tions&limit=1", "limit=1&&sort=-name&", "limit=1&region=Africa&region=Asia"]
)
def test_the_next_page_is_asked_for_as_the_first_was_however_that_was_spelt(client: httpx.Client, asked: str) -> None:
    first = client.get(f"/v1/missions?{asked}").raise_for_status().json()["page"]
    second = client.get(first["next"]).raise_for_status().json()["page"]
    third = client.get(second["next"].replace("cursor=", "%63ursor=")).raise_for_status().json()["page"]
    assert first["total"] == second["total"] == third["total"]
    assert third["next"].count("ursor=") == 1


@RESOURCES
def test_the_next_page_is_also_a_link_header(client: httpx.Client, resource: Resource) -> None:
    response = client.get(path_of(resource), params={"limit": 1})
    url = response.json()["page"]["next"]
    assert response.headers["link"] == f'<{url}>; rel="next"'
    assert urlsplit(url).path == path_of(resource)
