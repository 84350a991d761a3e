"""Search, `q=` in lists, and completions: what they find, in which order, and that both engines find the same."""

import base64
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, make_url

from app.loader.load import load
from app.model.resource import Resource
from app.model.tokenizer import normalize, stem, words, words_like
from app.query.search import statements as search_statements
from tests.conftest import CATALOGUE, SEED_DATA, serving, settings_of

KINDS = pytest.mark.parametrize("resource", CATALOGUE.kinds.values(), ids=lambda resource: resource.name)
JOINT = '"joint training" -drone'
HOST = {"Host": "casebook.example"}
"""Pages link to themselves, and the two servers have a port each."""


def get(client: httpx.Client, path: str, **params: Any) -> Any:
    response = client.get(path, params=params or None)
    assert response.status_code == 200, response.text
    return response.json()


def found(client: httpx.Client, q: str, **params: Any) -> list[str]:
    return [hit["id"] for hit in get(client, "/v1/search", **{"q": q, "limit": 200} | params)["data"]]


@pytest.mark.parametrize(
    ("q", "first"),
    [
        (JOINT, "mechanism:joint-training"),
        ("Joint Training", "mechanism:joint-training"),
        ("joint-training", "mechanism:joint-training"),
        ("insurgents", "challenge:insurgent-resistance"),
        ("insurgen*", "challenge:insurgent-resistance"),
        ("isaf", "mission:isaf"),
        ("ssr", "concept:security-sector-reform"),
        ("security sector reform", "concept:security-sector-reform"),
        ("local ownership", "concept:local-ownership"),
        ("S/RES/1386", "resolution:s-res-1386-2001"),
        ("intelligence sharing", "mechanism:intelligence-sharing"),
    ],
)
def test_in_clear_cases_the_first_is_the_same_on_both_engines(client: httpx.Client, q: str, first: str) -> None:
    assert found(client, q)[0] == first


def test_a_word_is_found_in_any_of_its_forms(client: httpx.Client) -> None:
    assert found(client, "trainings") == found(client, "training") == found(client, "TRAINED")
    assert "mechanism:joint-training" in found(client, "trainings")
    assert "challenge:insurgent-resistance" in found(client, "insurgent")


def test_a_phrase_wants_its_words_in_a_row_and_not_across_two_texts(client: httpx.Client) -> None:
    assert set(found(client, '"joint training"')) < set(found(client, "joint training"))
    assert found(client, "resistance insurgent") == found(client, "insurgent resistance") != []
    assert found(client, '"resistance insurgent"') == []
    name, summary = "Joint training", "Peacekeepers and local security personnel"
    assert "mechanism:joint-training" in found(client, f'"{name}" "{summary}"')
    assert found(client, f'"{name} {summary}"') == []
    assert found(client, '"initiatives joint exercises"') == []


def test_an_exclusion_takes_away_just_what_it_finds(client: httpx.Client) -> None:
    for left_out in ("police", '"security forces"', "peace*", "security-forces"):
        all_, with_, without = (
            found(client, "training"),
            found(client, f"training {left_out}"),
            found(client, f"training -{left_out}"),
        )
        assert sorted(with_ + without) == sorted(all_)
        assert with_
        assert without


def test_a_prefix_finds_what_begins_so_and_nothing_else(client: httpx.Client) -> None:
    assert "challenge:insurgent-resistance" in found(client, "insurge*")
    assert set(found(client, "training")) >= set(found(client, "trainin*")) >= set(found(client, "training*")) != set()
    assert found(client, "nsurgent*") == []
    for hit in get(client, "/v1/search", q="trainin*", limit=200)["data"]:
        for start, end in hit["snippet"]["matches"]:
            assert hit["snippet"]["text"][start:end].lower().startswith("trainin")


