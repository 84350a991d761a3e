"""Reading from PostgreSQL: a pool of connections that cannot write, each snapshot one repeatable-read transaction.

The URL may name several hosts, such as a primary and its standbys: after one is lost, connections go to another.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

import orjson
import psycopg
from sqlalchemy import Executable, event
from sqlalchemy import Row as NamedRow
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from app.database.postgresql.coalesce import CoalescedCall
from app.database.postgresql.release_watch import ReleaseWatch
from app.database.postgresql.socket_timeout import close_after
from app.database.postgresql.text import as_text
from app.database.schema_version import revision_of
from app.database.snapshot import CURRENT_RELEASE, MAX_EXPORTS, TOO_MANY_EXPORTS, TOO_SLOW, Release, Snapshot, current_release
from app.database.statements import CompiledStatement, Row
from app.model.error import NotReady, TooSlow
from app.telemetry.request_info import statement_time

RECYCLE_SECONDS = 300
"""Age at which a pooled connection is replaced, so that connections return to a host that is back."""

Result = TypeVar("Result")


class PostgreSQLReader:
    """A reader of one PostgreSQL database. Exports have connections beyond the pool's size, so they cannot exhaust it."""

    def __init__(self, url: URL, seconds: float, pool_size: int) -> None:
        self.loaded_at: dict[str, datetime] = {}
        self.concurrency = pool_size
        self._exports = asyncio.Semaphore(MAX_EXPORTS)
        self._seconds, self._pool_size = seconds, pool_size
        connect_args = _connect_args(url, int(seconds * 1000))
        self._engine = create_async_engine(
            url,
            isolation_level="REPEATABLE READ",
            pool_size=pool_size,
            max_overflow=MAX_EXPORTS,
            pool_timeout=seconds,
            pool_recycle=RECYCLE_SECONDS,
            connect_args=connect_args,
            json_deserializer=orjson.loads,
            hide_parameters=True,  # they hold what people search for, and would show in tracebacks
        )
        event.listen(self._engine.sync_engine, "connect", _set_read_only)
        unpooled = create_async_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool, connect_args=connect_args)
        self._watch = ReleaseWatch(unpooled, seconds)
        self._release = CoalescedCall(self._watch.release)

    @asynccontextmanager
    async def snapshot(self, *, long: bool = False) -> AsyncIterator[Snapshot]:
        if not long:
            async with self._opened() as snapshot:
                yield snapshot
            return
        if self._exports.locked():
            raise NotReady(TOO_MANY_EXPORTS)
        async with self._exports, self._opened() as snapshot:
            yield snapshot

    async def current_version(self) -> str:
        version, loaded_at = await self._release()
        self.loaded_at[version] = loaded_at
        return version

    async def revision(self) -> str | None:
        session, revision = await self._on_live_connection(PostgreSQLSession.revision)
        await session.close()
        return revision

    async def close(self) -> None:
        await self._watch.close()
        await self._engine.dispose()

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator["PostgreSQLSession"]:
        session, _ = await self._on_live_connection(PostgreSQLSession.begin)
        try:
            self.loaded_at[session.data_version] = session.release.loaded_at
            yield session
        finally:
            await session.close()

    async def _on_live_connection(
        self, read: Callable[["PostgreSQLSession"], Awaitable[Result]]
    ) -> tuple["PostgreSQLSession", Result]:
        """Return a session and what `read` read first on it.

        Any connection of the pool may have died while it was idle, so dead ones are skipped, up to the size of the pool.
        """
        for attempts_left in range(self._pool_size, -1, -1):
            session = await self._session()
            try:
                return session, await read(session)
            except BaseException as error:
                await session.close()
                if not (isinstance(error, NotReady) and session.is_dead and attempts_left):
                    raise
        raise AssertionError("the last attempt returns or raises")

    async def _session(self) -> "PostgreSQLSession":
        with _translated_errors():
            connection = await self._engine.connect()
            return PostgreSQLSession(connection, await connection.get_raw_connection(), self._seconds)


class PostgreSQLSession:
    """One connection in one transaction. Compiled statements go to the driver, others through SQLAlchemy."""

    def __init__(self, connection: AsyncConnection, pooled: Any, seconds: float) -> None:
        self.release = Release("")
        self._connection, self._seconds = connection, seconds
        self._driver = pooled.driver_connection
        self._cursor = as_text(self._driver.cursor())

    @property
    def data_version(self) -> str:
        return self.release.version

    @property
    def is_dead(self) -> bool:
        """True if the connection is lost."""
        return bool(self._driver.closed)

    async def begin(self) -> None:
        """Begin the transaction by reading the current release. Raise NotReady if there is none."""
        version, loaded_at, counts = current_release(await self.fetch(CURRENT_RELEASE))
        self.release = Release(version, loaded_at.astimezone(UTC), orjson.loads(counts))

    async def fetch(self, statement: CompiledStatement, **values: Any) -> Sequence[Row]:
        compiled = statement.on("postgresql")
        with _translated_errors(), statement_time(), close_after(self._driver, self._seconds):
            await self._cursor.execute(compiled.text, compiled.arguments(values))
            rows: Sequence[Row] = await self._cursor.fetchall()
            return rows

    async def revision(self) -> str | None:
        """Return the revision of the schema, None if there is no schema."""
        with _translated_errors(), close_after(self._driver, self._seconds):
            return await self._connection.run_sync(revision_of)

    async def close(self) -> None:
        """Return the connection to the pool, unless it is lost.

        It may be lost only now, when the request has its rows: that is no reason to fail it.
        """
        if self.is_dead:
            await self._connection.invalidate()
        with suppress(DBAPIError):  # the pool discards the connection
            await self._connection.close()

    async def rows(self, statement: Executable) -> Sequence[NamedRow[Any]]:
        with _translated_errors(), statement_time(), close_after(self._driver, self._seconds):
            return (await self._connection.execute(statement)).all()


def _set_read_only(connection: Any, _record: Any) -> None:
    """Make each transaction declare that it only reads: a pooler in front may drop the connection's `options`."""
    connection.set_read_only(True)


def _connect_args(url: URL, milliseconds: int) -> dict[str, Any]:
    """Return arguments for psycopg: the connection cannot write, and gives up on a silent host.

    The URL may override them and add `options`, but a connection never writes, whatever these say.
    """
    options = f"-c statement_timeout={milliseconds} {url.query.get('options', '')} -c default_transaction_read_only=on"
    timeouts = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "tcp_user_timeout": milliseconds}
    return {"options": options} | {name: value for name, value in timeouts.items() if name not in url.query}


@contextmanager
def _translated_errors() -> Iterator[None]:
    """Raise errors of the driver and of the pool as NotReady, or as TooSlow past the time limit."""
    try:
        yield
    except (DBAPIError, PoolTimeoutError, psycopg.Error) as error:
        if "statement timeout" in str(error):
            raise TooSlow(TOO_SLOW) from error
        raise NotReady("the database does not answer") from error
