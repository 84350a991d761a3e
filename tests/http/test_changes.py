"""What differs since a release: just that, by the answers that clients get, whatever releases lie between."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from app.cli import cli
from app.database import writable_engine
from app.loader.current_release import LoadResult
from app.loader.load import load
from app.query.lists.parameters import includes
from app.settings import Settings
from tests.conftest import CATALOGUE, SEED_DATA, NewDatabase, filled, serving

Served = dict[str, dict[str, Any]]
EVENTS, MISSIONS, SOURCES = "ssr-article/events.yaml", "un-reference/missions.csv", "un-reference/sources.yaml"
SUMMARY = (EVENTS, "UNTSO was sent to oversee", "UNTSO was set up to oversee")


@dataclass
class World:
    """A copy of seed_data, a database to load it into, and a client of a server over that."""

    seed: Path
    engine: Engine
    client: httpx.Client

    def load(self, *edits: tuple[str, str, str], keep: int = 100) -> LoadResult:
        for name, old, new in edits:
            file = self.seed / name
            content = file.read_text(encoding="utf-8")
            assert old in content, (name, old)
            file.write_text(content.replace(old, new, 1), encoding="utf-8")
        return load(self.engine, self.seed, CATALOGUE, keep=keep)

    def changes(self, since: str, **params: Any) -> Any:
        response = self.client.get("/v1/changes", params={"since": since, **params})
        assert response.status_code == 200, response.text
        assert response.headers["x-data-version"] == response.json()["data_version"]
        return response.json()

    def refused(self, since: str) -> Any:
        response = self.client.get("/v1/changes", params={"since": since})
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"
        return response.json()

    def served(self) -> Served:
        """Everything that has a detail, as a client that fetches everything has it."""
        found: Served = {}
        for resource in CATALOGUE.resources:
            url: str | None = f"/v1/{resource.name}"
            params: dict[str, Any] = {"limit": 200, **({"include": list(includes(resource))} if includes(resource) else {})}
            while url and (resource.is_kind or not resource.is_record):
                page = self.client.get(url, params=params if "?" not in url else None).json()
                found |= {f"{resource.kind}:{item[resource.key.key]}": item for item in page["data"]}
                url = page["page"]["next"]
        return found


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of seed_data with few of the activities: each test loads them again and again."""
    seed = Path(shutil.copytree(SEED_DATA, tmp_path_factory.mktemp("few") / "seed_data"))
    activities = seed / "un-reference" / "activities.csv"
    activities.write_text("".join(activities.read_text(encoding="utf-8").splitlines(keepends=True)[:100]), encoding="utf-8")
    return seed


@pytest.fixture(scope="session")
def few_loaded(few: Path, new_database: NewDatabase) -> Callable[[str], str]:
    """The URL of a database on an engine that they are loaded into when it is first asked for, to be copied."""
    return cache(lambda engine: filled(new_database(engine, "few"), few))


@pytest.fixture(params=["sqlite", "postgresql"])
def world(
    request: pytest.FixtureRequest, few: Path, few_loaded: Callable[[str], str], new_database: NewDatabase, tmp_path: Path
) -> Iterator[World]:
    url = new_database(request.param, "world", few_loaded(request.param))
    seed, engine = Path(shutil.copytree(few, tmp_path / "seed_data")), writable_engine(url)
    with serving(Settings(database_url=url)) as base, httpx.Client(base_url=base, timeout=30) as client:
        yield World(seed, engine, client)
    engine.dispose()


def version(world: World) -> str:
    return str(world.client.get("/health/ready").json()["data_version"])


def difference(before: Served, now: Served) -> dict[str, Any]:
    """What differs, found out by looking at everything."""
    fields = {
        id_: sorted(name for name in before[id_].keys() | now[id_].keys() if before[id_].get(name) != now[id_].get(name))
        for id_ in sorted(before.keys() & now.keys())
    }
    return {
        "added": sorted(now.keys() - before.keys()),
        "changed": [{"id": id_, "fields": names} for id_, names in fields.items() if names],
        "removed": sorted(before.keys() - now.keys()),
    }


def lists(answer: Any) -> dict[str, Any]:
    return {name: answer[name] for name in ("added", "changed", "removed")}


def nothing(answer: Any) -> bool:
    return lists(answer) == {"added": [], "changed": [], "removed": []} and answer["page"]["total"] == 0


def test_an_edited_summary_is_named_and_nothing_else(world: World) -> None:
    first = version(world)
    loaded = world.load(SUMMARY)
    assert world.changes(first) == {
        "since": first,
        "data_version": loaded.version,
        "added": [],
        "changed": [{"id": "event:deployment-of-untso", "fields": ["summary"]}],
        "removed": [],
        "page": {"limit": 1000, "next": None, "total": 1, "total_is_exact": True},
    }
    assert loaded.differences == {"added": 0, "changed": 1, "removed": 0}


