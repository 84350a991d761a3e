"""Reading from SQLite, on connections that cannot write.

Statements run on the event loop. A short one takes less time than handing it to a thread would; see
docs/adr/0023-one-request-path.md for the figures. Between opening and closing a short snapshot nothing is awaited that
suspends, so its statements never interleave with those of another request, and all of them can share one connection.
An export opens a long snapshot, which has a connection of its own.
"""

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, date, datetime
from math import inf
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Executable, create_engine
from sqlalchemy import Row as NamedRow
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from app.database.schema_version import revision_of
from app.database.snapshot import CURRENT_RELEASE, MAX_EXPORTS, TOO_MANY_EXPORTS, TOO_SLOW, Release, Snapshot, current_release
from app.database.statements import CompiledStatement, Row
from app.model.error import NotReady, TooSlow
from app.telemetry.request_info import statement_time

PROGRESS_STEPS = 20_000
"""Virtual machine instructions between two looks at the time limit."""
CACHED_STATEMENTS = 250
CACHE_KIB = 16_000
OPENING_ATTEMPTS, OPENING_PAUSE = 10, 0.002
"""A load that puts the file into WAL mode creates the -shm file a moment later; seconds between two attempts."""
UNREADABLE = "the database cannot be read: run `casebook load`"
NO_RIGHTS = "this user may not read the file of the database: give it the right to"
NO_WAL_FILES = (
    "the database is in WAL mode, and this user may neither read its -wal and -shm files nor create them: "
    "as a user who may write to its folder, run `casebook load`"
)

sqlite3.register_adapter(date, date.isoformat)


class SQLiteReader:
    """A reader of one SQLite file."""

    def __init__(self, url: URL, seconds: float) -> None:
        self.loaded_at: dict[str, datetime] = {}
        self.concurrency = 1
        self._file, self._seconds = Path(url.database or "").resolve(), seconds
        self._shared: SQLiteSession | None = None
        self._current_version: str | None = None
        self._exports = asyncio.Semaphore(MAX_EXPORTS)

    @asynccontextmanager
    async def snapshot(self, *, long: bool = False) -> AsyncIterator[Snapshot]:
        if not long:
            session = self._shared_session()
            try:
                with self._begun(session):
                    yield session
            except NotReady as error:
                if not isinstance(error, TooSlow):
                    self._drop()
                raise
            return
        if self._exports.locked():
            raise NotReady(TOO_MANY_EXPORTS)
        async with self._exports:
            session = SQLiteSession(self._file, self._seconds, long=True)
            try:
                with self._begun(session):
                    yield session
            finally:
                session.close()

    async def current_version(self) -> str:
        # One look at the file serves all requests that the event loop took on together: they had come before it.
        if self._current_version is None:
            session = self._shared_session()
            try:
                session.refresh()
            except NotReady:
                self._drop()
                raise
            self.loaded_at[session.data_version] = session.release.loaded_at
            self._current_version = session.data_version
            asyncio.get_running_loop().call_soon(self._forget_version)
        return self._current_version

    async def revision(self) -> str | None:
        try:
            return self._shared_session().revision()
        except NotReady:
            self._drop()
            raise

    async def close(self) -> None:
        self._drop()

    @contextmanager
    def _begun(self, session: "SQLiteSession") -> Iterator[None]:
        try:
            session.begin()
            self.loaded_at[session.data_version] = session.release.loaded_at
            yield
        finally:
            session.end()

    def _shared_session(self) -> "SQLiteSession":
        """Return the shared session, reopened if another file has taken the place of the one that is open."""
        if self._shared and self._shared.identity != _identity_of(self._file):
            self._drop()
        if not self._shared:
            self._shared = SQLiteSession(self._file, self._seconds)
        return self._shared

    def _forget_version(self) -> None:
        self._current_version = None

    def _drop(self) -> None:
        shared, self._shared = self._shared, None
        if shared:
            shared.close()