@pytest.mark.parametrize("q", [JOINT, "training", "peace* security", "afghan police", '"local ownership"', "S/RES/1386", "isaf"])
def test_a_snippet_is_the_text_as_written_with_the_places_of_the_words(client: httpx.Client, q: str) -> None:
    asked = {stem(word) for word in normalize(q)}
    for hit in get(client, "/v1/search", q=q, limit=200)["data"]:
        snippet = hit["snippet"]
        assert snippet["text"] in str(value_of(client, hit["id"], snippet["field"]))
        assert 0 < len(snippet["text"]) <= 240
        assert snippet["matches"]
        ends = [place for match in snippet["matches"] for place in match]
        assert ends == sorted(set(ends))
        assert ends[-1] <= len(snippet["text"])
        for start, end in snippet["matches"]:
            (word,) = normalize(snippet["text"][start:end])
            assert stem(word) in asked or word.startswith("peace")


def value_of(client: httpx.Client, id_: str, field: str) -> Any:
    """What a snippet's field is in the record's detail; of links, the notes of a predicate; of parts, one by its position."""
    kind, _, slug = id_.partition(":")
    detail = get(client, f"/v1/{CATALOGUE.kinds[kind].name}/{slug}")
    name, _, within = field.partition(".")
    if name == "links":
        return [link["note"] for link in detail["links"][within]]
    return next(row for row in detail[name] if row["position"] == int(within))["text"] if within else detail[name]


@pytest.mark.parametrize("q", ["training", "local", JOINT, "peaceb*"])
def test_pages_neither_repeat_nor_skip_and_keep_the_order(client: httpx.Client, q: str) -> None:
    whole = get(client, "/v1/search", q=q, limit=200)
    assert len(whole["data"]) == whole["page"]["total"]
    scores = [hit["score"] for hit in whole["data"]]
    assert scores == sorted(scores, reverse=True)
    for limit in (1, 7):
        page, hits = get(client, "/v1/search", q=q, limit=limit), []
        while True:
            hits += page["data"]
            if page["page"]["next"] is None:
                break
            page = get(client, page["page"]["next"])
        assert hits == whole["data"]


def test_a_cursor_of_another_question_is_refused(client: httpx.Client) -> None:
    page = client.get("/v1/search", params={"q": "training", "limit": 1})
    assert page.headers["link"] == f'<{page.json()["page"]["next"]}>; rel="next"'
    cursor = httpx.URL(page.json()["page"]["next"]).params["cursor"]
    assert client.get("/v1/search", params={"q": "training", "limit": 5, "cursor": cursor}).status_code == 200
    fingerprint = orjson.loads(base64.urlsafe_b64decode(cursor + "=="))[0]
    forged = [
        base64.urlsafe_b64encode(orjson.dumps([fingerprint, *rest])).decode().rstrip("=") for rest in (["x", "a:b"], [1.0, 7])
    ]
    for params in ({"q": "police"}, {"kind": "mission"}, {"verification": "disputed"}, *({"cursor": made} for made in forged)):
        response = client.get("/v1/search", params={"q": "training", "cursor": cursor} | params)
        assert response.status_code == 422
        assert response.json()["errors"][0]["loc"] == ["query", "cursor"]


def test_facets_count_under_everything_but_their_own_parameter(client: httpx.Client) -> None:
    every = get(client, "/v1/search", q="training", limit=200)
    kinds, statuses = ({row["value"]: row["count"] for row in every["facets"][name]} for name in ("kind", "verification"))
    assert sum(kinds.values()) == sum(statuses.values()) == every["page"]["total"]
    for name, counts in every["facets"].items():
        assert [row["count"] for row in counts] == sorted((row["count"] for row in counts), reverse=True)
        for value, count in ((row["value"], row["count"]) for row in counts):
            page = get(client, "/v1/search", q="training", limit=200, **{name: value})
            assert page["page"]["total"] == len(page["data"]) == count
            assert {hit[name] for hit in page["data"]} == {value}
            assert page["facets"][name] == counts
    both = get(client, "/v1/search", q="training", kind=["mission", "impact"], verification="single_source")
    assert both["page"]["total"] == sum(row["count"] for row in both["facets"]["kind"] if row["value"] in ("mission", "impact"))


def test_a_question_without_an_answer_is_answered_with_words_to_try(client: httpx.Client) -> None:
    nothing = get(client, "/v1/search", q="insurgant trainng")
    assert (nothing["data"], nothing["page"]["total"], nothing["facets"]) == ([], 0, {"kind": [], "verification": []})
    assert {"insurgent", "training"} <= set(nothing["suggestions"])
    assert get(client, "/v1/search", q="ssr 1386")["suggestions"] == ["ssr", "1386"]
    assert get(client, "/v1/search", q="qqqqqq")["suggestions"] == []
    assert get(client, "/v1/search", q="insurgents", kind="mechanism")["suggestions"] == []
    assert len(get(client, "/v1/search", q=" ".join(f"{letter}zqx" for letter in "abcdefghij"))["suggestions"]) <= 10


