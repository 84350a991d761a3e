"""The questions that Casebook is for, on the real article and the real records."""

import re
from typing import Any

import httpx
import pytest

from app.http.about import QUESTIONS
from app.http.negotiation import MEDIA_TYPES
from app.settings import ROOT


def get(client: httpx.Client, path: str) -> Any:
    response = client.get(path)
    assert response.status_code == 200, response.text
    return response.json()


def ids(page: Any) -> list[str]:
    return [item["id"] for item in page["data"]]


def test_what_isaf_faced_and_taught_and_the_passages_that_say_so(client: httpx.Client) -> None:
    links = get(client, "/v1/missions/isaf")["links"]
    faced = {link["id"]: link for link in links["faced"]}
    assert {"challenge:insurgent-resistance", "challenge:tribal-dynamics"} <= set(faced)
    (cite,) = faced["challenge:insurgent-resistance"]["citations"]
    assert cite["source"] == "ssr-article"
    assert cite["passage"] == "case-study-international-security-assistance-force-in-afghanistan:3.1"
    assert {link["id"] for link in links["taught"]} >= {"lesson:cooperate-with-local-actors", "lesson:seek-localized-solutions"}
    assert {link["id"] for link in links["used"]} >= {"mechanism:joint-training", "mechanism:intelligence-sharing"}
    assert all(link["citations"] for tied in links.values() for link in tied)


def test_three_ways_to_ask_for_missions_and_challenges_agree(client: httpx.Client) -> None:
    assert ids(get(client, "/v1/missions?challenge=insurgent-resistance")) == ["mission:isaf"]
    assert ids(get(client, "/v1/missions?challenge=challenge:insurgent-resistance")) == ["mission:isaf"]
    assert get(client, "/v1/challenges?mission=isaf")["data"] == get(client, "/v1/missions/isaf/challenges")["data"]
    assert "challenge:insurgent-resistance" in ids(get(client, "/v1/challenges?mission=isaf"))


def test_unok_is_served_and_disputed_with_its_reasons(client: httpx.Client) -> None:
    unok = get(client, "/v1/missions/unok")
    assert unok["verification"] == "disputed"
    disputes = {cite["source"]: cite["note"] for cite in unok["citations"] if cite["stance"] == "disputes"}
    assert "71" in disputes["un-list"]
    assert "93" in disputes["unsc-resolutions"]
    assert ids(get(client, "/v1/missions?verification=disputed")) == ["mission:unok"]


def test_a_dispute_about_the_outcome_of_isaf_leaves_the_rest_of_its_record_alone(client: httpx.Client) -> None:
    isaf = get(client, "/v1/missions/isaf")
    assert isaf["verification"] == "corroborated"
    assert isaf["field_verification"]["outcome"] == "disputed"
    assert isaf["field_verification"]["established"] == "corroborated"
    assert {cite["source"] for cite in isaf["citations"] if cite["stance"] == "disputes"} == {"sigar-21-46-ll"}


@pytest.mark.parametrize("slug", ["unficyp", "onuc", "monuc", "monusco"])
def test_a_mission_that_the_article_means_by_its_country_says_so(client: httpx.Client, slug: str) -> None:
    mission = get(client, f"/v1/missions/{slug}")
    (cite,) = (cite for cite in mission["citations"] if cite["passage"] == "historical-context-of-peacekeeping-missions:3.2")
    assert cite["note"].startswith("The passage names")


def test_the_whole_article_is_cited(client: httpx.Client) -> None:
    source = get(client, "/v1/sources/ssr-article")
    assert (source["passages"], source["citable_passages"], source["cited_passages"]) == (151, 147, 147)
    uncited = get(client, "/v1/sources/ssr-article/passages?cited=false")
    assert [passage["kind"] for passage in uncited["data"]] == ["lead_in"] * uncited["page"]["total"]
    sections = get(client, "/v1/sources/ssr-article/sections")
    assert sections["page"]["total"] == 17
    assert all(section["citable_passages"] == section["cited_passages"] > 0 for section in sections["data"])


def test_a_passage_shows_what_cites_it_and_that_cites_the_passage(client: httpx.Client) -> None:
    locator = "case-study-international-security-assistance-force-in-afghanistan:3.1"
    passage = get(client, f"/v1/sources/ssr-article/passages/{locator}")
    assert {"subject": "mission:isaf", "predicate": "faced", "object": "challenge:insurgent-resistance"}.items() <= {
        key: value
        for cited in passage["cited_by"]
        if cited["object"] == "challenge:insurgent-resistance"
        for key, value in cited.items()
    }.items()
    records = [cited["id"] for cited in passage["cited_by"] if cited["id"]]
    for record in get(client, f"/v1/records?include=citations&{'&'.join(f'id={id_}' for id_ in dict.fromkeys(records))}")["data"]:
        assert locator in [cite["passage"] for cite in record["citations"]]


