"""One connection to an SQLite file that cannot write, and the snapshot of the release that it is in."""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from math import inf
from os import W_OK, access
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Executable, create_engine
from sqlalchemy import Row as NamedRow
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from app.catalog.error import NotReady, TooSlow
from app.database.prepared import Prepared, Row
from app.database.reader import CURRENT_RELEASE, TOO_SLOW, Release, current
from app.database.revision import revision_of
from app.telemetry.work import statement_time

PROGRESS_STEPS = 20_000
HELD_STATEMENTS = 1_000
CACHE_KIB = 16_000

sqlite3.register_adapter(date, date.isoformat)


class Session:
    """One connection, and the snapshot that it is in."""

    def __init__(self, file: Path, seconds: float, *, long: bool = False) -> None:
        self.release = Release("")
        self._changes = -1
        self._seconds, self._deadline, self._long = seconds, inf, long
        self.identity = identity_of(file)
        self._driver = sqlite3.connect(
            _read_only(file), uri=True, isolation_level=None, cached_statements=HELD_STATEMENTS, check_same_thread=False
        )
        self._driver.create_function("lower", 1, lambda text: text and text.lower(), deterministic=True)
        self._driver.execute("PRAGMA query_only = ON")
        self._driver.execute(f"PRAGMA cache_size = -{CACHE_KIB}")  # not mmap: a file cut short would kill the process
        self._driver.set_progress_handler(lambda: time.monotonic() > self._deadline, PROGRESS_STEPS)
        engine = create_engine(
            "sqlite://",
            creator=lambda: self._driver,
            poolclass=StaticPool,
            json_deserializer=orjson.loads,
            hide_parameters=True,  # they are what people search for, and a traceback would show them
        )
        self._connection = engine.connect()

    @property
    def data_version(self) -> str:
        return self.release.version

    def begin(self) -> None:
        """Begin a view of the current release, looked at anew where another connection has committed. NotReady where none is."""
        self._deadline = time.monotonic() + self._seconds
        try:
            self._driver.execute("BEGIN")
            # The first read of the transaction: what follows sees the database as the pragma does.
            with statement_time():
                (changes,) = self._driver.execute("PRAGMA data_version").fetchone()
            if changes != self._changes:
                self.release = self._current_release()
                self._changes = changes
        except sqlite3.Error as error:
            raise _meaning(error) from error

    def end(self) -> None:
        """End it."""
        if self._driver.in_transaction:
            self._driver.execute("ROLLBACK")
        self._deadline = inf  # the handler counts on from statement to statement, also in a pragma of `version_now`

    def version_now(self) -> str | None:
        """The version of the release that was last looked at, unless another connection has committed since."""
        try:
            (changes,) = self._driver.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error:
            return None
        return self.data_version if changes == self._changes else None

    def _current_release(self) -> Release:
        compiled = CURRENT_RELEASE.on("sqlite")
        version, loaded_at, counts = current(self._driver.execute(compiled.text, compiled.arguments({})).fetchall())
        return Release(version, datetime.fromisoformat(loaded_at).replace(tzinfo=UTC), orjson.loads(counts))

    async def fetch(self, prepared: Prepared, **values: Any) -> Sequence[Row]:
        if self._long:  # the limit is of each statement, not of the whole
            self._deadline = time.monotonic() + self._seconds
        compiled = prepared.on("sqlite")
        try:
            with statement_time():
                return self._driver.execute(compiled.text, compiled.arguments(values)).fetchall()
        except sqlite3.Error as error:
            raise _meaning(error) from error

    async def rows(self, statement: Executable) -> Sequence[NamedRow[Any]]:
        if self._long:
            self._deadline = time.monotonic() + self._seconds
        with explained(), statement_time():
            return self._connection.execute(statement).all()

    def revision(self) -> str | None:
        """The schema's revision; None where there is no schema."""
        self._deadline = time.monotonic() + self._seconds
        with explained():
            return revision_of(self._connection)

    def close(self) -> None:
        self._connection.invalidate()
        self._driver.close()


@contextmanager
def explained() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        raise _meaning(error) from error


def _meaning(error: DBAPIError | sqlite3.Error) -> NotReady:
    if "interrupted" in str(error):
        return TooSlow(TOO_SLOW)
    return NotReady("the database cannot be read: run `casebook load`")


def identity_of(file: Path) -> tuple[int, int] | None:
    """Which file it is that has the name now; None where there is none."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _read_only(file: Path) -> str:
    """The file opened so that it cannot be written; where nobody here could, as one that does not change."""
    return f"{file.as_uri()}?{'mode=ro' if access(file.parent, W_OK) else 'immutable=1'}"
