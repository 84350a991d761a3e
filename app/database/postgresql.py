"""Reading from PostgreSQL: a held pool of connections that cannot write, each snapshot one repeatable-read transaction.

The URL may name several hosts, such as a primary and its standbys: what is lost with one is connected to another.
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

from app.catalog.error import NotReady, TooSlow
from app.database.prepared import Prepared, Row
from app.database.reader import CURRENT_RELEASE, LONG_ANSWERS, TOO_MANY, TOO_SLOW, Release, Snapshot, current
from app.database.revision import revision_of
from app.database.shared import Shared
from app.database.silence import hanging_up
from app.database.text import as_text
from app.database.watch import Watch
from app.telemetry.work import statement_time

RECONNECTED = 300
"""Seconds after which a connection is made anew, so that one goes back to a host that is there again."""

Found = TypeVar("Found")


class PostgreSQLReader:
    """A reader of one PostgreSQL database. Long answers have connections beside the pool's, so they cannot use it up."""

    def __init__(self, url: URL, seconds: float, pool_size: int) -> None:
        self.loaded_at: dict[str, datetime] = {}
        self.at_once, self.waits = pool_size, True
        self._long_answers = asyncio.Semaphore(LONG_ANSWERS)
        self._seconds, self._pool_size = seconds, pool_size
        how = _how(url, int(seconds * 1000))
        self._engine = create_async_engine(
            url,
            isolation_level="REPEATABLE READ",
            pool_size=pool_size,
            max_overflow=LONG_ANSWERS,
            pool_timeout=seconds,
            pool_recycle=RECONNECTED,
            connect_args=how,
            json_deserializer=orjson.loads,
            hide_parameters=True,  # they are what people search for, and a traceback would show them
        )
        event.listen(self._engine.sync_engine, "connect", _only_reads)
        alone = create_async_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool, connect_args=how)
        self._watch = Watch(alone, seconds)
        self._release = Shared(self._watch.release)

    @asynccontextmanager
    async def snapshot(self, *, long: bool = False) -> AsyncIterator[Snapshot]:
        if not long:
            async with self._one() as snapshot:
                yield snapshot
            return
        if self._long_answers.locked():
            raise NotReady(TOO_MANY)
        async with self._long_answers, self._one() as snapshot:
            yield snapshot

    async def current_version(self) -> str:
        version, loaded_at = await self._release()
        self.loaded_at[version] = loaded_at
        return version

    def version_now(self) -> str | None:
        return None

    async def revision(self) -> str | None:
        session, revision = await self._live(_Session.revision)
        await session.close()
        return revision

    async def close(self) -> None:
        await self._watch.close()
        await self._engine.dispose()

    @asynccontextmanager
    async def _one(self) -> AsyncIterator["_Session"]:
        session, _ = await self._live(_Session.begin)
        try:
            self.loaded_at[session.data_version] = session.release.loaded_at
            yield session
        finally:
            await session.close()

    async def _live(self, look: Callable[["_Session"], Awaitable[Found]]) -> tuple["_Session", Found]:
        """A session, and the first that it found. The pool's connections may have died while nobody used them."""
        for chances in range(self._pool_size, -1, -1):
            session = await self._session()
            try:
                return session, await look(session)
            except BaseException as error:
                await session.close()
                if not (isinstance(error, NotReady) and session.is_dead and chances):
                    raise
        raise AssertionError("the last chance returns or raises")

    async def _session(self) -> "_Session":
        with _explained():
            connection = await self._engine.connect()
            return _Session(connection, await connection.get_raw_connection(), self._seconds)


class _Session:
    """One connection in one transaction, asked through SQLAlchemy or, for what is prepared, through the driver alone."""

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
        """Whether the connection is lost."""
        return bool(self._driver.closed)

    async def begin(self) -> None:
        """Look at the current release, by which the transaction begins. NotReady where there is none."""
        version, loaded_at, counts = current(await self.fetch(CURRENT_RELEASE))
        self.release = Release(version, loaded_at.astimezone(UTC), orjson.loads(counts))

    async def fetch(self, prepared: Prepared, **values: Any) -> Sequence[Row]:
        compiled = prepared.on("postgresql")
        with _explained(), statement_time(), hanging_up(self._driver, self._seconds):
            await self._cursor.execute(compiled.text, compiled.arguments(values))
            found: Sequence[Row] = await self._cursor.fetchall()
            return found

    async def revision(self) -> str | None:
        """The schema's revision; None where there is no schema."""
        with _explained(), hanging_up(self._driver, self._seconds):
            return await self._connection.run_sync(revision_of)

    async def close(self) -> None:
        """Give the connection back to the pool, unless it is lost. It may be lost only now: whatever was asked has its answer."""
        if self.is_dead:
            await self._connection.invalidate()
        with suppress(DBAPIError):  # the pool lets go of it
            await self._connection.close()

    async def rows(self, statement: Executable) -> Sequence[NamedRow[Any]]:
        with _explained(), statement_time(), hanging_up(self._driver, self._seconds):
            return (await self._connection.execute(statement)).all()


def _only_reads(connection: Any, _record: Any) -> None:
    """Each transaction says that it only reads: a pooler in front may keep the options of connections to itself."""
    connection.set_read_only(True)


def _how(url: URL, milliseconds: int) -> dict[str, Any]:
    """What a connection is made with: it cannot write, and a host that falls silent is given up. The URL may say otherwise.

    `options` of the URL hold too, save that the connection cannot write whatever they say.
    """
    options = f"-c statement_timeout={milliseconds} {url.query.get('options', '')} -c default_transaction_read_only=on"
    patience = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "tcp_user_timeout": milliseconds}
    return {"options": options} | {name: value for name, value in patience.items() if name not in url.query}


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeoutError, psycopg.Error) as error:
        if "statement timeout" in str(error):
            raise TooSlow(TOO_SLOW) from error
        raise NotReady("the database does not answer") from error
