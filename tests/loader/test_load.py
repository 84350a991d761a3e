"""Loads beside other loads and other users: one at a time, as a whole or not at all, and never by a user that may only read."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, create_engine, func, make_url, select, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool
from typer.testing import CliRunner, Result

from app.cli import cli
from app.database import LoadingSnapshot, Reader, open_reader, run_sync, writable_engine
from app.loader.files import read_packs
from app.loader.load import load
from app.model.citation import Citation
from app.model.error import DatabaseError, NotReady, SeedError
from app.model.release import Release
from app.query.lists.detail import batch, rendered_batch
from app.settings import ROOT, Settings
from tests.conftest import CATALOGUE, POSTGRESQL_PROGRAMS, call_it, serving

LOAD = [sys.executable, "-c", "from app.cli import cli; cli()", "load"]
PASSWORDS = {f"CASEBOOK_{role}_PASSWORD": "not needed here" for role in ("LOADER", "READER", "STANDBY")}


def shown(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def releases(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(Release)) or 0


def casebook(*arguments: str, **settings: str | Path) -> Result:
    environment = {f"CASEBOOK_{name.upper()}": str(value) for name, value in settings.items()}
    return CliRunner().invoke(cli, arguments, env=environment)


# One at a time


def test_of_loads_that_start_together_all_succeed_and_one_loads(engine: Engine, small_seed: Path) -> None:
    environment = os.environ | {"CASEBOOK_DATABASE_URL": shown(engine), "CASEBOOK_SEED_DATA": str(small_seed)}
    loads = [subprocess.Popen(LOAD, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(3)]  # noqa: S603 - ours
    stderrs = [load.communicate(timeout=60)[1] for load in loads]
    assert [load.returncode for load in loads] == [0, 0, 0], stderrs
    assert sorted(line.split(" ")[0] for line in stderrs) == ["Loaded", "Nothing", "Nothing"]
    assert releases(engine) == 1


def test_a_load_that_waits_too_long_for_another_says_so_and_changes_nothing(
    engine: Engine, small_seed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(engine, small_seed, CATALOGUE)
    call_it(small_seed, "Quiet")
    monkeypatch.setattr("app.database.writer.WAIT", 0.1)
    with engine.begin():
        second = casebook("load", database_url=shown(engine), seed_data=small_seed)
    assert (second.exit_code, "another load" in second.stderr) == (1, True), second.stderr
    assert releases(engine) == 1
    assert casebook("load", database_url=shown(engine), seed_data=small_seed).exit_code == 0
    assert releases(engine) == 2


# The release that is requested


def test_a_release_that_the_files_do_not_make_is_not_loaded(engine: Engine, small_seed: Path) -> None:
    first = load(engine, small_seed, CATALOGUE)
    call_it(small_seed, "Quiet")
    second = load(engine, small_seed, CATALOGUE)
    back = ("load", "--release", first.version)
    refused = casebook(*back, database_url=shown(engine), seed_data=small_seed)
    assert refused.exit_code == 1
    assert f"make release {second.version}, not {first.version}" in refused.stderr
    assert releases(engine) == 2
    call_it(small_seed, "Peace")
    done = casebook(*back, database_url=shown(engine), seed_data=small_seed)
    assert (done.exit_code, f"Loaded release {first.version}" in done.stderr) == (0, True)


def test_files_that_change_while_they_are_read_are_not_loaded(
    engine: Engine, small_seed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the digest of a release would not be that of the files that it was made from."""
    load(engine, small_seed, CATALOGUE)
    call_it(small_seed, "Quiet")

    def read(folder: Path, *more: Any) -> Any:
        packs = read_packs(folder, *more)
        call_it(folder, "War")
        return packs

    with monkeypatch.context() as patch:
        patch.setattr("app.loader.load.read_packs", read)
        with pytest.raises(SeedError) as refused:
            load(engine, small_seed, CATALOGUE)
    assert "changed while it was being read" in refused.value.mistakes[0].msg
    assert releases(engine) == 1
    assert load(engine, small_seed, CATALOGUE).changed


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("queue", "many", "CASEBOOK_QUEUE: must be an integer"),
        ("rate_limit", "often", "CASEBOOK_RATE_LIMIT: must be a number of requests per second"),
        ("database_url", "casebook.sqlite3", "CASEBOOK_DATABASE_URL: must be like sqlite:///data"),
        ("database_url", "postgres://reader:secret@host/casebook", "or postgresql+psycopg://user@host/database"),
        ("load_url", "mysql://loader:secret@host/casebook", "CASEBOOK_LOAD_URL: must be like"),
    ],
)
def test_an_invalid_setting_is_named_with_what_it_should_be(variable: str, value: str, message: str) -> None:
    refused = casebook("load", **{variable: value})
    assert refused.exit_code == 2
    assert message in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "secret" not in refused.stderr