NEW_EVENT = """
- slug: an-event-of-the-test
  name: An event
  cites: [introduction:1.1]
  links: {concerned: [{to: "mission:untso", cites: [introduction:1.1]}]}

- slug: founding-of-the-united-nations
"""
EDITS = {
    "a summary": [SUMMARY],
    "a name, which links to it show": [(MISSIONS, "United Nations Truce Supervision Organization", "The truce")],
    "a date": [(EVENTS, 'date: "1945"', 'date: "1945-10-24"')],
    "an alias": [(EVENTS, "aliases: [End of World War II]", "aliases: [End of the war]")],
    "a note on a citation": [(EVENTS, "note: Lists UNTSO as the earliest", "note: Has UNTSO as the earliest")],
    "a citation of a field": [(EVENTS, "      about: date\n", "      about: summary\n")],
    "a citation of a link": [
        (
            EVENTS,
            "        cites:\n          - historical-context-of-peacekeeping-missions:2.1\n          - ",
            "        cites:\n          - ",
        )
    ],
    "a record and a link": [(EVENTS, "- slug: founding-of-the-united-nations\n", NEW_EVENT.lstrip())],
    "a renamed slug": [(EVENTS, "- slug: end-of-world-war-ii", "- slug: end-of-the-war")],
    "a part of a case study": [("ssr-article/case-studies.yaml", "text: >-\n", "text: >-\n        In short:\n")],
    "the licence of a source": [(SOURCES, "licence: ", "licence: not ")],
    "the region of a country": [
        ("un-reference/countries.csv", "Afghanistan,Asia,Southern Asia", "Afghanistan,Asia,Central Asia")
    ],
    "words that are no data": [(EVENTS, "# Events, dated", "# Events that are dated")],
}


def test_since_any_release_it_names_what_a_client_finds_by_fetching_everything(world: World) -> None:
    current = version(world)
    states = {current: world.served()}
    for name, edits in EDITS.items():
        loaded = world.load(*edits)
        states[loaded.version] = world.served()
        assert loaded.differences == {what: len(ids) for what, ids in lists(world.changes(current)).items()}, name
        assert (name == "words that are no data") == nothing(world.changes(current)), name
        for since, before in states.items():
            assert lists(world.changes(since)) == difference(before, states[loaded.version]), (name, since)
        current = loaded.version


def test_what_is_undone_does_not_differ_and_the_newest_release_of_a_version_counts(world: World) -> None:
    file, old, new = SUMMARY
    a = version(world)
    b = world.load((file, old, new)).version
    assert world.load((file, new, old)).version == a
    assert nothing(world.changes(a))
    assert [change["id"] for change in world.changes(b)["changed"]] == ["event:deployment-of-untso"]
    assert world.load((file, old, new)).version == b
    assert nothing(world.changes(b))
    c = world.load(*EDITS["a date"]).version
    assert [change["fields"] for change in world.changes(b)["changed"]] == [["date"]]
    assert sorted(field for change in world.changes(a)["changed"] for field in change["fields"]) == ["date", "summary"]
    assert nothing(world.changes(c))


def test_a_version_that_was_forgotten_and_came_again_is_known(world: World) -> None:
    file, old, new = SUMMARY
    first = version(world)
    world.load((file, old, new))
    assert world.load((file, new, old)).version == first
    world.load(*EDITS["a date"], keep=2)
    assert [change["fields"] for change in world.changes(first)["changed"]] == [["date"]]


def test_what_came_and_went_in_between_is_not_named(world: World) -> None:
    (file, old, new), first = EDITS["a record and a link"][0], version(world)
    second = world.load((file, old, new)).version
    world.load((file, new, old), SUMMARY)
    assert lists(world.changes(first)) == {
        "added": [],
        "changed": [{"id": "event:deployment-of-untso", "fields": ["summary"]}],
        "removed": [],
    }
    assert world.changes(second)["removed"] == ["event:an-event-of-the-test"]


def test_pages_share_out_the_differences(world: World) -> None:
    first = version(world)
    world.load(*(edit for edits in EDITS.values() for edit in edits))
    whole = world.changes(first)
    total = sum(len(ids) for ids in lists(whole).values())
    assert total == whole["page"]["total"] > 5
    for limit in (1, 3):
        found: dict[str, list[Any]] = {"added": [], "changed": [], "removed": []}
        response = world.client.get("/v1/changes", params={"since": first, "limit": limit})
        while True:
            page = response.json()
            assert sum(len(page[name]) for name in found) <= limit
            found = {name: ids + page[name] for name, ids in found.items()}
            if page["page"]["next"] is None:
                break
            assert response.headers["link"] == f'<{page["page"]["next"]}>; rel="next"'
            response = world.client.get(page["page"]["next"])
        assert found == lists(whole)


