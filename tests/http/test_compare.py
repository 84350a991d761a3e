"""Comparisons: fields side by side, and what records share, held against what their details say."""

import csv
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.http.formats.tabular import csv_lines, defused
from app.model.resource import Resource
from app.query.filters.types import MAX_TEXT
from tests.conftest import CATALOGUE, serving_pack, values_of

KINDS = pytest.mark.parametrize("resource", CATALOGUE.kinds.values(), ids=lambda resource: resource.name)
THREE = ["mission:isaf", "mission:unok", "mission:monuc"]
CITE = {"source": "un-list", "locator": "row 1"}


def compare(client: httpx.Client, *ids: str) -> Any:
    response = client.get("/v1/compare", params={"id": ids})
    assert response.status_code == 200, response.text
    return response.json()


def refused(client: httpx.Client, status: int, *ids: str) -> Any:
    response = client.get("/v1/compare", params={"id": ids})
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    return response.json()


def matrix(client: httpx.Client, *ids: str) -> list[list[str]]:
    response = client.get("/v1/compare.csv", params={"id": ids})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.reader(StringIO(response.text, newline=""), strict=True))


@KINDS
def test_a_comparison_says_just_what_the_details_say(client: httpx.Client, resource: Resource) -> None:
    items = client.get(f"/v1/{resource.name}", params={"include": "links", "limit": 10}).json()["data"]
    made = compare(client, *(item["id"] for item in items))
    assert made["records"] == [{"id": item["id"], "name": item["name"]} for item in items]
    for name, field in made["fields"].items():
        assert field["values"] == {item["id"]: item[name] for item in items}
    assert set(made["fields"]) == set(resource.fields) - {"id", "kind", "slug"}
    said = {
        (item["id"], predicate, link["id"], link["name"], link["verification"], link["note"], str(link["citations"]))
        for item in items
        for predicate, links in item["links"].items()
        for link in links
    }
    assert said == {
        (id_, predicate, entry["id"], entry["name"], of["verification"], of["note"], str(of["citations"]))
        for predicate, groups in made["links"].items()
        for group in groups.values()
        for entry in group
        for id_, of in entry["of"].items()
    }
    for groups in made["links"].values():
        assert all(len(entry["of"]) == len(items) for entry in groups["shared_by_all"])
        assert all(1 < len(entry["of"]) < len(items) for entry in groups["shared_by_some"])
        assert all(len(entry["of"]) == 1 for entry in groups["only_one"])


def test_what_isaf_and_unok_share_and_what_only_one_has(client: httpx.Client) -> None:
    links = compare(client, "mission:isaf", "mission:unok")["links"]
    shared = {entry["id"] for entry in links["taught"]["shared_by_all"]}
    assert "lesson:adapt-to-local-context" in shared
    alone = {entry["id"]: list(entry["of"]) for entry in links["faced"]["only_one"]}
    assert alone["challenge:insurgent-resistance"] == ["mission:isaf"]
    assert alone["challenge:ethnic-tensions"] == ["mission:unok"]
    assert links["taught"]["shared_by_some"] == []
    some = compare(client, *THREE)["links"]["taught"]["shared_by_some"]
    assert ["mission:isaf", "mission:unok"] in [list(entry["of"]) for entry in some]


def test_a_predicate_read_from_the_other_end_is_compared_too(client: httpx.Client) -> None:
    made = compare(client, "challenge:insurgent-resistance", "challenge:tribal-dynamics")
    (isaf,) = made["links"]["faced_by"]["shared_by_all"]
    assert (isaf["id"], list(isaf["of"])) == ("mission:isaf", [record["id"] for record in made["records"]])


def test_fields_are_equal_different_or_left_open(client: httpx.Client) -> None:
    fields = compare(client, "mission:monuc", "mission:monusco")["fields"]
    equal = {name: field["equal"] for name, field in fields.items()}
    assert (equal["countries"], equal["headquarters_latitude"]) == (True, True)
    assert (equal["established"], equal["status"], equal["mandate_tasks"]) == (False, False, False)
    assert (equal["ended"], equal["source_conflicts"]) == (None, None)
    three = compare(client, "mission:monuc", "mission:monusco", "mission:onuc")["fields"]
    assert three["ended"] == {
        "equal": False,
        "values": {"mission:monuc": "2010-06-30", "mission:monusco": None, "mission:onuc": "1964-06-06"},
    }