def test_a_mistyped_setting_is_named_with_the_one_that_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.cli._builds_database", lambda _settings: False)
    monkeypatch.setattr("app.server.run.serve", lambda *_: None)
    served = casebook("serve", queu="3", loader_password="unknown to a server, and none of its mistakes")  # noqa: S106 - no password
    assert "CASEBOOK_QUEU is no setting and is ignored: did you mean CASEBOOK_QUEUE?" in served.stderr
    assert served.stderr.count("is no setting") == 1


# Who may write


@pytest.fixture(scope="module")
def roles(postgresql: str) -> Iterator[dict[str, URL]]:
    """The URLs of the users that `deploy/roles.sql` creates."""
    server = make_url(postgresql)
    command = [
        str(POSTGRESQL_PROGRAMS / "psql"),
        "-v",
        "ON_ERROR_STOP=1",
        "-h",
        str(server.query["host"]),
        "-U",
        "postgres",
        "-f",
        "deploy/roles.sql",
    ]
    subprocess.run(command, cwd=ROOT, env=os.environ | PASSWORDS, check=True, capture_output=True)  # noqa: S603 - ours
    yield {role: server.set(username=f"casebook_{role}", database="casebook") for role in ("loader", "reader")}
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE casebook WITH (FORCE)"))
        for role in ("loader", "reader", "standby"):
            connection.execute(text(f"DROP ROLE casebook_{role}"))
    admin.dispose()


def test_one_user_loads_and_another_that_may_only_read_serves(roles: dict[str, URL]) -> None:
    loader, reader = (roles[role].render_as_string(hide_password=False) for role in ("loader", "reader"))
    before = casebook("load", database_url=reader)
    assert (before.exit_code, "CASEBOOK_LOAD_URL" in before.stderr) == (1, True), before.stderr
    done = casebook("load", database_url=reader, load_url=loader)
    assert (done.exit_code, "Loaded release" in done.stderr) == (0, True), done.stderr
    with serving(Settings(database_url=reader)) as base, httpx.Client(base_url=base, timeout=30) as client:
        for path in ("/health/ready", "/v1/missions/unok", "/v1/search?q=training", "/v1/missions.csv", "/v1/export"):
            assert client.get(path).status_code == 200, path
    with create_engine(roles["reader"], poolclass=NullPool).connect() as connection:
        connection.execute(text("SET TRANSACTION READ WRITE"))  # as if somebody had found a way to send this
        for write in ("DELETE FROM citation", "CREATE TABLE x ()", "CREATE TEMPORARY TABLE x ()", "DROP TABLE citation"):
            with pytest.raises(Exception, match=r"permission denied|must be owner"), connection.begin_nested():
                connection.execute(text(write))


WRITES = ["DELETE FROM citation", "UPDATE record SET name = 'x'", "CREATE TABLE x (y INTEGER)", "DROP TABLE citation"]