def test_both_case_studies_have_ordered_parts_that_cite_their_passages(client: httpx.Client) -> None:
    studies = get(client, "/v1/case-studies?include=parts")["data"]
    assert [study["mission"] for study in studies] == ["mission:isaf", "mission:unok"]
    for study in studies:
        assert [part["position"] for part in study["parts"]] == list(range(1, len(study["parts"]) + 1))
        assert {"context", "mandate", "challenge", "lesson"} <= {part["kind"] for part in study["parts"]}
        assert all(part["citations"] for part in study["parts"])


def test_records_of_any_kind_come_by_id_and_the_unknown_are_listed(client: httpx.Client) -> None:
    page = get(client, "/v1/records?id=mission:isaf&id=principle:inclusivity&id=mission:nope&id=nonsense")
    assert ids(page) == ["mission:isaf", "principle:inclusivity"]
    assert page["missing"] == ["mission:nope", "nonsense"]
    assert client.get("/v1/records?" + "&".join(f"id=mission:{n}" for n in range(200))).status_code == 200
    assert client.get("/v1/records?" + "&".join(f"id=mission:{n}" for n in range(201))).status_code == 422


NAMED_BY_THE_ARTICLE = ("isaf", "monuc", "monusco", "onuc", "unficyp", "unok", "untso")


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("established=1948", ["untso"]),
        ("established=1948-05", ["untso"]),
        ("established=1948-05-29", ["untso"]),
        ("established=1948&established=1964", ["unficyp", "untso"]),
        ("established__lte=1960", ["onuc", "untso"]),
        ("established__lt=1960", ["untso"]),
        ("established__gt=1999", ["isaf", "monusco"]),
        ("established__gte=1999-11-30", ["isaf", "monuc", "monusco"]),
        ("established__gt=1999-11-30", ["isaf", "monusco"]),
        ("ended__isnull=false", ["isaf", "monuc", "onuc"]),
        ("ended__gte=2014", ["isaf"]),
        ("country=COD&status=closed", ["monuc", "onuc"]),
        ("region=Asia&region=Europe&status=active", ["unficyp", "untso"]),
        ("mandate_task__all=ssr&mandate_task__all=ddr", ["monuc", "monusco"]),
        ("personnel__isnull=true", ["isaf", "onuc", "unok"]),
        ("name__contains=CONGO", ["monuc", "monusco", "onuc"]),
        ("name__contains=100%25", []),
        ("acronym__ne=ISAF&acronym__ne=UNOK&region=Asia", ["unficyp", "untso"]),
        ("challenge__all=insurgent-resistance&challenge__all=tribal-dynamics", ["isaf"]),
        ("lesson=adapt-to-local-context", ["isaf", "unok"]),
        ("case_study__isnull=true", None),
    ],
)
def test_filters_mean_what_they_say(client: httpx.Client, query: str, slugs: list[str] | None) -> None:
    among = "".join(f"&slug={slug}" for slug in NAMED_BY_THE_ARTICLE)
    response = client.get(f"/v1/missions?{query}&sort=slug{among}")
    if slugs is None:
        assert response.status_code == 422
    else:
        assert [item["slug"] for item in response.json()["data"]] == slugs


@pytest.mark.parametrize("text", ["Åland", "åland", "ÅLAND", "CÔTE", "réunion"])
def test_text_is_found_in_either_case_also_beyond_ascii(client: httpx.Client, text: str) -> None:
    assert client.get("/v1/countries", params={"name__contains": text}).json()["page"]["total"] == 1


def test_dates_come_back_as_precise_as_they_came(client: httpx.Client) -> None:
    dates = {item["slug"]: (item["established"], item["ended"]) for item in get(client, "/v1/missions?limit=200")["data"]}
    assert dates["onuc"] == ("1960-07", "1964-06-06")
    assert dates["unok"] == ("1993", None)
    assert dates["isaf"] == ("2001-12-20", "2014-12")


def test_fields_keep_only_what_is_asked_for(client: httpx.Client) -> None:
    page = get(client, "/v1/missions?fields=acronym&fields=established&limit=1")
    assert [set(item) for item in page["data"]] == [{"acronym", "established"}]
    page = get(client, "/v1/missions?fields=slug&include=citations&limit=1")
    assert [set(item) for item in page["data"]] == [{"slug", "citations"}]


