"""Migrations: from nothing to the newest and back to nothing, on both engines, and what the schema then enforces."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import CheckConstraint, Connection, Engine, MetaData, create_engine, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import NullPool
from typer.testing import CliRunner

from app.cli import cli
from app.database import writable_engine
from app.kinds.mission import Mission
from app.loader.load import load
from app.loader.migrate import migrate
from app.model.base import Base
from app.model.citation import Citation
from app.model.error import DatabaseError
from app.model.link import Link
from app.model.record import Record
from app.model.release import Release
from app.model.resource import table as table_of
from app.model.search import INDEX_NAME
from app.settings import ROOT, Settings
from tests.conftest import CATALOGUE, SEED_DATA, serving


def alembic(engine: Engine, what: str, *arguments: str) -> None:
    config = Config(str(ROOT / "alembic.ini"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        getattr(command, what)(config, *arguments)


def test_upgrade_leaves_nothing_to_generate_and_downgrade_leaves_nothing(engine: Engine) -> None:
    alembic(engine, "upgrade", "head")
    alembic(engine, "check")
    modelled = {name for name in inspect(engine).get_table_names() if not name.startswith(INDEX_NAME)}
    assert modelled == {*Base.metadata.tables, "alembic_version"}
    alembic(engine, "downgrade", "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    alembic(engine, "upgrade", "head")


def test_nor_does_the_command_that_writes_migrations_find_anything(full: Engine) -> None:
    """It knows the tables by what `migrations/env.py` imports, and by no test."""
    url = full.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "alembic", "check"]
    done = subprocess.run(  # noqa: S603 - ours
        command, cwd=ROOT, env=os.environ | {"CASEBOOK_DATABASE_URL": url}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "No new upgrade operations detected" in done.stdout) == (0, True), done.stdout + done.stderr


def test_the_migrated_schema_has_every_named_constraint_of_the_models(engine: Engine) -> None:
    alembic(engine, "upgrade", "head")
    migrated = inspect(engine)
    for table in Base.metadata.tables.values():
        checks = {constraint.name for constraint in table.constraints if isinstance(constraint, CheckConstraint)}
        assert {check["name"] for check in migrated.get_check_constraints(table.name)} == checks, table.name
        assert {index.name for index in table.indexes} <= {index["name"] for index in migrated.get_indexes(table.name)}
        assert len(migrated.get_foreign_keys(table.name)) == len(table.foreign_key_constraints)


def test_whatever_refers_to_a_record_is_found_by_an_index(engine: Engine) -> None:
    """Else PostgreSQL reads a whole table for each record that a load removes."""
    alembic(engine, "upgrade", "head")
    migrated = inspect(engine)
    for name in migrated.get_table_names():
        found_by: set[str | None] = {*migrated.get_pk_constraint(name)["constrained_columns"][:1]}
        found_by |= {index["column_names"][0] for index in migrated.get_indexes(name)}
        found_by |= {unique["column_names"][0] for unique in migrated.get_unique_constraints(name)}
        for reference in migrated.get_foreign_keys(name):
            if reference["referred_table"] == "record":
                (to_record,) = (column for column in reference["constrained_columns"] if not column.endswith("kind"))
                assert to_record in found_by, (name, reference["name"])


def test_every_check_of_the_migrated_schema_reads_as_in_the_models(tmp_path: Path) -> None:
    migrated, declared = writable_engine(f"sqlite:///{tmp_path / 'migrated.sqlite3'}"), create_engine("sqlite://")
    alembic(migrated, "upgrade", "head")
    Base.metadata.create_all(declared)
    for table in Base.metadata.tables:
        checks = [
            {check["name"]: check["sqltext"] for check in inspect(engine).get_check_constraints(table)}
            for engine in (migrated, declared)
        ]
        assert checks[0] == checks[1], table
    migrated.dispose()
    declared.dispose()


def test_a_load_survives_a_migration_that_finds_nothing_to_do(full: Engine) -> None:
    with full.connect() as connection:
        version = connection.scalar(select(RELEASE.c.version))
    migrate(full)
    again = load(full, SEED_DATA, CATALOGUE)
    assert (again.version, again.changed) == (version, False)


def test_a_database_of_a_newer_version_is_refused_with_what_to_do(engine: Engine) -> None:
    alembic(engine, "upgrade", "head")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="a newer version made it"):
        load(engine, SEED_DATA, CATALOGUE)


RELEASE = table_of(Release)
OF_OLD = {"version": "0" * 12, "digest": "0" * 64}


def made_of_old(engine: Engine, url: str) -> None:
    """Make a database by the first migration, holding of what another is loaded with all that it had a place for."""
    alembic(engine, "upgrade", "0001")
    first, source = MetaData(), create_engine(url, poolclass=NullPool)
    first.reflect(engine)
    with source.connect() as read, engine.begin() as write:
        for own in (own for own in first.sorted_tables if own.name in Base.metadata.tables):
            now = Base.metadata.tables[own.name]
            rows = [row._asdict() for row in read.execute(select(*(now.c[column.name] for column in own.c)))]
            if own.name == RELEASE.name:
                rows = [{name: value for name, value in (row | OF_OLD).items() if name != "id"} for row in rows]
            if rows:
                write.execute(insert(own), rows)


def test_what_an_older_version_loaded_is_not_served_by_halves_between_the_migration_and_the_load(
    engine: Engine, loaded: Callable[[str], str]
) -> None:
    made_of_old(engine, loaded(engine.dialect.name))
    migrate(engine)
    url = engine.url.render_as_string(hide_password=False)
    with serving(Settings(database_url=url)) as base, httpx.Client(base_url=base, timeout=30) as client:
        for path in ("/v1/missions/isaf", "/v1/missions", "/v1/missions.csv", "/health/ready"):
            answer = client.get(path)
            assert (answer.status_code, "run the `casebook load` of this one" in answer.text) == (503, True), path
        assert CliRunner().invoke(cli, ["load"], env={"CASEBOOK_DATABASE_URL": url}).exit_code == 0
        for path in ("/v1/missions/isaf", "/v1/missions", "/v1/missions.csv", "/health/ready"):
            assert client.get(path).status_code == 200, path


def test_a_database_of_the_first_version_is_upgraded_while_it_is_served(engine: Engine, loaded: Callable[[str], str]) -> None:
    made_of_old(engine, loaded(engine.dialect.name))
    url = engine.url.render_as_string(hide_password=False)
    with serving(Settings(database_url=url)) as base, httpx.Client(base_url=base, timeout=30) as client:
        before = client.get("/health/ready")
        assert (before.status_code, "run the `casebook load`" in before.json()["detail"]) == (503, True)
        done = CliRunner().invoke(cli, ["load"], env={"CASEBOOK_DATABASE_URL": url})
        assert done.exit_code == 0, done.stderr
        after = client.get("/health/ready")
        version = after.json()["data_version"]
        assert (after.status_code, f"Loaded release {version}" in done.stderr) == (200, True)
        for path in (
            "/v1/missions/isaf",
            "/v1/search?q=training",
            "/v1/activities?mission=unmit",
            "/v1/missions/stats?group_by=region",
        ):
            assert client.get(path).headers["x-data-version"] == version
        since = client.get("/v1/changes", params={"since": OF_OLD["version"]})
        assert (since.status_code, "anew" in since.json()["detail"]) == (404, True)
    with engine.connect() as connection:
        assert connection.scalars(select(RELEASE.c.version).order_by(RELEASE.c.id)).all() == [
            OF_OLD["version"],
            version,
        ]


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    """A connection to a loaded database, whose transaction is undone."""
    engine = writable_engine(database_url)
    with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()
    engine.dispose()


RECORD = {"id": 9999, "kind": "mission", "slug": "x", "name": "X", "sort_name": "x", "verification": "disputed"}
BAD_ROWS = {
    "a record of no kind": [(Record, RECORD | {"kind": "planet"})],
    "a record twice": [(Record, RECORD), (Record, RECORD | {"id": 10_000})],
    "an empty name": [(Record, RECORD | {"name": ""})],
    "an unknown status": [(Record, RECORD | {"verification": "true"})],
    "a mission that is a record of another kind": [
        (Record, RECORD | {"kind": "lesson"}),
        (Mission, {"id": 9999, "mission_type": "support_office"}),
    ],
    "an end before the start": [
        (Record, RECORD),
        (
            Mission,
            {
                "id": 9999,
                "mission_type": "support_office",
                "established": "2001-01-01",
                "established_precision": "year",
                "ended": "2000-01-01",
                "ended_precision": "year",
            },
        ),
    ],
    "a date more precise than it says": [
        (Record, RECORD),
        (Mission, {"id": 9999, "mission_type": "support_office", "established": "2001-02-01", "established_precision": "year"}),
    ],
    "a link of no legal combination": [
        (Record, RECORD),
        (
            Link,
            {
                "subject_id": 9999,
                "subject_kind": "mission",
                "predicate": "admired",
                "object_id": 1,
                "object_kind": "actor",
                "verification": "disputed",
            },
        ),
    ],
    "a link whose end is of another kind": [
        (Record, RECORD),
        (
            Link,
            {
                "subject_id": 9999,
                "subject_kind": "mission",
                "predicate": "faced",
                "object_id": 1,
                "object_kind": "challenge",
                "verification": "disputed",
            },
        ),
    ],
    "a citation of nothing": [(Citation, {"source_id": 1, "locator": "x", "stance": "supports"})],
    "a citation of two things": [
        (Citation, {"record_id": 1, "link_id": 1, "source_id": 1, "locator": "x", "stance": "supports"})
    ],
    "a citation at no place": [(Citation, {"record_id": 1, "source_id": 1, "stance": "supports"})],
    "a citation of a passage of another source": [
        (Citation, {"record_id": 1, "source_id": 1, "passage_id": 1, "stance": "supports"})
    ],
}


@pytest.mark.parametrize("rows", BAD_ROWS.values(), ids=BAD_ROWS)
def test_the_database_itself_refuses(connection: Connection, rows: list[tuple[type[Base], dict[str, object]]]) -> None:
    *good, bad = [insert(model).values({key: _dated(key, value) for key, value in row.items()}) for model, row in rows]
    for statement in good:
        connection.execute(statement)
    with pytest.raises(IntegrityError):
        connection.execute(bad)


def _dated(key: str, value: object) -> object:
    return date.fromisoformat(str(value)) if key in ("established", "ended") else value


def test_an_end_of_reduced_precision_may_hold_the_start(connection: Connection) -> None:
    connection.execute(insert(Record).values(RECORD))
    mission = {"id": 9999, "mission_type": "support_office", "established": date(2001, 5, 3), "established_precision": "day"}
    connection.execute(insert(Mission).values(mission | {"ended": date(2001, 1, 1), "ended_precision": "year"}))
