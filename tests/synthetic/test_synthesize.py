"""Synthesized databases: the same rows for the same size and seed, every constraint kept, everything answered."""

import hashlib
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, create_engine, func, select
from typer.testing import CliRunner

from app.cli import cli
from app.database import writable_engine
from app.loader.current_release import MIN_RECORDS, loaded_release
from app.loader.load import load
from app.model.base import Base
from app.model.catalogue import Catalogue
from app.model.citation import Citation
from app.model.error import DatabaseError
from app.model.link import Link
from app.model.record import FieldStatus, Record
from app.model.release import Release
from app.model.resource import Resource, table
from app.model.search import INDEX, Document
from app.settings import Settings
from app.synthetic.record_generator import kind_sizes
from app.synthetic.seeded_random import SeededRandom
from app.synthetic.synthesize import synthesize
from app.synthetic.texts import COMMON_WORD
from tests.conftest import CATALOGUE, SEED_DATA, NewDatabase, serving

RECORDS = 400
RESOURCES = pytest.mark.parametrize("resource", CATALOGUE.resources, ids=lambda resource: resource.name)
RECORD, LINK, CITATION, STATUS = table(Record), table(Link), table(Citation), table(FieldStatus)


def digest(engine: Engine) -> str:
    """SHA-256 over all rows, save when they were loaded."""
    made = hashlib.sha256()
    with engine.connect() as connection:
        for own in Base.metadata.sorted_tables:
            columns = [column for column in own.c if column is not table(Release).c.loaded_at]
            rows = connection.execute(select(*columns)).all()
            made.update(f"{own.name} {sorted(map(repr, map(tuple, rows)))}".encode())
    return made.hexdigest()


def get(client: httpx.Client, path: str, **params: Any) -> Any:
    response = client.get(path, params=params or None)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, new_database: NewDatabase) -> str:
    """A synthesized database on each engine in turn."""
    made = new_database(request.param, "synthesized")
    engine = writable_engine(made)
    synthesize(engine, CATALOGUE, RECORDS)
    engine.dispose()
    return made


@pytest.fixture(scope="module")
def made(url: str) -> Iterator[Engine]:
    engine = create_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[httpx.Client]:
    with serving(Settings(database_url=url)) as base, httpx.Client(base_url=base, timeout=30) as client:
        yield client


def test_equal_size_and_seed_make_equal_rows_on_either_engine(made: Engine, tmp_path: Path) -> None:
    engines = [writable_engine(f"sqlite:///{tmp_path / name}.sqlite3") for name in ("same", "other")]
    same, other = (synthesize(engine, CATALOGUE, RECORDS, seed) for engine, seed in zip(engines, (1, 2), strict=True))
    assert digest(made) == digest(engines[0]) != digest(engines[1])
    assert same.version != other.version
    assert synthesize(engines[0], CATALOGUE, RECORDS) == type(same)(same.version, False, same.counts)
    for engine in engines:
        engine.dispose()


def test_processes_of_their_own_make_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.synthetic.worker_pool.MAX_RANGES_WITHOUT_POOL", 0)
    engines = [writable_engine(f"sqlite:///{tmp_path / name}.sqlite3") for name in ("alone", "together")]
    for engine, catalogue in zip(
        engines, (CATALOGUE, Catalogue(CATALOGUE.resources, found_at="tests.conftest:CATALOGUE")), strict=True
    ):
        synthesize(engine, catalogue, RECORDS)
    assert digest(engines[0]) == digest(engines[1])
    for engine in engines:
        engine.dispose()


def test_equal_seeds_give_the_draws_of_earlier_versions() -> None:
    random = SeededRandom("a", 1)
    assert [random.below(100) for _ in range(6)] == [24, 0, 56, 79, 18, 46]
    assert [random.zipf_index(1000) for _ in range(6)] == [521, 0, 1, 34, 94, 0]


def test_every_constraint_is_kept(made: Engine) -> None:
    with made.connect() as connection:
        if made.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
            assert connection.exec_driver_sql("PRAGMA integrity_check").all() == [("ok",)]
        else:  # it refuses what breaks one
            assert connection.execute(select(func.count()).select_from(LINK)).scalar_one() > RECORDS


def test_ids_ascend_with_kind_and_slug(made: Engine) -> None:
    with made.connect() as connection:
        rows = connection.execute(select(RECORD.c.id, RECORD.c.kind, RECORD.c.slug).order_by(RECORD.c.id)).all()
    assert [row.id for row in rows] == list(range(1, RECORDS + 1))
    assert [row[1:] for row in rows] == sorted(row[1:] for row in rows)


def test_the_shape_is_that_of_much_real_data(made: Engine) -> None:
    with made.connect() as connection:
        kinds = Counter(connection.scalars(select(RECORD.c.kind)))
        objects = Counter(connection.scalars(select(LINK.c.object_id)))
        statuses = Counter(connection.scalars(select(RECORD.c.verification)))
        of_records, of_links = (
            Counter(connection.scalars(select(column).where(column.is_not(None))))
            for column in (CITATION.c.record_id, CITATION.c.link_id)
        )
        fields = connection.execute(select(func.count()).select_from(STATUS)).scalar_one()
    assert dict(kinds) == kind_sizes(CATALOGUE, RECORDS)
    assert kinds["mission"] > RECORDS / 2
    assert 3 < objects.total() / RECORDS < 5
    assert max(objects.values()) > 8 * objects.total() / RECORDS
    assert set(statuses) == {"disputed", "corroborated", "single_source"}
    assert len(of_records) == RECORDS
    assert set(of_links.values()) == {1}
    assert fields > 0