@pytest.mark.parametrize("write", WRITES)
def test_reads_cannot_write_even_as_a_user_that_may(database_url: str, write: str) -> None:
    assert_cannot_be_written(database_url, write)


def assert_cannot_be_written(database_url: str, write: str) -> None:
    async def attempt(reader: Reader, *, long: bool) -> None:
        async with reader.snapshot(long=long) as snapshot:
            await snapshot.rows(text(write))

    async def attempts() -> None:
        reader = open_reader(Settings(database_url=database_url))
        try:
            for long in (False, True):
                with pytest.raises(NotReady):
                    await attempt(reader, long=long)
        finally:
            await reader.close()

    asyncio.run(attempts())
    with create_engine(database_url, poolclass=NullPool).connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Citation))


@pytest.mark.parametrize("write", WRITES)
def test_reads_cannot_write_behind_a_pooler_that_drops_connection_options(
    loaded: Callable[[str], str], write: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.database.postgresql.reader._connect_args", lambda *_: {})
    assert_cannot_be_written(loaded("postgresql"), write)


def test_the_url_may_set_options_but_not_that_reads_can_write(postgresql: str, small_seed: Path) -> None:
    options = "-c search_path=blue -c default_transaction_read_only=off"
    blue = make_url(postgresql).update_query_dict({"options": options}).render_as_string(hide_password=False)
    admin = create_engine(postgresql, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.execute(text("CREATE SCHEMA blue"))
        assert casebook("load", database_url=blue, seed_data=small_seed).exit_code == 0

        async def attempt() -> None:
            reader = open_reader(Settings(database_url=blue))
            try:
                async with reader.snapshot() as snapshot:
                    assert [row.name for row in await snapshot.rows(text("SELECT name FROM record"))] == ["Peace"]
                    await snapshot.rows(text("DELETE FROM citation"))
            finally:
                await reader.close()

        with pytest.raises(NotReady):
            asyncio.run(attempt())
        connection.execute(text("DROP SCHEMA blue CASCADE"))


def test_a_server_whose_database_is_loaded_by_others_does_not_load_it(
    tmp_path: Path, small_seed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.server.run.serve", lambda *_: None)
    url = f"sqlite:///{tmp_path / 'x.sqlite3'}"
    for load_url, loads in ((url, False), ("", True)):
        assert casebook("serve", database_url=url, load_url=load_url, seed_data=small_seed).exit_code == 0
        assert (tmp_path / "x.sqlite3").exists() is loads


def test_a_file_that_may_not_be_written_is_refused_with_advice(tmp_path: Path, small_seed: Path) -> None:
    file = tmp_path / "x.sqlite3"
    engine = writable_engine(f"sqlite:///{file}")
    load(engine, small_seed, CATALOGUE)
    engine.dispose()
    call_it(small_seed, "Quiet")
    read_only = create_engine(f"sqlite:///file:{file}?mode=ro&uri=true", poolclass=NullPool)
    with pytest.raises(DatabaseError, match="may not write"):
        load(read_only, small_seed, CATALOGUE)


def test_the_stored_json_of_records_equals_what_the_rows_give(full: Engine) -> None:
    with full.connect() as connection:
        snapshot = LoadingSnapshot(connection)
        for resource in CATALOGUE.kinds.values():
            computed, stored = (run_sync(read(snapshot, resource, None, 1_000)) for read in (batch, rendered_batch))
            assert [list(item.items()) for item in stored.values()] == [list(item.items()) for item in computed.values()]
            assert list(stored) == list(computed) != []


def test_a_server_imports_nothing_that_only_other_commands_need() -> None:
    others = ("alembic", "yaml", "xlsxwriter", "prometheus_client", "rich.progress", "app.loader.load", "app.loader.parse")
    script = "import sys, app.cli, app.main; app.main.create_app()\n"
    script += f"print([name for name in {others} if name in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)  # noqa: S603 - ours
    assert printed.stdout.splitlines() == ["[]"]