class SQLiteSession:
    """A connection and the snapshot that is open on it."""

    def __init__(self, file: Path, seconds: float, *, long: bool = False) -> None:
        self.release = Release("")
        self.identity = _identity_of(file)
        self._commits = -1
        """`PRAGMA data_version` when the release was read: SQLite changes it when another connection commits."""
        self._seconds, self._deadline, self._long = seconds, inf, long
        with _translated_errors():
            self._driver = self._connect(file)
        engine = create_engine(
            "sqlite://",
            creator=lambda: self._driver,
            poolclass=StaticPool,
            json_deserializer=orjson.loads,
            hide_parameters=True,  # they hold what people search for, and would show in tracebacks
        )
        self._connection = engine.connect()

    @property
    def data_version(self) -> str:
        return self.release.version

    def begin(self) -> None:
        """Begin a read transaction on the current release. Raise NotReady if there is none."""
        self._start_clock()
        with _translated_errors():
            self._driver.execute("BEGIN")
        self.refresh()

    def end(self) -> None:
        """End the transaction."""
        if self._driver.in_transaction:
            self._driver.execute("ROLLBACK")
        self._deadline = inf

    def refresh(self) -> None:
        """Read the current release again if another connection has committed since it was last read."""
        with _translated_errors(), statement_time():
            # The first read of a transaction: its other statements see the database as of this one.
            commits = _commit_count(self._driver)
            if commits != self._commits:
                compiled = CURRENT_RELEASE.on("sqlite")
                rows = self._driver.execute(compiled.text, compiled.arguments({})).fetchall()
                version, loaded_at, counts = current_release(rows)
                self.release = Release(version, datetime.fromisoformat(loaded_at).replace(tzinfo=UTC), orjson.loads(counts))
                self._commits = commits

    async def fetch(self, statement: CompiledStatement, **values: Any) -> Sequence[Row]:
        if self._long:
            self._start_clock()
        compiled = statement.on("sqlite")
        with _translated_errors(), statement_time():
            return self._driver.execute(compiled.text, compiled.arguments(values)).fetchall()

    async def rows(self, statement: Executable) -> Sequence[NamedRow[Any]]:
        if self._long:
            self._start_clock()
        with _translated_errors(), statement_time():
            return self._connection.execute(statement).all()

    def revision(self) -> str | None:
        """Return the revision of the schema, None if there is no schema."""
        self._start_clock()
        with _translated_errors():
            return revision_of(self._connection)

    def close(self) -> None:
        """Close the connection."""
        self._connection.invalidate()
        self._driver.close()

    def _start_clock(self) -> None:
        """Start the time limit: of a whole short snapshot, of each statement of a long one."""
        self._deadline = time.monotonic() + self._seconds

    def _connect(self, file: Path) -> sqlite3.Connection:
        if self.identity and not os.access(file, os.R_OK):
            raise NotReady(NO_RIGHTS)
        driver = sqlite3.connect(
            # Never `immutable=1`, for then SQLite neither locks nor looks for changes, and mixes two releases during a load
            # elsewhere. A mount that is read-only here says nothing about that: the loader may have it writable.
            f"{file.as_uri()}?mode=ro",
            uri=True,
            isolation_level=None,
            cached_statements=CACHED_STATEMENTS,
            check_same_thread=False,
        )
        _commit_count(driver)
        driver.create_function("lower", 1, lambda text: text and text.lower(), deterministic=True)
        driver.execute("PRAGMA query_only = ON")
        # A page cache and no mmap: a file that is cut short while it is mapped kills the process.
        driver.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        driver.set_progress_handler(lambda: time.monotonic() > self._deadline, PROGRESS_STEPS)
        return driver


def _commit_count(driver: sqlite3.Connection) -> int:
    """Read `PRAGMA data_version`. Raise NotReady if the file is in WAL mode and this user cannot use its other files."""
    for attempt in range(1, OPENING_ATTEMPTS + 1):
        try:
            (commits,) = driver.execute("PRAGMA data_version").fetchone()
            return int(commits)
        except sqlite3.OperationalError as error:
            # The file itself is open: only the -wal and -shm files are opened, and created, this late.
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
                raise
            if attempt == OPENING_ATTEMPTS:
                raise NotReady(NO_WAL_FILES) from error
        time.sleep(OPENING_PAUSE)
    raise AssertionError("the last attempt returns or raises")


class _translated_errors:  # noqa: N801 - reads as a function: `with _translated_errors(): ...`
    """Raise errors of the driver as NotReady, or as TooSlow past the time limit.

    A class, for a generator takes three times as long.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, DBAPIError | sqlite3.Error):
            raise _translated(error) from error


def _translated(error: DBAPIError | sqlite3.Error) -> NotReady:
    if "interrupted" in str(error):
        return TooSlow(TOO_SLOW)
    return NotReady(UNREADABLE)


def _identity_of(file: Path) -> tuple[int, int] | None:
    """Return device and inode of the file that has the name now, None if there is no such file."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_dev, found.st_ino
