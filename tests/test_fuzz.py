"""Whatever is asked: no fault, no status that is not documented, no body off its schema. `make fuzz` asks for longer."""

import base64
import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import httpx
import jsonschema
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.settings import Settings
from tests.conftest import serving
from tests.fuzzing import fuzz
from tests.test_contract import DOCUMENT

SECONDS = 20
MARKS = st.sampled_from("\"*-+^:(){}=_ '\u201c\u201d&|!<>\\\x00\u0301")
QUESTIONS = st.text(st.one_of(st.characters(codec="utf-8"), MARKS, st.sampled_from("training peace mission")), max_size=80)
SEARCHED = ("/v1/search", "/v1/suggest", "/v1/missions", "/v1/lessons.jsonl", "/v1/missions/stats?group_by=status")
SORTS = ("", "-established", "name")
KEYS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.just("mission:isaf"),
    st.lists,
    max_leaves=5,
)
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def fresh(loaded: Callable[[str], str]) -> Iterator[str]:
    """A server of which nothing but the document was asked yet."""
    with serving(Settings(database_url=loaded("sqlite"))) as base:
        httpx.get(f"{base}/openapi.json", timeout=60)  # made when it is first asked for: the fuzzer may not wait for so long
        yield base


def test_questions_made_from_the_document_find_nothing(fresh: str) -> None:
    found = fuzz(fresh, SECONDS, "--phases", "coverage,stateful", "--generation-deterministic")
    assert found.requests > 100
    assert not found.violations, found.said
    assert found.faults == 0


@cache
def validator(path: str, status: int) -> jsonschema.Draft202012Validator:
    """For what a path answers in JSON."""
    content = DOCUMENT["paths"][path]["get"]["responses"][str(status)]["content"]
    schema = content["application/json" if status == 200 else "application/problem+json"]["schema"]
    return jsonschema.Draft202012Validator({**schema, "components": DOCUMENT["components"]})


def as_documented(response: httpx.Response, path: str) -> None:
    assert str(response.status_code) in DOCUMENT["paths"][path]["get"]["responses"], response.text
    assert response.status_code < 500, response.text
    if response.headers["content-type"].endswith("json"):
        validator(path, response.status_code).validate(response.json())


@settings(PATIENT, max_examples=150)
@given(q=QUESTIONS, path=st.sampled_from(SEARCHED))
def test_any_words_are_an_answer_or_a_refusal(client: httpx.Client, q: str, path: str) -> None:
    url = httpx.URL(path).copy_merge_params({"q": q})
    known = {"/v1/lessons.jsonl": "/v1/lessons.{format}"}.get(url.path, url.path)
    response = client.get(url)
    if response.headers["content-type"] == "application/x-ndjson":
        assert response.status_code == 200
    else:
        as_documented(response, known)


@settings(PATIENT, max_examples=150)
@given(values=st.lists(KEYS, max_size=4), kept=st.integers(0, 2), sort=st.sampled_from(SORTS))
def test_any_cursor_is_an_answer_or_a_refusal(client: httpx.Client, values: list[Any], kept: int, sort: str) -> None:
    query = {"sort": sort} if sort else {}
    following = client.get("/v1/missions", params={**query, "limit": "1"}).json()["page"]["next"]
    cursor = httpx.URL(following).params["cursor"]
    own = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    forged = base64.urlsafe_b64encode(json.dumps([*own[:kept], *values]).encode()).decode().rstrip("=")
    as_documented(client.get("/v1/missions", params={**query, "cursor": forged}), "/v1/missions")


@settings(PATIENT, max_examples=100)
@given(cursor=st.one_of(st.text(max_size=60), st.binary(max_size=60).map(lambda made: base64.urlsafe_b64encode(made).decode())))
def test_any_text_for_a_cursor_is_refused(client: httpx.Client, cursor: str) -> None:
    for path in ("/v1/missions", "/v1/search?q=peace"):
        response = client.get(httpx.URL(path).copy_merge_params({"cursor": cursor}))
        assert response.status_code == 422, response.text
        as_documented(response, path.partition("?")[0])