def test_an_alias_stands_for_its_record_and_the_order_is_that_of_the_question(client: httpx.Client) -> None:
    made = compare(client, "mission:UNOK", "mission:isaf")
    assert [record["id"] for record in made["records"]] == ["mission:unok", "mission:isaf"]
    assert made == compare(client, "mission:unok", "mission:isaf")


@pytest.mark.parametrize(
    ("ids", "wrong"),
    [
        ([], "required"),
        (["mission:isaf"], "at least 2"),
        ([f"mission:{n}" for n in range(11)], "at most 10"),
        (["mission:isaf", "mission:isaf"], "once"),
        (["mission:isaf", "mission:ISAF"], "once"),
        (["mission:isaf", "lesson:adapt-to-local-context"], "mission and lesson"),
        (["mission:isaf", ""], "at least 1 character"),
        (["mission:isaf", "mission:\x00"], "control characters"),
        (["mission:isaf", "x" * (MAX_TEXT + 1)], "at most"),
    ],
)
def test_what_does_not_compare_is_refused_by_name(client: httpx.Client, ids: list[str], wrong: str) -> None:
    errors = refused(client, 422, *ids)["errors"]
    assert [error["loc"] for error in errors] == [["query", "id"]] * len(errors)
    assert any(wrong in error["msg"] for error in errors), errors


def test_another_parameter_is_refused_on_both_paths(client: httpx.Client) -> None:
    for path in ("/v1/compare", "/v1/compare.csv"):
        (error,) = client.get(path, params={"id": THREE, "fields": "name"}).json()["errors"]
        assert error["loc"] == ["query", "fields"]


@pytest.mark.parametrize(
    ("id_", "near"),
    [
        ("mission:isff", ["mission:isaf"]),
        ("isaf", ["mission:isaf"]),
        ("misson:isaf", ["mission:isaf"]),
        ("lesson:isaf", []),
        ("nothing:like-it-xyzzy", []),
    ],
)
def test_an_unknown_id_is_not_found_with_near_ones(client: httpx.Client, id_: str, near: list[str]) -> None:
    body = refused(client, 404, "mission:unok", id_)
    assert id_ in body["detail"]
    assert body.get("near", [])[:1] == near