@pytest.mark.parametrize(("question", "path"), QUESTIONS)
def test_the_questions_of_the_introduction_have_answers(client: httpx.Client, question: str, path: str) -> None:
    answer = get(client, path)
    assert question.endswith("?")
    assert answer.get("data", [answer])


def test_the_front_door_is_json_for_programs_and_a_page_for_people(client: httpx.Client) -> None:
    assert get(client, "/")["links"]["docs"] == "/docs"
    page = client.get("/", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.headers["content-type"].startswith("text/html")
    assert "not endorsed by the United Nations" in page.text


def test_the_catalogue_names_what_lists_accept(client: httpx.Client) -> None:
    for entry in get(client, "/v1")["resources"]:
        refusal = client.get(entry["path"], params={"nonsense": "1"}).json()
        shaping = {"sort", "limit", "cursor", "fields"} | ({"include"} if entry["includes"] else set())
        shaping |= {"facet"} if entry["facets"] else set()
        assert set(entry["filters"]) | shaping == set(refusal["errors"][0]["allowed"])


def test_a_related_list_takes_a_fixed_number_of_statements(client: httpx.Client, statements: list[str]) -> None:
    for limit in (1, 200):
        statements.clear()
        get(client, f"/v1/missions/isaf/challenges?limit={limit}")
        assert len(statements) == 4, statements


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/v1/missions/isaf", 2),
        ("/v1/case-studies/united-nations-operation-in-kenya", 2),
        ("/v1/countries/COD", 3),
        ("/v1/sources/ssr-article", 2),
        ("/v1/sources/ssr-article/passages/introduction:1.1", 4),
        ("/v1/sources/ssr-article/passages?limit=200", 4),
        ("/v1/missions?challenge=insurgent-resistance&region=Asia&country=AFG", 6),
        ("/v1/records?id=mission:isaf&id=mission:nope", 4),
        ("/health/live", 0),
        ("/v1", 0),
        ("/", 1),
    ],
)
def test_the_number_of_statements_of_each_route_is_known(
    client: httpx.Client, statements: list[str], path: str, count: int
) -> None:
    get(client, path)
    assert len(statements) == count, statements


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        ("*/*", "application/json"),
        ("text/html", "text/html"),
        ("application/json;q=0.5, text/html", "text/html"),
        ("text/html;q=0.5, application/json", "application/json"),
        ("text/*", "text/html"),
        ("text/html;q=0, */*", "application/json"),
        ("application/xml", None),
        ("text/html;q=0", None),
        ("nonsense", None),
    ],
)
def test_accept_decides_what_the_front_door_answers(client: httpx.Client, accept: str, answer: str | None) -> None:
    response = client.get("/", headers={"Accept": accept})
    assert response.status_code == (200 if answer else 406)
    assert response.headers["content-type"].split(";")[0] == (answer or "application/problem+json")


@pytest.mark.parametrize("path", ["/v1/missions/isaf", "/v1/missions/isaf/challenges", "/v1/sources/ssr-article/passages", "/v1"])
def test_an_accept_that_nothing_serves_is_406_everywhere(client: httpx.Client, path: str) -> None:
    response = client.get(path, headers={"Accept": "image/png"})
    assert response.status_code == 406
    assert response.headers["content-type"] == "application/problem+json"
    assert client.get(path, headers={"Accept": "image/png, */*;q=0.1"}).status_code == 200


@pytest.mark.parametrize(
    ("path", "offered"),
    [
        ("/v1", ["application/json"]),
        ("/v1/missions/isaf", ["application/json"]),
        ("/v1/missions/isaf/challenges", ["application/json"]),
        ("/v1/missions/stats?group_by=region", ["application/json", "text/csv"]),
        ("/v1/search?q=isaf", ["application/json"]),
        ("/v1/export", ["application/zip"]),
        ("/v1/case-studies/united-nations-operation-in-kenya", ["application/json", "text/markdown"]),
    ],
)
def test_what_a_path_does_not_offer_is_406_though_another_does(client: httpx.Client, path: str, offered: list[str]) -> None:
    for media_type in MEDIA_TYPES:
        response = client.get(path, headers={"Accept": media_type})
        assert response.status_code == (200 if media_type in offered else 406), media_type
        if media_type not in offered:
            assert response.json()["detail"] == f"this path offers {', '.join(offered)}"


README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path", [path for path in re.findall(r"`(/v1[^`]*)`", README) if "<" not in path and path != "/v1/changes"]
)
def test_every_request_that_the_readme_names_is_answered(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200, response.text
    assert response.content
