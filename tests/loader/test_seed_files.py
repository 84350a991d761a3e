"""seed_data: every mistake is reported with its place, and a release is loaded as a whole or not at all."""

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, text

from app.database import writable_engine
from app.loader.load import checked_rows, load
from app.model.error import DatabaseError, SeedError
from app.settings import Settings
from tests.conftest import CATALOGUE, SEED_DATA, serving, settings_of

ARTICLE = "ssr-article"
MISSIONS, RESOLUTIONS, ACTIVITIES = (f"un-reference/{name}.csv" for name in ("missions", "resolutions", "activities"))


def mistakes(folder: Path) -> list[tuple[str, str, str, str]]:
    with pytest.raises(SeedError) as caught:
        checked_rows(folder, CATALOGUE)
    return [(mistake.file, mistake.record, mistake.field, mistake.msg) for mistake in caught.value.mistakes]


def change(folder: Path, name: str, old: str, new: str) -> None:
    file = folder / name
    content = file.read_text(encoding="utf-8")
    assert old in content
    file.write_text(content.replace(old, new, 1), encoding="utf-8")


def test_the_shipped_files_have_no_mistake() -> None:
    assert checked_rows(SEED_DATA, CATALOGUE).by_table


@pytest.mark.parametrize(
    "mistake",
    [
        ("ssr-article/challenges.yaml", "category: political", "category: politcal", None, "category", "political"),
        ("ssr-article/challenges.yaml", "  category:", "  categroy:", None, "categroy", "did you mean category?"),
        ("ssr-article/lessons.yaml", "  recommendation:", "  summary:", None, "", "is given twice"),
        ("ssr-article/lessons.yaml", "- slug: adapt-to-local-context", "- slug: Adapt", "Adapt", "slug", "lower-case letters"),
        ("ssr-article/missions.yaml", 'established: "1993"', 'established: "1993-13"', "unok", "established", "not a date"),
        ("ssr-article/missions.yaml", "countries: [KEN]", "countries: [KEX]", "unok", "countries", "did you mean"),
        (
            "ssr-article/missions.yaml",
            "to: challenge:ethnic-tensions",
            "to: challenge:ethnic-tension",
            "unok",
            "links.faced",
            "did you mean challenge:ethnic-tensions?",
        ),
        (
            "ssr-article/missions.yaml",
            "to: challenge:ethnic-tensions",
            "to: objective:stabilization",
            "unok",
            "links.faced",
            "allowed: pursued",
        ),
        (
            "ssr-article/missions.yaml",
            "to: challenge:ethnic-tensions",
            "to: challenge:political-violence",
            "unok",
            "links.faced",
            "is given 2 times",
        ),
        ("ssr-article/missions.yaml", "source: un-list", "source: un-lists", "unok", "cites.", "did you mean un-list?"),
        ("ssr-article/missions.yaml", "about: established", "about: begun", "unok", "cites.", "no field 'begun'"),
        ("ssr-article/missions.yaml", "stance: disputes", "stance: doubts", "unok", "cites.", "'supports' or 'disputes'"),
        (
            "ssr-article/missions.yaml",
            "case-study-united-nations-operation-in-kenya:1.2",
            "case-study-united-nations-operation-in-kenya:1.9",
            "unok",
            "cites.",
            "no passage",
        ),
        (
            "ssr-article/missions.yaml",
            "adds_to: mission:isaf",
            "adds_to: mission:isf",
            "mission:isf",
            "adds_to",
            "did you mean mission:isaf?",
        ),
        ("ssr-article/case-studies.yaml", "    examines:", "    examine:", None, "links.examine", "allowed: examines"),
        ("ssr-article/missions.yaml", "acronym: UNOK", 'acronym: ""', "unok", "acronym", "must not be empty"),
        ("ssr-article/missions.yaml", "aliases: [UNOK]", "aliases: [UNTSO]", None, "aliases", "is already used by"),
        (
            MISSIONS,
            "2001-12-20,2014-12,",
            "2001-12-20,1999-12,",
            "line 73",
            "established, ended",
            "established must not be after ended",
        ),
        (MISSIONS, "2001-12-20,2014-12,", "2001-12-20,2014-13,", "line 73", "ended", "not a date"),
        (MISSIONS, "closed,AFG,", "closed,AFX,", "line 73", "countries", "'AFX' is not in countries: did you mean"),
        (MISSIONS, "ssr;police;rule_of_law_justice,S", "srs;police;rule_of_law_justice,S", "line 73", "mandate_tasks", "'ssr'"),
        (MISSIONS, "S/RES/1386 (2001)", "S/RES/1368 (2001)", "line 73", "established_by", "mean resolution:s-res-1386-2001?"),
        (MISSIONS, "S/RES/1279 (1999),,", "S/RES/1279 (1999),UNIK,", "line 54", "succeeded", "the id mission:unik"),
        (
            MISSIONS,
            "un-list;psdata;geo-pko",
            "un-list;ps-data;geo-pko",
            "line 2",
            "sources",
            "no citation template for 'ps-data': did you mean psdata?",
        ),
        (MISSIONS, "onuc,ONUC,", "onuc,,", "line 6", "acronym", "the citation template for un-list needs it"),
        (
            MISSIONS,
            "status,countries",
            "status,contries",
            "line 2",
            "contries",
            "is not a field of this file: did you mean countries?",
        ),
        (MISSIONS, "name,mission_type", "name,name", "line 1", "", "given twice"),
        (RESOLUTIONS, "S/RES/50 (1948)", "S/RES/50 1948", "line 5", "symbol", "such as S/RES/1386 (2001)"),
        (RESOLUTIONS, "S/RES/50 (1948),1948-05-29", "S/RES/50 (1948),1948-05-32", "line 5", "adopted", "not a date"),
        (RESOLUTIONS, ",untso,", ",unsto,", "line 5", "concerns", "did you mean mission:untso?"),
        (
            ACTIVITIES,
            "minugua,1997,control_salw,assist,",
            "minuga,1997,control_salw,assist,",
            "line 2",
            "mission",
            "mean minugua?",
        ),
        (ACTIVITIES, "minugua,1997,control_salw,assist,", "minugua,1897,control_salw,assist,", "line 2", "year", "1945"),
        (
            ACTIVITIES,
            "minugua,1997,control_salw,assist,",
            "minugua,1997,control_sawl,assist,",
            "line 2",
            "activity",
            "'control_salw'",
        ),
        (
            ACTIVITIES,
            "minugua,1997,control_salw,assist,0",
            "minugua,1997,control_salw,assist,2",
            "line 2",
            "with_intern",
            "must be true or false",
        ),
        (ACTIVITIES, "control_salw,implement,", "control_salw,assist,", "line 3", "mission, year, activity", "must be unique"),
        ("un-reference/mappings.yaml", "missions:", "missoins:", "missoins", "", "did you mean missions?"),
        ("un-reference/mappings.yaml", "separators:", "seperators:", "missions", "seperators", "did you mean separators?"),
        (
            "un-reference/countries.csv",
            "TUV,TV,798,Tuvalu,Oceania,Polynesia,,",
            "TUV,TV,798,Tuvalu,Oceania,Polynesia,-10.46,181.09",
            "line 232",
            "latitude, longitude",
            "point on earth",
        ),
        ("un-reference/countries.csv", "AFG,AF,004", "AFG,AF", "line 2", "", "has 8 cells, but the header has 9"),
        ("un-reference/countries.csv", "ALA,AX", "AFG,AX", "line 3", "iso3", "must be unique"),
        ("un-reference/sources.yaml", "kind: report", "kind: rumour", "sigar-21-46-ll", "kind", "'report'"),
        ("ssr-article/passages.csv", "introduction:1.1,sentence", "preface:1.1,sentence", "line 2", "locator", "no section"),
        ("ssr-article/pack.yaml", "article: ssr-article", "article: Other", "", "article", "lower-case letters"),
        (
            "ssr-article/pack.yaml",
            "article: ssr-article",
            "article: un-lists",
            "",
            "article",
            "must name the source of passages.csv",
        ),
        ("ssr-article/missions.yaml", "stance: disputes", "stanse: disputes", "unok", "cites.", "is not a field here"),
        ("ssr-article/missions.yaml", "aliases: [UNOK]", "former_slugs: [untso]", None, "former_slugs", "is already used by"),
        ("ssr-article/missions.yaml", "aliases: [UNOK]", "aliases: {UNOK: x}", "unok", "aliases", "must be a list"),
    ],
)
def test_a_mistake_is_reported_with_file_record_and_field(
    seed_copy: Path, mistake: tuple[str, str, str, str | None, str, str]
) -> None:
    name, old, new, record, field, message = mistake
    change(seed_copy, name, old, new)
    ((at_file, at_record, at_field, msg),) = mistakes(seed_copy)  # and no other that follows from it
    assert (at_file, at_record) == (name, record or at_record)
    assert (field in at_field, message in msg) == (True, True), (at_field, msg)