@KINDS
def test_q_narrows_the_list_of_a_kind_to_what_search_finds(client: httpx.Client, resource: Resource) -> None:
    for q in ("training", "security -police", "peace*"):
        page = get(client, f"/v1/{resource.name}", q=q, limit=200, sort="-name")
        assert sorted(item["id"] for item in page["data"]) == sorted(found(client, q, kind=resource.kind))
        ordered = [item["id"] for item in get(client, f"/v1/{resource.name}", limit=200, sort="-name")["data"]]
        assert [item["id"] for item in page["data"]] == [id_ for id_ in ordered if id_ in found(client, q)]


def test_q_goes_with_filters_pages_and_related_lists(client: httpx.Client) -> None:
    assert [item["slug"] for item in get(client, "/v1/missions", q="afghan", region="Asia")["data"]] == ["isaf"]
    assert get(client, "/v1/missions", q="afghan", region="Africa")["data"] == []
    page = get(client, "/v1/records", q="training", limit=3)
    assert get(client, page["page"]["next"])["page"]["total"] == page["page"]["total"] == len(found(client, "training"))
    related = get(client, "/v1/missions/isaf/challenges", q="insurgents")
    assert [item["id"] for item in related["data"]] == ["challenge:insurgent-resistance"]
    assert client.get("/v1/sources", params={"q": "article"}).status_code == 422


BAD = ["", " ", "🕊", "*", "-drone", '-"a b"', '"joint training', "a\x00b", "x" * 1001, "x " * 51]


@pytest.mark.parametrize("path", ["/v1/search", "/v1/missions", "/v1/records"])
@pytest.mark.parametrize("q", BAD, ids=lambda q: repr(q)[:20])
def test_a_question_that_cannot_be_is_refused_by_name(client: httpx.Client, path: str, q: str) -> None:
    response = client.get(path, params={"q": q})
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert error["loc"] == ["query", "q"]
    assert error["msg"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("", "q"),
        ("q=a&q=b", "q"),
        ("q=%ff", "q"),
        ("q=a&kind=misson", "kind"),
        ("q=a&verification=true", "verification"),
        ("q=a&limit=0", "limit"),
        ("q=a&limit=201", "limit"),
        ("q=a&sort=name", "sort"),
        ("q=a&cursor=x", "cursor"),
    ],
)
def test_a_wrong_parameter_of_search_is_named(client: httpx.Client, query: str, parameter: str) -> None:
    response = client.get(f"/v1/search?{query}")
    assert response.status_code == 422
    assert [error["loc"][1] for error in response.json()["errors"]] == [parameter]


@pytest.mark.parametrize(
    "query", ["", "q=", "q=-", "q=%00", "q=" + "x" * 201, "q=a&limit=51", "q=a&limit=0", "q=a&kind=x", "q=a&cursor=b"]
)
def test_a_wrong_parameter_of_suggest_is_refused(client: httpx.Client, query: str) -> None:
    assert client.get(f"/v1/suggest?{query}").status_code == 422


def test_completions_are_by_any_word_of_a_name_those_that_begin_so_first(client: httpx.Client) -> None:
    data = get(client, "/v1/suggest", q="tra", limit=50)["data"]
    assert "mechanism:joint-training" in [item["id"] for item in data]
    assert len({item["id"] for item in data}) == len(data) > 3
    begin = [item["match"].lower().startswith("tra") for item in data]
    assert begin == sorted(begin, reverse=True)
    assert True in begin
    assert all(re.search(r"\btra", item["match"].lower()) for item in data)
    assert [item["id"] for item in get(client, "/v1/suggest", q="JOINT  tr")["data"]] == ["mechanism:joint-training"]
    assert get(client, "/v1/suggest", q="isa", kind="mission")["data"] == [
        {"id": "mission:isaf", "kind": "mission", "name": "International Security Assistance Force", "match": "ISAF"}
    ]
    assert get(client, "/v1/suggest", q="raining")["data"] == []
    assert len(get(client, "/v1/suggest", q="s", limit=3)["data"]) == 3
    assert {item["kind"] for item in get(client, "/v1/suggest", q="s", kind=["lesson", "impact"])["data"]} == {"lesson", "impact"}


