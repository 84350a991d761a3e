"""References: what is cited and how, and that no name breaks a format. Read back by small readers of each format."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.database import Snapshot, open_reader
from app.http.formats.references import TYPES, Reference, bibtex, csl_json, ris, text
from app.model.source import SourceKind
from app.settings import Settings
from tests.conftest import serving_pack

FORMATS = {
    "text": "text/plain",
    "bibtex": "application/x-bibtex",
    "ris": "application/x-research-info-systems",
    "csl-json": "application/vnd.citationstyles.csl+json",
}
NASTY = 'Côte {d\'Ivoire} & "50%" #1_$x ~^ \\end{a} }{ @misc{x, <i>é</i>'
SPELT = {r"\textbackslash{}": "\\", r"\textbraceleft{}": "{", r"\textbraceright{}": "}"}
SPELT |= {r"\textasciitilde{}": "~", r"\textasciicircum{}": "^"} | {f"\\{mark}": mark for mark in "&%$#_"}
LINES = st.text().map(lambda value: " ".join(value.split()))


def cite(client: httpx.Client, *ids: str, **params: str) -> str:
    response = client.get("/v1/cite", params={"id": ids, **params})
    assert response.status_code == 200, response.text
    return response.content.decode()


def read_bibtex(document: str) -> list[dict[str, str]]:
    """Entries as BibTeX reads them: braces are counted, whatever stands before them."""
    entries = []
    while match := re.match(r"\s*@(\w+)\{([^\s,{}]+),", document):
        entry, document = {"ENTRYTYPE": match[1], "ID": match[2]}, document[match.end() :]
        while field := re.match(r"\s*(\w+) = ", document):
            value, document = _value(document[field.end() :])
            assert field[1] not in entry
            entry[field[1]] = value
        assert document[:3] == "\n}\n"
        document = document[3:]
        entries.append(entry)
    assert not document.strip()
    return entries


def _value(document: str) -> tuple[str, str]:
    if document[0] != "{":
        word = re.match(r"[a-z]{3}", document)
        assert word
        return word[0], document[3:].removeprefix(",")
    depth = 0
    for n, mark in enumerate(document):
        depth += (mark == "{") - (mark == "}")
        if depth == 0:
            return document[1:n], document[n + 1 :].removeprefix(",")
    raise AssertionError("a brace is left open")


def unlatex(value: str) -> str:
    assert not re.search(r"(?<!\\)[&%$#_]", re.sub(r"\\text\w+\{\}", "", value))
    return re.sub("|".join(map(re.escape, SPELT)), lambda match: SPELT[match[0]], value)


def read_ris(document: str) -> list[dict[str, str]]:
    entries: list[dict[str, str]] = []
    for line in document.split("\r\n"):
        if line:
            match = re.fullmatch(r"([A-Z][A-Z0-9])  - (.*)", line)
            assert match, line
            if match[1] == "TY":
                entries.append({})
            assert match[1] not in entries[-1]
            entries[-1][match[1]] = match[2]
    assert all((next(iter(entry)), list(entry)[-1]) == ("TY", "ER") for entry in entries)
    return entries


def test_a_record_is_cited_at_its_data_version_and_day_with_its_address(client: httpx.Client) -> None:
    version = client.get("/health/ready").json()["data_version"]
    record, *_ = json.loads(cite(client, "mission:unok", format="csl-json"))
    (year, month, day), *_ = record["issued"]["date-parts"]
    assert abs(datetime.now(UTC) - datetime(year, month, day, tzinfo=UTC)) < timedelta(days=2)
    assert record == {
        "id": "casebook-mission-unok",
        "type": "entry",
        "title": "United Nations Operation in Kenya",
        "container-title": "Casebook",
        "publisher": "Casebook",
        "version": version,
        "issued": {"date-parts": [[year, month, day]]},
        "URL": f"{client.base_url}/v1/missions/unok".replace("//v1", "/v1"),
        "note": "Record mission:unok, disputed. Unofficial; not endorsed by the United Nations.",
    }
    assert client.get(record["URL"]).json()["id"] == "mission:unok"


def test_after_the_records_comes_each_source_that_they_or_their_links_rest_on_once(client: httpx.Client) -> None:
    ids = ["objective:stabilization", "concept:security-sector-reform"]
    own, wanted = set(), set()
    for item in client.get("/v1/records", params={"id": ids, "include": ["links", "citations"]}).json()["data"]:
        links = [link for tied in item["links"].values() for link in tied]
        own |= {cited["source"] for cited in item["citations"]}
        wanted |= {cited["source"] for cites in (item, *links) for cited in cites["citations"]}
    keys = [item["id"] for item in json.loads(cite(client, *ids, format="csl-json"))]
    assert keys == [f"casebook-{id_.replace(':', '-')}" for id_ in ids] + [f"casebook-source-{slug}" for slug in sorted(wanted)]
    assert own < wanted, "the example is to have a source that only a link rests on"


def test_all_formats_cite_the_same(client: httpx.Client) -> None:
    ids = ["mission:isaf", "case_study:united-nations-operation-in-kenya"]
    items = json.loads(cite(client, *ids, format="csl-json"))
    entries = read_bibtex(cite(client, *ids, format="bibtex"))
    records = read_ris(cite(client, *ids, format="ris"))
    lines = cite(client, *ids, format="text").splitlines()
    for item, entry, record, line in zip(items, entries, records, lines, strict=True):
        assert item["id"] == entry["ID"] == record["ID"]
        assert "{" + item["title"] + "}" == entry["title"]
        assert item["title"] == record["TI"]
        assert line.startswith(item["title"] + ". ")
        assert item.get("URL") == entry.get("url") == record.get("UR")
        assert (item.get("URL") or "") in line
        year, month, day = [*item.get("issued", {"date-parts": [[]]})["date-parts"][0], None, None, None][:3]
        assert entry.get("year", "None") == record.get("PY", "None") == str(year)
        assert entry.get("day", "None") == str(day)
        assert ("month" in entry) == (month is not None)
        assert record.get("DA", "").count("/") == (3 if year else 0)


def test_an_alias_is_cited_by_its_current_id_and_a_record_once(client: httpx.Client) -> None:
    assert cite(client, "mission:ISAF", "mission:isaf") == cite(client, "mission:isaf")


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_chosen_by_parameter_or_by_accept(client: httpx.Client, name: str) -> None:
    by_name = client.get("/v1/cite", params={"id": "mission:isaf", "format": name}, headers={"Accept": "image/png"})
    by_accept = client.get("/v1/cite", params={"id": "mission:isaf"}, headers={"Accept": f"image/png, {FORMATS[name]}"})
    assert by_name.status_code == by_accept.status_code == 200
    assert by_name.content == by_accept.content
    assert by_name.headers["content-type"].split(";")[0] == by_accept.headers["content-type"].split(";")[0] == FORMATS[name]
    assert "Accept" in by_accept.headers["vary"].split(", ")
    assert by_accept.headers["x-data-version"] in by_accept.text


def test_text_is_what_comes_without_a_wish_and_no_other_wish_is_met(client: httpx.Client) -> None:
    assert client.get("/v1/cite", params={"id": "mission:isaf"}).headers["content-type"] == "text/plain; charset=utf-8"
    refused = client.get("/v1/cite", params={"id": "mission:isaf"}, headers={"Accept": "application/json"})
    assert (refused.status_code, refused.headers["content-type"]) == (406, "application/problem+json")
    assert all(media_type in refused.json()["detail"] for media_type in FORMATS.values())


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({}, "id"),
        ({"id": [""]}, "id"),
        ({"id": [f"mission:{n}" for n in range(51)]}, "id"),
        ({"id": ["mission:isaf"], "format": "bibtx"}, "format"),
        ({"id": ["mission:isaf"], "format": ["ris", "text"]}, "format"),
        ({"id": ["mission:isaf"], "style": "apa"}, "style"),
    ],
)
def test_a_wrong_parameter_is_named(client: httpx.Client, query: dict[str, Any], parameter: str) -> None:
    response = client.get("/v1/cite", params=query)
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert error["loc"] == ["query", parameter]
    assert parameter != "format" or "ris" in query["format"] or error["did_you_mean"] == "bibtex"


def test_an_unknown_id_is_not_found_with_near_ones(client: httpx.Client) -> None:
    response = client.get("/v1/cite", params={"id": ["mission:isaf", "mission:uunok"]})
    assert (response.status_code, response.json()["near"][0]) == (404, "mission:unok")


@pytest.mark.parametrize("name", FORMATS)
def test_any_number_of_records_takes_four_statements(client: httpx.Client, statements: list[str], name: str) -> None:
    ids = [item["id"] for item in client.get("/v1/records", params={"limit": 50}).json()["data"]]
    for some in (ids[:1], ids):
        statements.clear()
        cite(client, *some, format=name)
        assert len(statements) == 4, statements


def test_the_document_shows_each_format_with_an_example(client: httpx.Client) -> None:
    operation = client.get("/openapi.json").json()["paths"]["/v1/cite"]["get"]
    content = operation["responses"]["200"]["content"]
    assert set(content) == set(FORMATS.values())
    assert read_bibtex(content["application/x-bibtex"]["example"])
    assert read_ris(content["application/x-research-info-systems"]["example"])
    assert content["application/vnd.citationstyles.csl+json"]["example"][0]["title"]


def test_a_release_has_its_moment_in_utc_whatever_the_zone_of_the_session(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGTZ", "Asia/Tokyo")

    async def loaded_at() -> datetime:
        reader = open_reader(Settings(database_url=database_url))
        async with reader.snapshot() as snapshot:
            moment = _moment(snapshot)
        await reader.close()
        return moment

    moment = asyncio.run(loaded_at())
    assert moment.utcoffset() == timedelta(0)
    assert timedelta(0) < datetime.now(UTC) - moment < timedelta(hours=2)


def _moment(snapshot: Snapshot) -> datetime:
    return snapshot.release.loaded_at


def test_names_that_are_hard_to_cite(seed_copy: Path) -> None:
    place = {"source": "odd", "locator": "1"}
    source = {"slug": "odd", "name": NASTY + "\nTY  - JOUR", "kind": "report", "publisher": NASTY}
    with serving_pack(
        seed_copy,
        sources=[source | {"published": "2021-08", "url": "http://x/{a}_b%20c?d&e#f", "licence": NASTY}],
        objectives=[{"slug": "odd", "name": NASTY, "cites": [place]}],
    ) as client:
        for item in json.loads(cite(client, "objective:odd", format="csl-json")):
            assert item["title"].startswith(NASTY)
        record, report = read_bibtex(cite(client, "objective:odd", format="bibtex"))
        assert unlatex(record["title"][1:-1]) == NASTY
        assert unlatex(report["title"][1:-1]) == NASTY + " TY - JOUR"
        assert (report["ENTRYTYPE"], unlatex(report["institution"]), report["month"]) == ("techreport", NASTY, "aug")
        assert report["url"] == "http://x/%7Ba%7D_b%20c?d&e#f"
        entries = read_ris(cite(client, "objective:odd", format="ris"))
        assert [entry["TI"] for entry in entries] == [NASTY, NASTY + " TY - JOUR"]
        assert (entries[1]["DA"], entries[1]["UR"]) == ("2021/08//", "http://x/{a}_b%20c?d&e#f")
        assert [line.startswith(NASTY) for line in cite(client, "objective:odd").splitlines()] == [True, True]


def test_every_sort_of_source_has_a_type_in_each_format() -> None:
    assert set(TYPES) == {"record", *get_args(SourceKind)}


@given(title=st.text(min_size=1), note=st.text(), url=st.text(), issued=st.sampled_from([None, "1993", "1993-10", "1993-10-05"]))
def test_no_text_breaks_a_format(title: str, note: str, url: str, issued: str | None) -> None:
    reference = Reference(key="k", type="record", title=title, publisher=None, issued=issued, url=url, note=note)
    plain_title, plain_note, plain_url = (" ".join(value.split()) for value in (title, note, url))
    for entry in read_bibtex(bibtex([reference, reference])):
        assert unlatex(entry["title"][1:-1]) == plain_title
        assert unlatex(entry.get("note", "")) == plain_note
        assert not set('{}\\" <>') & set(entry.get("url", ""))
    for record in read_ris(ris([reference, reference])):
        assert (record.get("TI", ""), record.get("N1", ""), record.get("UR", "")) == (plain_title, plain_note, plain_url)
    for item in json.loads(csl_json([reference, reference])):
        assert (item["title"], item["note"]) == (plain_title, plain_note)
    assert len(text([reference, reference]).splitlines()) == 2


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ids=st.lists(st.one_of(st.sampled_from(["mission:isaf", ":", "mission:"]), st.text(max_size=30)), max_size=5),
    name=st.one_of(st.sampled_from(list(FORMATS)), st.text(max_size=10)),
)
def test_no_query_makes_a_fault(client: httpx.Client, ids: list[str], name: str) -> None:
    query = httpx.QueryParams([("format", name), *(("id", id_) for id_ in ids)])
    assert client.get("/v1/cite", params=query).status_code in (200, 404, 422)
