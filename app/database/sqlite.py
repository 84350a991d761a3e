"""Reading from SQLite: statements run on the event loop, on one held connection that cannot write.

No statement of a snapshot waits, so none interleaves with another request's. A long snapshot has a connection of its own.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from math import inf
from os import W_OK, access
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Executable, Row, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from app.catalog.error import NotReady, TooSlow
from app.database.reader import CURRENT_RELEASE, LONG_ANSWERS, NO_RELEASE, TOO_MANY, TOO_SLOW, Snapshot

PROGRESS_STEPS = 20_000


class SQLiteReader:
    """A reader of one SQLite file."""

    def __init__(self, url: URL, seconds: float) -> None:
        self.loaded_at: dict[str, datetime] = {}
        self._url, self._seconds = url, seconds
        self._held: _Session | None = None
        self._changes, self._version = -1, ""
        self._long_answers = asyncio.Semaphore(LONG_ANSWERS)

    @asynccontextmanager
    async def snapshot(self, *, long: bool = False) -> AsyncIterator[Snapshot]:
        if not long:
            with self._session() as session, session.transaction():
                self.loaded_at[session.data_version] = session.loaded_at
                yield session
            return
        if self._long_answers.locked():
            raise NotReady(TOO_MANY)
        async with self._long_answers:
            session = _Session(self._url, self._seconds, long=True)
            try:
                with session.transaction():
                    yield session
            finally:
                session.close()

    async def current_version(self) -> str:
        """The pragma changes when another connection commits: only then is the release looked at."""
        with self._session() as session:
            changes = session.changes()
            if changes != self._changes:
                with session.transaction():
                    self._changes, self._version = changes, session.data_version
                    self.loaded_at[session.data_version] = session.loaded_at
            return self._version

    def version_now(self) -> str | None:
        """Costs the pragma and no more, for it is asked at every request."""
        try:
            same = self._held is not None and self._held.watch.execute("PRAGMA data_version").fetchone()[0] == self._changes
        except sqlite3.Error:
            return None
        return self._version if same else None

    async def close(self) -> None:
        if self._held:
            self._held.close()
        self._held = None

    @contextmanager
    def _session(self) -> Iterator["_Session"]:
        """The held connection; a failure drops it, so that the next request finds the database as it then is."""
        try:
            with _explained():
                self._held = self._held or _Session(self._url, self._seconds)
            yield self._held
        except NotReady as error:
            if not isinstance(error, TooSlow):
                self._changes = -1
                broken, self._held = self._held, None
                if broken:
                    broken.close()
            raise


class _Session:
    """One connection, and the snapshot that it is in."""

    def __init__(self, url: URL, seconds: float, *, long: bool = False) -> None:
        self.data_version, self.loaded_at = "", datetime.now(UTC)
        self._seconds, self._deadline, self._long = seconds, inf, long
        self._engine = create_engine(_read_only(url), poolclass=StaticPool, json_deserializer=orjson.loads)
        event.listen(self._engine, "connect", self._prepare)
        event.listen(self._engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        self._connection: Connection = self._engine.connect()
        self.watch: Any = self._connection.connection.cursor()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A view of the current release. NotReady where there is none."""
        self._deadline = time.monotonic() + self._seconds
        with _explained():
            transaction = self._connection.begin()
            release = self._connection.execute(CURRENT_RELEASE).first()
        try:
            if release is None:
                raise NotReady(NO_RELEASE)
            self.data_version, self.loaded_at = release.version, release.loaded_at.replace(tzinfo=UTC)
            yield
        finally:
            transaction.close()
            self._deadline = inf  # the handler counts on from statement to statement, also in the pragma below

    async def rows(self, statement: Executable) -> Sequence[Row[Any]]:
        if self._long:  # the limit is of each statement, not of the whole
            self._deadline = time.monotonic() + self._seconds
        with _explained():
            return self._connection.execute(statement).all()

    def changes(self) -> int:
        """A number that another connection's commit changes."""
        try:
            return int(self.watch.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error as error:
            raise NotReady("the database cannot be read: run `casebook load`") from error

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()

    def _prepare(self, connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # BEGIN is left to the event: the driver's own does not begin for a SELECT
        connection.create_function("lower", 1, lambda text: text and text.lower(), deterministic=True)
        connection.execute("PRAGMA query_only = ON")
        connection.set_progress_handler(lambda: time.monotonic() > self._deadline, PROGRESS_STEPS)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if "interrupted" in str(error.orig):
            raise TooSlow(TOO_SLOW) from error
        raise NotReady("the database cannot be read: run `casebook load`") from error


def _read_only(url: URL) -> URL:
    """The same file opened so that it cannot be written; where nobody here could, as one that does not change."""
    path = Path(url.database or "").resolve()
    how = {"mode": "ro"} if access(path.parent, W_OK) else {"immutable": "1"}
    return url.set(database=path.as_uri(), query={"uri": "true", **how})