def test_what_search_reads_is_what_the_records_say(made: Engine) -> None:
    with made.connect() as connection:
        names = dict(connection.execute(select(RECORD.c.id, RECORD.c.name)).all())
        document = table(Document)
        named = select(document.c.record_id, document.c.text).where(document.c.field == "name")
        assert dict(connection.execute(named).all()) == names
        assert connection.execute(select(func.count()).select_from(INDEX)).scalar_one() == RECORDS


@RESOURCES
def test_every_list_detail_statistic_and_export_answers(client: httpx.Client, resource: Resource) -> None:
    page = get(client, f"/v1/{resource.name}", limit=20)
    assert page["data"]
    assert client.get(f"/v1/{resource.name}.jsonl").text.count("\n") == page["page"]["total"]
    if resource.is_kind or not resource.is_record:
        detail = get(client, f"/v1/{resource.name}/{page['data'][0][resource.key.key]}")
        assert detail | page["data"][0] == detail
    if "id" in resource.fields:
        stats = get(client, f"/v1/{resource.name}/stats", group_by="verification")
        assert sum(row["count"] for row in stats["data"]) == stats["total"] == page["page"]["total"]


def test_search_completions_and_the_other_questions_answer(client: httpx.Client) -> None:
    assert get(client, "/v1/search", q=COMMON_WORD)["page"]["total"] == RECORDS
    mission = get(client, "/v1/missions", acronym__isnull="false", limit=1)["data"][0]
    assert get(client, "/v1/search", q=mission["acronym"])["data"][0]["id"] == mission["id"]
    assert mission["id"] in [hit["id"] for hit in get(client, "/v1/suggest", q=mission["name"], limit=50)["data"]]
    study = get(client, "/v1/case-studies", limit=1)["data"][0]
    assert client.get(f"/v1/case-studies/{study['slug']}.md").text.startswith("# ")
    assert get(client, "/v1/graph", root=mission["id"])["nodes"]
    assert get(client, "/v1/timeline")["data"]
    assert get(client, "/v1/path", **{"from": mission["id"], "to": study["mission"]})
    assert get(client, "/v1/sources/synthetic-article/passages", cited="true")["data"]


def test_what_differs_since_a_synthesized_release_is_not_known(client: httpx.Client) -> None:
    version = client.get("/v1/missions").headers["x-data-version"]
    assert get(client, "/v1/changes", since=version)["page"]["total"] == 0
    assert client.get("/v1/changes", params={"since": "0123456789ab"}).status_code == 404


def test_a_loaded_database_is_refused_and_a_synthesized_one_replaced(full: Engine) -> None:
    before = digest(full)
    with full.connect() as connection:
        version = connection.scalar(select(table(Release).c.version))
    with pytest.raises(DatabaseError, match=str(version)):
        synthesize(full, CATALOGUE, MIN_RECORDS)
    assert digest(full) == before
    assert loaded_release(full, SEED_DATA, CATALOGUE) is not None
    assert loaded_release(full, SEED_DATA / "other", CATALOGUE) is None


def test_another_size_replaces_the_first_and_a_load_replaces_both(engine: Engine) -> None:
    for records in (MIN_RECORDS, MIN_RECORDS + 7):
        synthesize(engine, CATALOGUE, records)
        assert loaded_release(engine, SEED_DATA, CATALOGUE) is not None
        with engine.connect() as connection:
            assert connection.execute(select(func.count()).select_from(RECORD)).scalar_one() == records
    loaded = load(engine, SEED_DATA, CATALOGUE)
    assert (loaded.changed, loaded.differences) == (True, None)


def test_one_that_breaks_off_leaves_nothing_behind(engine: Engine) -> None:
    def stop(task: str, _done: int, _total: int) -> None:
        if task == "links":
            raise RuntimeError(task)

    first = synthesize(engine, CATALOGUE, MIN_RECORDS)
    before = digest(engine)
    with pytest.raises(RuntimeError):
        synthesize(engine, CATALOGUE, MIN_RECORDS + 1, progress=stop)
    assert digest(engine) == before
    assert synthesize(engine, CATALOGUE, MIN_RECORDS).version == first.version


def test_sizes_leave_no_kind_out_and_add_up() -> None:
    for records, kind in itertools.product((MIN_RECORDS, 1_000, 1_000_000), CATALOGUE.kinds):
        made = kind_sizes(CATALOGUE, records)
        assert sum(made.values()) == records
        assert made[kind] > 1


def test_the_command_fills_a_database_and_says_so(tmp_path: Path) -> None:
    environment = {"CASEBOOK_DATABASE_URL": f"sqlite:///{tmp_path / 'x.sqlite3'}"}
    for done in ("Loaded release", "Nothing to do"):
        result = CliRunner().invoke(cli, ["synthesize", "--records", str(MIN_RECORDS)], env=environment)
        assert result.exit_code == 0
        assert done in result.output
        assert f"{MIN_RECORDS} synthesized" in result.output
    assert CliRunner().invoke(cli, ["synthesize", "--records", "1"], env=environment).exit_code != 0
