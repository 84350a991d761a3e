"""One answer, whichever engine it is read from: the same status, headers and bytes for the same request."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.http.about import QUESTIONS
from app.main import create_app
from app.settings import ROOT, Settings
from tests.conftest import SEED_DATA

DOCUMENT: dict[str, Any] = create_app(Settings(database_url="sqlite://")).openapi()
HOST = {"Host": "casebook.example"}
"""Pages link to themselves, and the two servers have a port each."""
OF_THE_LOAD = {"date", "last-modified", "x-request-id"}
"""Headers of when a database was loaded and when it was asked."""
ZIPPED = ("application/zip", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
NOT_BY_EXAMPLE = {"cursor", "sort", "facet", "include", "fields"}
"""Every value of these is asked for below, and a cursor is taken from a page."""
Pair = list[httpx.Client]
Query = list[tuple[str, str]]


@pytest.fixture(scope="session")
def pair(loaded: Callable[[str], str], clients: Callable[[str], httpx.Client]) -> Pair:
    """A client of each engine over the same data."""
    return [clients(loaded(engine)) for engine in ("sqlite", "postgresql")]


def same(pair: Pair, path: str, query: Query | None = None) -> httpx.Response:
    """The answer of the first, where the second's is the same."""
    params = list[tuple[str, str | int | float | bool | None]](query) if query else None
    one, other = (client.get(path, params=params, headers=HOST) for client in pair)
    assert one.status_code == other.status_code, (path, query, other.text)
    assert shown(one) == shown(other), (path, query)
    assert content(one) == content(other), (path, query)
    return one


def shown(answer: httpx.Response) -> list[tuple[str, str]]:
    made_when = OF_THE_LOAD | ({"content-length"} if content(answer) != answer.content else set())
    return [(name, value) for name, value in answer.headers.multi_items() if name not in made_when]


def content(answer: httpx.Response) -> Any:
    """What it says, save when files within a file were made."""
    if answer.status_code != 200 or answer.headers["content-type"] not in ZIPPED:
        return answer.content
    with zipfile.ZipFile(io.BytesIO(answer.content)) as files:
        return {name: WHEN.sub(b"", files.read(name)) for name in files.namelist()}


WHEN = re.compile(rb"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d[\d.:+]*Z?")


# What is documented


def documented(path: str) -> Iterator[tuple[str, Query]]:
    """A request for each parameter of a path, with its example; all with what must be given."""
    parameters = DOCUMENT["paths"][path]["get"].get("parameters", [])
    asked = path
    for parameter in parameters:
        if parameter["in"] == "path":
            asked = asked.replace(f"{{{parameter['name']}}}", examples(parameter)[0])
    queried = [parameter for parameter in parameters if parameter["in"] == "query"]
    must = [given for parameter in queried if parameter["required"] for given in given_by(parameter)]
    yield asked, must
    for parameter in queried:
        if not parameter["required"] and parameter["name"] not in NOT_BY_EXAMPLE and tells_more(path, parameter["name"]):
            yield asked, must + given_by(parameter)


def tells_more(path: str, name: str) -> bool:
    """Not where a path takes the filters of another."""
    return name == "group_by" or not re.search(r"\.\{format\}$|/stats|/\{related\}$", path)


def given_by(parameter: dict[str, Any]) -> Query:
    return [(parameter["name"], example) for example in examples(parameter)]


def examples(parameter: dict[str, Any]) -> list[str]:
    schema = parameter["schema"]
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    example = (schema.get("examples") or schema["enum"])[0]
    return [
        str(value).lower() if isinstance(value, bool) else str(value)
        for value in (example if isinstance(example, list) else [example])
    ]


@pytest.mark.parametrize("path", DOCUMENT["paths"])
def test_documented_requests_are_answered_alike(pair: Pair, path: str) -> None:
    for asked, query in documented(path):
        known = same(pair, asked, query).status_code in (200, 308)
        assert known or path == "/v1/changes", (asked, query)


def test_what_differs_since_a_release_is_answered_alike(pair: Pair) -> None:
    version = pair[0].get("/v1/missions/unok").headers["x-data-version"]
    assert same(pair, "/v1/changes", [("since", version)]).status_code == 200


def shown_requests() -> list[str]:
    readme = (ROOT / "README.md").read_text()
    return (
        re.findall(r"localhost:8000(/[^\s']+)", readme)
        + re.findall(r"`(/v1[^`]*)`", readme)
        + [request for _, request in QUESTIONS]
    )


@pytest.mark.parametrize("request_", shown_requests())
def test_the_requests_that_are_shown_are_answered_alike(pair: Pair, request_: str) -> None:
    same(pair, request_)


# What the catalogue offers


@cache
def entries() -> dict[str, dict[str, Any]]:
    """What can be asked of each list."""
    found = {}
    for path, operation in DOCUMENT["paths"].items():
        if re.fullmatch(r"/v1/[\w-]+", path) and f"{path}/stats" in DOCUMENT["paths"]:
            found[path] = {parameter["name"]: parameter for parameter in operation["get"]["parameters"]}
    return found


