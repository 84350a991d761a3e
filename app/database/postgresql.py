"""Reading from PostgreSQL: a held pool of connections that cannot write, each snapshot one repeatable-read transaction."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
import psycopg
from sqlalchemy import Executable
from sqlalchemy import Row as NamedRow
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from app.catalog.error import NotReady, TooSlow
from app.database.prepared import Prepared, Row
from app.database.reader import CURRENT_RELEASE, LONG_ANSWERS, NO_RELEASE, TOO_MANY, TOO_SLOW, Release, Snapshot
from app.database.revision import revision_of
from app.database.shared import Shared
from app.database.text import as_text
from app.database.watch import Watch
from app.telemetry.work import statement_time


class PostgreSQLReader:
    """A reader of one PostgreSQL database. Long answers have connections beside the pool's, so they cannot use it up."""

    def __init__(self, url: URL, seconds: float, pool_size: int) -> None:
        self.loaded_at: dict[str, datetime] = {}
        self.at_once = pool_size
        self._long_answers = asyncio.Semaphore(LONG_ANSWERS)
        options = f"-c default_transaction_read_only=on -c statement_timeout={int(seconds * 1000)}"
        how = {"options": options, "connect_timeout": 5}
        self._engine = create_async_engine(
            url,
            isolation_level="REPEATABLE READ",
            pool_size=pool_size,
            max_overflow=LONG_ANSWERS,
            pool_timeout=seconds,
            connect_args=how,
            json_deserializer=orjson.loads,
            hide_parameters=True,  # they are what people search for, and a traceback would show them
        )
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
        with _explained():
            async with self._engine.connect() as connection:
                return await connection.run_sync(revision_of)

    async def close(self) -> None:
        await self._watch.close()
        await self._engine.dispose()

    @asynccontextmanager
    async def _one(self) -> AsyncIterator["_Session"]:
        with _explained():
            connection = await self._engine.connect()
        try:
            with _explained():
                session = _Session(connection, await connection.get_raw_connection())
            await session.begin()
            self.loaded_at[session.data_version] = session.release.loaded_at
            yield session
        finally:
            await connection.close()


class _Session:
    """One connection in one transaction, asked through SQLAlchemy or, for what is prepared, through the driver alone."""

    def __init__(self, connection: AsyncConnection, pooled: Any) -> None:
        self.release = Release("")
        self._connection = connection
        self._cursor = as_text(pooled.driver_connection.cursor())

    @property
    def data_version(self) -> str:
        return self.release.version

    async def begin(self) -> None:
        """Look at the current release, by which the transaction begins. NotReady where there is none."""
        found = await self.fetch(CURRENT_RELEASE)
        if not found:
            raise NotReady(NO_RELEASE)
        version, loaded_at, counts = found[0]
        self.release = Release(version, loaded_at.astimezone(UTC), orjson.loads(counts))

    async def fetch(self, prepared: Prepared, **values: Any) -> Sequence[Row]:
        compiled = prepared.on("postgresql")
        with _explained(), statement_time():
            await self._cursor.execute(compiled.text, compiled.arguments(values))
            found: Sequence[Row] = await self._cursor.fetchall()
            return found

    async def rows(self, statement: Executable) -> Sequence[NamedRow[Any]]:
        with _explained(), statement_time():
            return (await self._connection.execute(statement)).all()


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeoutError, psycopg.Error) as error:
        if "statement timeout" in str(error):
            raise TooSlow(TOO_SLOW) from error
        raise NotReady("the database does not answer") from error