def test_a_field_that_two_packs_set_is_a_mistake(seed_copy: Path) -> None:
    change(seed_copy, "ssr-article/missions.yaml", "- adds_to: mission:isaf\n", "- adds_to: mission:isaf\n  acronym: IASF\n")
    ((file, record, field, message),) = mistakes(seed_copy)
    assert (file, record, field) == ("ssr-article/missions.yaml", "mission:isaf", "acronym")
    assert "un-reference/missions.csv" in message


def test_all_mistakes_are_reported_not_only_the_first(seed_copy: Path) -> None:
    change(seed_copy, "ssr-article/lessons.yaml", "theme: ", "theme: x")
    change(seed_copy, "ssr-article/missions.yaml", 'established: "1993"', 'established: "93"')
    change(seed_copy, "un-reference/sources.yaml", "kind: report", "kind: rumour")
    assert {file for file, *_ in mistakes(seed_copy)} >= {
        "ssr-article/lessons.yaml",
        "ssr-article/missions.yaml",
        "un-reference/sources.yaml",
    }


def test_an_unknown_file_name_is_a_mistake(seed_copy: Path) -> None:
    (seed_copy / "un-reference" / "missoins.yaml").write_text("[]", encoding="utf-8")
    msg = "is not a file that a pack can have: did you mean missions.yaml?"
    assert mistakes(seed_copy) == [("un-reference/missoins.yaml", "", "", msg)]


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\x00",
        b"- slug: [",
        b"just text",
        b"- 1\n- 2\n",
        b"? [a]\n: b\n",
        b"&a [*a]",
        b"",
        b"- !!python/object:os.system {}",
    ],
)
def test_a_file_that_is_not_a_list_of_mappings_is_a_mistake(seed_copy: Path, content: bytes) -> None:
    (seed_copy / ARTICLE / "events.yaml").write_bytes(content)
    assert any(file == "ssr-article/events.yaml" for file, *_ in mistakes(seed_copy))