@pytest.fixture
def few_are_very_many(uncached: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:  # noqa: ARG001 - nothing was kept before
    """More than three of a kind are too many to be ranked."""
    made = (search_statements.page, search_statements.count_by_kind_and_status, search_statements.count_by_range)
    monkeypatch.setattr("app.query.search.search.MOST_COUNTED", 20)
    monkeypatch.setattr(search_statements, "SAMPLED", 3)
    for statement in made:
        statement.cache_clear()
    yield
    for statement in made:
        statement.cache_clear()


@pytest.mark.usefixtures("few_are_very_many")
def test_where_very_many_match_those_with_the_words_in_a_name_come_first(client: httpx.Client) -> None:
    answer = get(client, "/v1/search", q="training", limit=200)
    assert answer["page"]["total_is_exact"] is False
    named = ["training" in hit["name"].lower() for hit in answer["data"]]
    assert named[0]
    assert not named[-1]
    scores = [hit["score"] for hit in answer["data"]]
    assert scores == sorted(scores, reverse=True)
    assert min(score for score, in_name in zip(scores, named, strict=True) if in_name) > scores[-1] == 0
    rare = get(client, "/v1/search", q="insurgents", limit=200)
    assert rare["page"]["total_is_exact"] is True


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/v1/search?q=training&limit=1", 4),  # release, page, counts, texts
        ("/v1/search?q=training&limit=200&kind=mission&kind=lesson", 4),
        ("/v1/search?q=%22joint+training%22+-drone+peace*", 4),
        ("/v1/search?q=qqqqqq+zzzzzz", 4),  # release, page, counts, words
        ("/v1/missions?q=training&limit=200", 3),
        ("/v1/suggest?q=s&limit=1", 2),
        ("/v1/suggest?q=s&limit=50&kind=mission", 2),
    ],
)
def test_the_number_of_statements_is_known(client: httpx.Client, statements: list[str], path: str, count: int) -> None:
    get(client, path)
    assert len(statements) == count, statements


def test_completions_are_ranges_of_an_index(client: httpx.Client, database_url: str, statements: list[str]) -> None:
    get(client, "/v1/suggest", q="tra")
    assert "LIKE" not in statements[-1].upper()
    if database_url.startswith("sqlite"):
        connection = sqlite3.connect(make_url(database_url).database or "")
        plan = str(connection.execute(f"EXPLAIN QUERY PLAN {statements[-1]}", ["a"] * statements[-1].count("?")).fetchall())
        connection.close()
        assert plan.count("(inside=? AND rest>? AND rest<?)") == 2, plan


@pytest.mark.parametrize(
    ("path", "asked"),
    [("/v1/search", "?q=training"), ("/v1/search", "?q=qqqq"), ("/v1/suggest", "?q=tra"), ("/v1/missions", "?q=afghan")],
)
def test_answers_are_as_the_openapi_document_says(client: httpx.Client, path: str, asked: str) -> None:
    document = client.get("/openapi.json").json()
    content = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    schema = content["schema"] | {"components": document["components"]}
    jsonschema.Draft202012Validator(schema).validate(get(client, path + asked))
    jsonschema.Draft202012Validator(schema).validate(content["example"])
    required = {parameter["name"]: parameter["required"] for parameter in document["paths"][path]["get"]["parameters"]}
    assert required["q"] == (path != "/v1/missions")


@pytest.fixture(scope="module")
def both(loaded: Callable[[str], str], clients: Callable[[str], httpx.Client]) -> list[httpx.Client]:
    """A client of each engine over the same data."""
    return [clients(loaded(engine)) for engine in ("sqlite", "postgresql")]


def known_words() -> list[str]:
    texts = " ".join(file.read_text() for file in SEED_DATA.glob("*/*.yaml"))
    return sorted(set(re.findall(r"[\w'/-]+", texts)))


