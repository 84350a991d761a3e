"""The two ways to a database: a `Reader` that cannot write, for answering, and a writable engine, for migrating and loading.

Answers are read from a `Snapshot`: every statement of a request sees the same release. Knows no table but `release`.
"""

import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from os import W_OK, access
from pathlib import Path
from typing import Any, Protocol

import orjson
from sqlalchemy import Connection, Engine, Executable, Row, create_engine, event, make_url, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import StaticPool

from app.catalog.error import NotReady, TooSlow
from app.catalog.release import Release
from app.settings import Settings

CURRENT_RELEASE = select(Release.version, Release.loaded_at).order_by(Release.id.desc()).limit(1)
PROGRESS_STEPS = 20_000
NEVER = datetime.min.replace(tzinfo=UTC)
NO_RELEASE = "the database holds no release yet: run `casebook load`"


class Snapshot(Protocol):
    """One consistent view of one release."""

    data_version: str
    loaded_at: datetime
    """When the release was loaded, in UTC."""

    async def rows(self, statement: Executable) -> Sequence[Row[Any]]:
        """All rows of a statement. NotReady where the database does not answer, TooSlow where not in time."""


class Reader(Protocol):
    """Where answers are read from."""

    def snapshot(self) -> AbstractAsyncContextManager[Snapshot]:
        """A view of the current release. NotReady where there is none."""

    async def close(self) -> None:
        """Let go of all connections."""


def open_reader(settings: Settings) -> Reader:
    """The reader for the engine that the settings name; connects when first asked."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        return SQLiteReader(url, settings.query_seconds)
    return PostgreSQLReader(url, settings.query_seconds, settings.pool_size)


def writable_engine(url: str) -> Engine:
    """An engine that migrates and loads. On SQLite it makes the file's folder, and transactions hold DDL as well."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed)

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        _plain_transactions(connection)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")

    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


class SQLiteReader:
    """Statements run on the event loop, on one held connection: no statement of a snapshot waits, so none interleaves."""

    def __init__(self, url: URL, seconds: float) -> None:
        self._url, self._seconds = url, seconds
        self._engine: Engine | None = None
        self._connection: Connection | None = None
        self._deadline = 0.0
        self.data_version, self.loaded_at = "", NEVER

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        self._deadline = time.monotonic() + self._seconds
        with self._answering():
            connection = self._connect()
            transaction = connection.begin()
            release = connection.execute(CURRENT_RELEASE).first()
        try:
            if release is None:
                raise NotReady(NO_RELEASE)
            self.data_version, self.loaded_at = release.version, _utc(release.loaded_at)
            yield self
        finally:
            if transaction.is_active:
                transaction.rollback()

    async def rows(self, statement: Executable) -> Sequence[Row[Any]]:
        with self._answering():
            return self._connect().execute(statement).all()

    async def close(self) -> None:
        if self._engine:
            if self._connection:
                self._connection.close()
            self._engine.dispose()
        self._engine = self._connection = None

    def _connect(self) -> Connection:
        if self._connection is None:
            self._engine = create_engine(_read_only(self._url), poolclass=StaticPool, json_deserializer=orjson.loads)
            event.listen(self._engine, "connect", self._prepare)
            event.listen(self._engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
            self._connection = self._engine.connect()
        return self._connection

    def _prepare(self, connection: Any, _record: Any) -> None:
        _plain_transactions(connection)
        connection.create_function("lower", 1, _lower, deterministic=True)
        connection.execute("PRAGMA query_only = ON")
        connection.set_progress_handler(lambda: time.monotonic() > self._deadline, PROGRESS_STEPS)

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """A failure drops the connection, so that the next request finds the database as it then is."""
        try:
            yield
        except DBAPIError as error:
            connection, self._connection = self._connection, None
            if connection:
                connection.invalidate()
            if "interrupted" in str(error.orig):
                raise TooSlow("the question took longer than this server allows") from error
            raise NotReady("the database cannot be read: run `casebook load`") from error


class PostgreSQLReader:
    """Statements run on a held pool of read-only connections, each snapshot in one repeatable-read transaction."""

    def __init__(self, url: URL, seconds: float, pool_size: int) -> None:
        options = f"-c default_transaction_read_only=on -c statement_timeout={int(seconds * 1000)}"
        self._engine = create_async_engine(
            url,
            isolation_level="REPEATABLE READ",
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=seconds,
            connect_args={"options": options, "connect_timeout": 5},
            json_deserializer=orjson.loads,
        )

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        with _asking():
            connection = await self._engine.connect()
        try:
            snapshot = _PostgreSQLSnapshot(connection)
            release = await snapshot.rows(CURRENT_RELEASE)
            if not release:
                raise NotReady(NO_RELEASE)
            snapshot.data_version, snapshot.loaded_at = release[0].version, _utc(release[0].loaded_at)
            yield snapshot
        finally:
            await connection.close()

    async def close(self) -> None:
        await self._engine.dispose()


class _PostgreSQLSnapshot:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.data_version, self.loaded_at = "", NEVER

    async def rows(self, statement: Executable) -> Sequence[Row[Any]]:
        with _asking():
            return (await self._connection.execute(statement)).all()


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, TimeoutError) as error:
        if "statement timeout" in str(error):
            raise TooSlow("the question took longer than this server allows") from error
        raise NotReady("the database does not answer") from error


def _read_only(url: URL) -> URL:
    """The same file opened so that it cannot be written; where nobody here could, as one that does not change."""
    path = Path(url.database or "").resolve()
    how = {"mode": "ro"} if access(path.parent, W_OK) else {"immutable": "1"}
    return url.set(database=path.as_uri(), query={"uri": "true", **how})


def _plain_transactions(connection: Any) -> None:
    """Leave BEGIN to SQLAlchemy's events: the driver's own would not hold DDL, nor begin for a SELECT."""
    connection.isolation_level = None


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


def _utc(moment: datetime) -> datetime:
    """SQLite gives a moment back without its zone, PostgreSQL in the session's."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