def test_the_matrix_says_what_the_json_says(client: httpx.Client) -> None:
    header, *rows = matrix(client, *THREE)
    assert header == ["predicate", "id", "name", *THREE]
    entries = {
        (predicate, entry["id"]): entry["of"]
        for predicate, groups in compare(client, *THREE)["links"].items()
        for group in groups.values()
        for entry in group
    }
    assert [(row[0], row[1]) for row in rows] == sorted(entries)
    for predicate, id_, _, *cells in rows:
        of = entries[predicate, id_]
        for record, cell in zip(THREE, cells, strict=True):
            assert len(values_of(cell)) == len(of[record]["citations"] if record in of else [])
            assert all((cite["passage"] or "") in cell for cite in of.get(record, {"citations": []})["citations"])
    disputed = next(row for row in rows if row[1] == "impact:improved-stability")
    assert disputed[3].endswith("sigar-21-46-ll SIGAR 21-46-LL, August 2021 (disputes)")


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        ("*/*", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/json;q=0.2, text/*", "text/csv; charset=utf-8"),
        ("application/xml", None),
    ],
)
def test_accept_chooses_between_json_and_csv(client: httpx.Client, accept: str, answer: str | None) -> None:
    response = client.get("/v1/compare", params={"id": THREE}, headers={"Accept": accept})
    assert response.status_code == (200 if answer else 406)
    assert response.headers["content-type"] == (answer or "application/problem+json")
    assert "Accept" in response.headers["vary"].split(", ")
    assert client.get("/v1/compare.csv", params={"id": THREE}, headers={"Accept": accept}).status_code == 200


def test_the_answer_is_as_the_openapi_document_says(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    operation = document["paths"]["/v1/compare"]["get"]
    content = operation["responses"]["200"]["content"]["application/json"]
    schema = jsonschema.Draft202012Validator(content["schema"] | {"components": document["components"]})
    schema.validate(compare(client, *THREE))
    schema.validate(content["example"])
    (parameter,) = operation["parameters"]
    assert parameter["required"] is True
    assert (parameter["schema"]["minItems"], parameter["schema"]["maxItems"]) == (2, 10)


@pytest.mark.parametrize("path", ["/v1/compare", "/v1/compare.csv"])
def test_any_number_of_records_takes_five_statements(client: httpx.Client, statements: list[str], path: str) -> None:
    lessons = [item["id"] for item in client.get("/v1/lessons", params={"limit": 10}).json()["data"]]
    for ids in (lessons[:2], lessons):
        statements.clear()
        assert client.get(path, params={"id": ids}).status_code == 200
        assert len(statements) == 5, statements


def test_records_that_are_hard_to_compare(seed_copy: Path) -> None:
    formula = '=HYPERLINK("http://x","y")'
    tie = {"to": "objective:odd-1", "cites": [CITE | {"locator": "rows 1; 2"}], "note": "\tx"}
    mission = {"mission_type": "peacekeeping_operation", "lead_organizations": ["un", "au"], "cites": [CITE]}
    back = {"to": "concept:security-sector-reform", "cites": [CITE | {"stance": "disputes"}], "note": "back"}
    with serving_pack(
        seed_copy,
        objectives=[{"slug": f"odd-{n}", "name": formula, "cites": [CITE]} for n in range(3)],
        missions=[
            {"slug": "odd-1", "name": "One", "established": "1999", "links": {"pursued": [tie]}} | mission,
            {"slug": "odd-2", "name": "Two", "established": "1999-05"} | mission | {"lead_organizations": ["au", "un"]},
        ],
        concepts=[{"adds_to": "concept:peacekeeping-operation", "cites": [CITE], "links": {"relates_to": [back]}}],
    ) as client:
        bare = compare(client, "objective:odd-0", "objective:odd-2")
        assert bare["links"] == {}
        assert bare["fields"]["name"]["equal"] is True
        assert bare["fields"]["summary"] == {"equal": None, "values": {"objective:odd-0": None, "objective:odd-2": None}}
        assert matrix(client, "objective:odd-0", "objective:odd-2") == [
            ["predicate", "id", "name", "objective:odd-0", "objective:odd-2"]
        ]
        missions = compare(client, "mission:odd-1", "mission:odd-2")["fields"]
        assert missions["established"]["equal"] is None
        assert missions["lead_organizations"]["equal"] is True
        (row,) = matrix(client, "mission:odd-1", "mission:odd-2")[1:]
        assert row == ["pursued", "objective:odd-1", "'" + formula, "un-list rows 1\\; 2", ""]
        ends = compare(client, "concept:peacekeeping-operation", "concept:sustainable-peace")["links"]["relates_to"]
        (reform,) = [entry for entry in ends["shared_by_all"] if entry["id"] == "concept:security-sector-reform"]
        merged = reform["of"]["concept:peacekeeping-operation"]
        assert (merged["verification"], merged["note"], len(merged["citations"])) == ("disputed", "back", 5)


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_no_cell_of_a_table_is_a_formula_and_every_cell_comes_back(rows: list[list[str]]) -> None:
    rows = [[cell.replace("\x00", "") for cell in row] for row in rows]
    read = list(csv.reader(StringIO(csv_lines(rows).decode(), newline=""), strict=True))
    assert read == [[defused(cell) for cell in row] for row in rows]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in read for cell in row)
    assert all(defused(text) in (text, f"'{text}") for row in rows for text in row)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ids=st.lists(st.one_of(st.sampled_from([*THREE, "mission:", ":", "%", "'"]), st.text(max_size=30)), max_size=12))
def test_no_ids_make_a_fault(client: httpx.Client, ids: list[str]) -> None:
    query = httpx.QueryParams([("id", id_) for id_ in ids])
    assert client.get("/v1/compare", params=query).status_code in (200, 404, 422)