def test_a_folder_without_packs_is_a_mistake(tmp_path: Path) -> None:
    assert "contains no pack" in mistakes(tmp_path)[0][3]
    assert "is not a folder" in mistakes(tmp_path / "nowhere")[0][3]


ON_SQLITE = pytest.mark.parametrize("full", ["sqlite"], indirect=True)


def test_loading_again_changes_nothing_and_a_change_makes_a_release(tmp_path: Path, seed_copy: Path) -> None:
    engine = writable_engine(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    first = load(engine, seed_copy, CATALOGUE)
    again = load(engine, seed_copy, CATALOGUE)
    assert (first.changed, again.changed, again.version, again.counts) == (True, False, first.version, first.counts)
    change(seed_copy, "ssr-article/missions.yaml", "name: United Nations Operation in Kenya", "name: The operation in Kenya")
    assert load(engine, seed_copy, CATALOGUE).version != first.version
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM release")).scalar() == 2
    engine.dispose()


def test_equal_data_have_an_equal_version_in_every_database(tmp_path: Path, seed_copy: Path) -> None:
    engines = [writable_engine(f"sqlite:///{tmp_path / name}.sqlite3") for name in "ab"]
    versions = {load(engine, folder, CATALOGUE).version for engine, folder in zip(engines, (SEED_DATA, seed_copy), strict=True)}
    assert len(versions) == 1
    for engine in engines:
        engine.dispose()


@ON_SQLITE
def test_a_mistake_leaves_the_database_as_it_was(full: Engine, seed_copy: Path) -> None:
    file = Path(str(full.url.database))
    before = _dump(file)
    change(seed_copy, "ssr-article/lessons.yaml", "theme: ", "theme: x")
    with pytest.raises(SeedError):
        load(full, seed_copy, CATALOGUE)
    assert _dump(file) == before


@ON_SQLITE
def test_a_reader_sees_the_new_release_without_a_restart(full: Engine, seed_copy: Path) -> None:
    with serving(settings_of(full)) as base, httpx.Client(base_url=base, timeout=30) as client:
        first = client.get("/v1/missions/unok").headers["x-data-version"]
        change(seed_copy, "ssr-article/missions.yaml", "name: United Nations Operation in Kenya", "name: The operation in Kenya")
        second = load(full, seed_copy, CATALOGUE)
        response = client.get("/v1/missions/unok")
        assert (response.json()["name"], response.headers["x-data-version"]) == ("The operation in Kenya", second.version)
        assert second.version != first


SLOW_LOAD = """
import sys, time
from pathlib import Path
from app.model.catalogue import Catalogue
from app.database import writable_engine
from app.kinds import RESOURCES
from app.loader.load import load

def progress(what, done, total):
    if what == sys.argv[3]:
        print("now", flush=True)
        time.sleep(60)

load(writable_engine(sys.argv[1]), Path(sys.argv[2]), Catalogue(RESOURCES), progress)
"""


@ON_SQLITE
@pytest.mark.parametrize("table", ["kind", "record", "citation"])
def test_a_load_that_is_killed_leaves_the_old_release_serving(full: Engine, seed_copy: Path, table: str) -> None:
    settings = settings_of(full)
    change(seed_copy, "ssr-article/missions.yaml", "name: United Nations Operation in Kenya", "name: The operation in Kenya")
    with serving(settings) as base, httpx.Client(base_url=base, timeout=30) as client:
        first = client.get("/v1/missions/unok").headers["x-data-version"]
        killed = subprocess.Popen(  # noqa: S603 - our own interpreter and script
            [sys.executable, "-c", SLOW_LOAD, settings.database_url, str(seed_copy), table], stdout=subprocess.PIPE, text=True
        )
        assert killed.stdout is not None
        assert killed.stdout.readline() == "now\n"
        during = client.get("/v1/missions/unok")
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        killed.stdout.close()
        after = client.get("/v1/missions/unok")
        for response in (during, after):
            assert (response.status_code, response.headers["x-data-version"]) == (200, first)
            assert response.json()["name"] == "United Nations Operation in Kenya"
        second = load(full, seed_copy, CATALOGUE)
        assert client.get("/v1/missions/unok").headers["x-data-version"] == second.version


@pytest.mark.parametrize("content", [b"not a database" * 100, None])
def test_a_file_that_is_not_a_database_is_refused_with_advice(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "x.sqlite3"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    with pytest.raises(DatabaseError, match="CASEBOOK_DATABASE_URL"):
        load(writable_engine(f"sqlite:///{file}"), SEED_DATA, CATALOGUE)
    with serving(Settings(database_url=f"sqlite:///{file}")) as base:
        response = httpx.get(f"{base}/health/ready")
        assert response.status_code == 503
        assert int(response.headers["retry-after"]) > 0


def test_before_the_first_load_responses_give_advice(tmp_path: Path) -> None:
    with serving(Settings(database_url=f"sqlite:///{tmp_path / 'x.sqlite3'}")) as base:
        for path in ("/v1/missions", "/health/ready", "/"):
            response = httpx.get(base + path)
            assert response.status_code == 503
            assert "casebook load" in response.json()["detail"]
        assert httpx.get(f"{base}/health/live").status_code == 200


def _dump(file: Path) -> list[str]:
    connection = sqlite3.connect(file)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()