WORDS = st.sampled_from(known_words())
PHRASES = st.lists(WORDS, min_size=1, max_size=3).map(lambda words: f'"{" ".join(words)}"')
TERMS = st.one_of(WORDS, WORDS.map(lambda word: word[:4] + "*"), WORDS.map(lambda word: word[:-1] + "*"), PHRASES)
SIGNED = st.tuples(st.sampled_from(["", "", "", "-", "--", "+"]), TERMS).map("".join)
QUESTIONS = st.one_of(
    st.lists(SIGNED, min_size=1, max_size=4).map(" ".join),
    st.lists(st.one_of(SIGNED, st.text(max_size=8)), min_size=1, max_size=5).map("".join),
    st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("\"*-+^:(){}=_ '&|!<>\\%")), max_size=60),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(q=QUESTIONS)
def test_no_question_makes_a_fault_and_both_engines_find_the_same(both: list[httpx.Client], q: str) -> None:
    answers = [client.get("/v1/search", params={"q": q, "limit": 200}, headers=HOST) for client in both]
    lists = [client.get("/v1/records", params={"q": q, "limit": 200, "fields": "id"}) for client in both]
    statuses = {answer.status_code for answer in (*answers, *lists)}
    assert statuses <= {200} or statuses <= {422}, (q, [answer.text for answer in (*answers, *lists)])
    if statuses == {200}:
        assert answers[0].content == answers[1].content
        total, found = answers[0].json()["page"]["total"], {hit["id"] for hit in answers[0].json()["data"]}
        for answer in lists:
            listed = {item["id"] for item in answer.json()["data"]}
            assert listed == found or total > 200  # either shows but some then, the list those that come first in its order


@settings(max_examples=150, deadline=None)
@given(q=st.one_of(st.text(max_size=12), WORDS.map(lambda word: word[:3])))
def test_both_engines_complete_alike(both: list[httpx.Client], q: str) -> None:
    answers = [client.get("/v1/suggest", params={"q": q, "limit": 50}) for client in both]
    assert answers[0].status_code == answers[1].status_code
    assert answers[0].status_code in (200, 422)
    assert answers[0].json() == answers[1].json()


def test_accents_are_no_matter_and_a_load_replaces_the_index(full: Engine, seed_copy: Path) -> None:
    file = seed_copy / "ssr-article" / "mechanisms.yaml"
    file.write_text(file.read_text().replace("name: Joint training\n", "name: Zu\u0308g in Gôte d'Ovoire\n", 1))
    load(full, seed_copy, CATALOGUE)
    with serving(settings_of(full)) as url, httpx.Client(base_url=url, timeout=30) as client:
        for q in ("Gote", "gôte", "GÔTE", "go\u0302te", "got*", "Zug ovoire", "züg", '"gôte d\u2019ovoire"'):
            assert found(client, q) == ["mechanism:joint-training"], q
            assert get(client, "/v1/mechanisms", q=q)["page"]["total"] == 1
        assert get(client, "/v1/search", q="gote zug")["data"][0]["snippet"] == {
            "field": "name",
            "text": "Z\u00fcg in Gôte d'Ovoire",
            "matches": [[0, 3], [7, 11]],
        }
        for q in ("gote", "GÔTE d", "zü", "ovoire"):
            assert [item["id"] for item in get(client, "/v1/suggest", q=q)["data"]] == ["mechanism:joint-training"], q
        assert get(client, "/v1/suggest", q="joint tr")["data"][0]["match"] == "Joint training initiatives"
        assert len(found(client, "the")) == len(set(found(client, "the")))


def test_reading_only_words_that_begin_like_a_stem_misses_none(client: httpx.Client) -> None:
    read = {said for item in get(client, "/v1/records", limit=200)["data"] for said in (item["name"], item["summary"]) if said}
    read |= {"O'Sullivan's forces' skies, dying; UN-led", "Côte d\u2019Ivoire's skiers"}
    for said in read:
        every = list(words(said))
        for wanted in {stem(word.normalized) for word in every}:
            like = [word for word in words_like([wanted])(said) if stem(word.normalized) == wanted]
            assert like == [word for word in every if stem(word.normalized) == wanted], (said, wanted)