def test_a_cursor_is_refused_after_another_release(world: World) -> None:
    first = version(world)
    second = world.load(*EDITS["a renamed slug"]).version
    next_page = world.changes(first, limit=1)["page"]["next"]
    assert world.client.get(next_page).status_code == 200
    cursor = httpx.URL(next_page).params["cursor"]
    assert world.client.get("/v1/changes", params={"since": second, "cursor": cursor}).status_code == 422
    world.load(SUMMARY)
    assert world.client.get(next_page).json()["errors"][0]["loc"] == ["query", "cursor"]


def test_a_version_that_is_unknown_or_too_old_is_answered_with_what_to_do(world: World) -> None:
    versions = [version(world)]
    edits = iter([SUMMARY, *EDITS["a date"], *EDITS["an alias"]])
    versions += [world.load(edit, keep=3).version for edit in edits]
    for since in versions[1:]:
        assert world.changes(since)["page"]["total"] == len(versions) - 1 - versions.index(since)
    for since, why in ((versions[0], "too old"), ("nonsense", "no release has")):
        body = world.refused(since)
        assert why in body["detail"]
        assert "fetch everything anew" in body["detail"]
        assert body["near"] == versions[:0:-1]


def test_no_more_is_kept_than_differs(world: World) -> None:
    def kept() -> tuple[int, int]:
        with world.engine.connect() as connection:
            return tuple(connection.execute(text("SELECT count(*), count(ended) FROM revision")).one())

    whole = len(world.served())
    assert kept() == (whole, 0)
    world.load(SUMMARY)
    assert kept() == (whole + 1, 1)
    world.load(*EDITS["a date"], keep=2)
    assert kept() == (whole + 1, 1)
    world.load(*EDITS["an alias"], keep=1)
    assert kept() == (whole, 0)


def test_a_release_from_before_anything_was_kept_is_too_old(world: World) -> None:
    first = version(world)
    with world.engine.begin() as connection:
        connection.execute(text("DELETE FROM revision"))
        connection.execute(text("UPDATE release SET kept = false"))
    assert nothing(world.changes(first))
    assert "known since: none" in world.refused("nonsense")["detail"]
    loaded = world.load(SUMMARY)
    assert loaded.differences is None
    assert nothing(world.changes(loaded.version))
    assert world.refused(first)["near"] == [loaded.version]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("", "since"),
        ("since=", "since"),
        ("since=%00", "since"),
        ("since=a&since=b", "since"),
        ("since=" + "x" * 300, "since"),
        ("since=a&limit=0", "limit"),
        ("since=a&limit=1001", "limit"),
        ("since=a&cursor=x", "cursor"),
        ("since=a&sinc=b", "sinc"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_parameter(client: httpx.Client, query: str, parameter: str) -> None:
    response = client.get(f"/v1/changes?{query}")
    assert response.status_code == 422
    assert [error["loc"] for error in response.json()["errors"]] == [["query", parameter]]


def test_the_current_version_takes_one_statement_and_another_four(world: World, statements: list[str]) -> None:
    first = version(world)
    second = world.load(*EDITS["a renamed slug"]).version
    for since, limit, count in ((second, 1000, 1), (first, 1, 4), (first, 1000, 4)):
        statements.clear()
        world.changes(since, limit=limit)
        assert len(statements) == count, statements


def test_answers_are_as_the_openapi_document_says(world: World) -> None:
    first = version(world)
    world.load(*EDITS["a renamed slug"], SUMMARY)
    document = world.client.get("/openapi.json").json()
    operation = document["paths"]["/v1/changes"]["get"]
    content = operation["responses"]["200"]["content"]["application/json"]
    validator = jsonschema.Draft202012Validator(content["schema"] | {"components": document["components"]})
    for answer in (world.changes(first), world.changes(version(world)), world.changes(first, limit=1), content["example"]):
        validator.validate(answer)
    assert [parameter["name"] for parameter in operation["parameters"] if parameter["required"]] == ["since"]


def test_the_command_says_how_many_differ(tmp_path: Path, seed_copy: Path) -> None:
    environment = {"CASEBOOK_DATABASE_URL": f"sqlite:///{tmp_path / 'x.sqlite3'}", "CASEBOOK_SEED_DATA": str(seed_copy)}

    def said() -> str:
        return " ".join(CliRunner().invoke(cli, ["load"], env=environment).output.split())

    assert " added, 0 changed, 0 removed" in said()
    assert "changed" not in said()
    file = seed_copy / EVENTS
    file.write_text(file.read_text(encoding="utf-8").replace(*SUMMARY[1:]), encoding="utf-8")
    assert "0 added, 1 changed, 0 removed" in said()


def test_a_load_may_be_called_where_an_event_loop_runs(world: World) -> None:
    async def loading() -> LoadResult:
        return world.load(SUMMARY)

    assert asyncio.run(loading()).differences == {"added": 0, "changed": 1, "removed": 0}
