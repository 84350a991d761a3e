"""The contract with clients: the OpenAPI document that is committed is the one that is served, and it is complete."""

from datetime import date
from typing import Any

import httpx
import jsonschema
import orjson
import pytest
import yaml

from app.cli import SCHEMAS
from app.loader.json_schemas import published_schemas
from app.main import create_app
from app.settings import ROOT, Settings
from tests.conftest import CATALOGUE, SEED_DATA

DOCUMENT: dict[str, Any] = create_app(Settings(database_url="sqlite://")).openapi()
OPERATIONS = [(path, operation["get"]) for path, operation in DOCUMENT["paths"].items()]
EVERY_OPERATION = pytest.mark.parametrize(
    ("path", "operation"), OPERATIONS, ids=[operation["operationId"] for _, operation in OPERATIONS]
)


def test_the_committed_document_is_current() -> None:
    committed = orjson.loads((ROOT / "docs" / "openapi.json").read_bytes())
    assert committed == orjson.loads(orjson.dumps(DOCUMENT)), "the API changed: run `make docs` and look at the difference"


def test_the_served_document_is_the_same(client: httpx.Client) -> None:
    assert client.get("/openapi.json").json() == orjson.loads(orjson.dumps(DOCUMENT))


def test_the_published_schemas_of_the_seed_files_are_current() -> None:
    schemas = published_schemas(CATALOGUE)
    assert {file.stem for file in SCHEMAS.glob("*.json")} == set(schemas)
    for name, schema in schemas.items():
        assert orjson.loads((SCHEMAS / f"{name}.json").read_bytes()) == orjson.loads(orjson.dumps(schema)), "run `make docs`"


def test_the_seed_files_are_valid_by_the_published_schemas() -> None:
    for file in SEED_DATA.glob("*/*.yaml"):
        schema = orjson.loads((SCHEMAS / f"{file.stem}.json").read_bytes())
        jsonschema.Draft202012Validator(schema).validate(_as_an_editor_reads(yaml.safe_load(file.read_bytes())))


def _as_an_editor_reads(value: Any) -> Any:
    """YAML's dates and unquoted numbers as the text that they stand for."""
    if isinstance(value, dict):
        return {key: _as_an_editor_reads(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_as_an_editor_reads(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value


@EVERY_OPERATION
def test_every_parameter_has_a_meaning_a_type_and_an_example(path: str, operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", []):
        schema = parameter["schema"]
        assert parameter.get("description"), (path, parameter["name"])
        assert schema.keys() & {"type", "$ref", "enum"}, (path, parameter["name"])
        made_by_answers = parameter["name"] == "cursor"
        assert schema.get("examples") or "$ref" in schema or made_by_answers, (path, parameter["name"])


@EVERY_OPERATION
def test_every_operation_has_a_name_a_tag_an_example_and_its_statuses(path: str, operation: dict[str, Any]) -> None:
    assert operation["operationId"].split("_")[0] in ("list", "get", "export")
    assert operation["tags"][0] in [tag["name"] for tag in DOCUMENT["tags"]]
    assert operation["summary"]
    assert operation["description"]
    assert {"200", "422", "500"} <= set(operation["responses"])
    assert "404" in operation["responses"] or "{" not in path
    content = operation["responses"]["200"]["content"]
    assert content
    if not operation["operationId"].startswith("export_"):
        assert "example" in next(iter(content.values()))


def test_operation_ids_are_unique() -> None:
    names = [operation["operationId"] for _, operation in OPERATIONS]
    assert len(set(names)) == len(names)


def test_every_field_of_every_schema_has_a_meaning() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        assert schema.get("description"), name
        for field, part in schema.get("properties", {}).items():
            assert part.get("description"), (name, field)


@pytest.mark.parametrize("path", ["/v1/missions?regoin=x", "/v1/missions/nope", "/nope", "/v1/missions/isaf/nope"])
def test_problems_are_as_documented(client: httpx.Client, path: str) -> None:
    schema = DOCUMENT["components"]["schemas"]["ProblemOut"] | {"components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(schema).validate(client.get(path).json())


@EVERY_OPERATION
def test_every_status_that_is_documented_as_a_problem_says_so(path: str, operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        if status not in ("200", "304", "308"):
            assert list(response["content"]) == ["application/problem+json"], (path, status)