def choices(path: str, name: str) -> list[str]:
    """The values that a parameter can take."""
    schema = entries()[path].get(name, {}).get("schema", {})
    return list(schema.get("items", schema).get("enum", []))


@pytest.mark.parametrize("path", entries())
def test_every_sort_facet_include_field_and_format_is_answered_alike(pair: Pair, path: str) -> None:
    assert choices(path, "sort")
    for name in ("sort", "facet", "include", "fields"):
        for value in choices(path, name):
            assert same(pair, path, [(name, value), ("limit", "200")]).status_code == 200
    formats = next(
        parameter for parameter in DOCUMENT["paths"][path + ".{format}"]["get"]["parameters"] if parameter["in"] == "path"
    )
    for suffix in formats["schema"]["enum"]:
        assert same(pair, f"{path}.{suffix}").status_code == 200


@pytest.fixture(scope="session")
def values(pair: Pair) -> dict[str, dict[str, list[str]]]:
    """Of each list, the values that its fields have, by name."""
    found = dict[str, dict[str, list[str]]]()
    for path in entries():
        said = found.setdefault(path, {})
        for item in pair[0].get(path, params={"limit": 200}).json()["data"]:
            for name, value in item.items():
                if isinstance(value, str | int | float) and len(str(value)) < 100:
                    said.setdefault(name, []).append(str(value).lower() if isinstance(value, bool) else str(value))
    return found


def query_of(data: st.DataObject, path: str, said: dict[str, list[str]], *, exported: bool) -> Query:
    """What narrows, orders and cuts a list."""
    filters = sorted(set(entries()[path]) - NOT_BY_EXAMPLE - {"limit", "q", "id"})
    query: Query = []
    for name in data.draw(st.lists(st.sampled_from(filters), max_size=3, unique=True)):
        known = choices(path, name) or said.get(name.partition("__")[0]) or examples(entries()[path][name])
        if name.endswith("__isnull"):
            known = ["true", "false"]
        if name.endswith("__contains"):
            known = [value[1:4] for value in known if len(value) > 3] or known
        query.append((name, data.draw(st.sampled_from(known))))
    for name, most in (("sort", 2), ("fields", 3)) if exported else (("sort", 2), ("fields", 3), ("facet", 1), ("include", 1)):
        if known := choices(path, name):
            drawn = data.draw(st.lists(st.sampled_from(known), max_size=most, unique_by=lambda value: value.lstrip("-")))
            query += [(name, value) for value in drawn]
    return query


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_lists_that_are_drawn_are_answered_alike_page_after_page(
    pair: Pair, values: dict[str, dict[str, list[str]]], data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(sorted(entries())))
    suffix = data.draw(st.sampled_from(["", "", ".csv", ".jsonl"]))
    query = query_of(data, path, values[path], exported=suffix != "")
    if suffix:
        same(pair, path + suffix, query)
        return
    answer = same(pair, path, [*query, ("limit", str(data.draw(st.sampled_from([1, 3, 20, 200]))))])
    for _ in range(2):
        following = answer.json().get("page", {}).get("next")
        if not following:
            break
        answer = same(pair, following.removeprefix("http://casebook.example"))
        assert answer.status_code == 200


# What is searched for


def said() -> list[str]:
    """The words of the seed, each as often as it is said."""
    texts = " ".join(file.read_text() for file in sorted(SEED_DATA.glob("*/*.yaml")))
    return re.findall(r"[\w'/-]+", texts)


SAID = said()
A_WORD = st.integers(0, len(SAID) - 1).map(SAID.__getitem__)
IN_A_ROW = st.tuples(st.integers(0, len(SAID) - 4), st.integers(2, 4)).map(lambda at: " ".join(SAID[at[0] : sum(at)]))
A_TERM = st.one_of(
    A_WORD,
    A_WORD,
    A_WORD.map(lambda word: f"{word[:3]}*"),
    A_WORD.map(lambda word: f"-{word}"),
    IN_A_ROW.map(lambda words: f'"{words}"'),
)
QUESTIONS_DRAWN = st.tuples(A_WORD, st.lists(A_TERM, max_size=3)).map(lambda terms: " ".join([terms[0], *terms[1]]))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(q=QUESTIONS_DRAWN, limit=st.sampled_from([2, 20, 200]))
def test_hits_are_the_same_in_the_same_order_with_the_same_scores(pair: Pair, q: str, limit: int) -> None:
    answer = same(pair, "/v1/search", [("q", q), ("limit", str(limit))])
    for _ in range(2):
        following = answer.json().get("page", {}).get("next")
        if not following:
            break
        answer = same(pair, following.removeprefix("http://casebook.example"))
        assert answer.status_code == 200


@pytest.mark.parametrize(
    "q", ["the", '"of the"', "p*", "security-s*", "peace peace", "un -mission", '"security sector" the', "peace-build*"]
)
def test_words_that_half_of_all_hold_and_terms_of_every_form_weigh_the_same(pair: Pair, q: str) -> None:
    assert same(pair, "/v1/search", [("q", q), ("limit", "200")]).json()["data"]
