"""Reading from SQLite: statements run on the event loop, on one held connection that cannot write.

No statement of a snapshot waits, so none interleaves with another request's. A long snapshot has a connection of its own.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import URL

from app.catalog.error import NotReady, TooSlow
from app.database.reader import LONG_ANSWERS, TOO_MANY, Snapshot
from app.database.sqlite_session import Session, explained, identity_of


class SQLiteReader:
    """A reader of one SQLite file."""

    def __init__(self, url: URL, seconds: float) -> None:
        self.loaded_at: dict[str, datetime] = {}
        self.at_once, self.waits = 1, False
        self._file, self._seconds = Path(url.database or "").resolve(), seconds
        self._held: Session | None = None
        self._long_answers = asyncio.Semaphore(LONG_ANSWERS)

    def snapshot(self, *, long: bool = False) -> AbstractAsyncContextManager[Snapshot]:
        return self._long() if long else _Short(self)

    async def current_version(self) -> str:
        async with self.snapshot() as snapshot:
            return snapshot.data_version

    async def revision(self) -> str | None:
        try:
            return self.session().revision()
        except NotReady:
            self.drop()
            raise

    def version_now(self) -> str | None:
        """Costs a look at the file and at the pragma, for it is asked at every request."""
        held = self._held
        if held is None or held.identity != identity_of(self._file):
            return None
        return held.version_now()

    async def close(self) -> None:
        if self._held:
            self._held.close()
        self._held = None

    @asynccontextmanager
    async def _long(self) -> AsyncIterator[Snapshot]:
        """A snapshot with a connection of its own."""
        if self._long_answers.locked():
            raise NotReady(TOO_MANY)
        async with self._long_answers:
            with explained():
                session = Session(self._file, self._seconds, long=True)
            try:
                session.begin()
                yield session
            finally:
                session.end()
                session.close()

    def session(self) -> "Session":
        """The held connection, opened anew where another file has taken the place of the one that is open."""
        if self._held and self._held.identity != identity_of(self._file):
            self.drop()
        if not self._held:
            with explained():
                self._held = Session(self._file, self._seconds)
        return self._held

    def drop(self) -> None:
        """Let go of the held connection."""
        broken, self._held = self._held, None
        if broken:
            broken.close()


class _Short:
    """A snapshot on the held connection, which a failure drops. A class, for three generators take five times as long."""

    __slots__ = ("_reader", "_session")

    def __init__(self, reader: SQLiteReader) -> None:
        self._reader = reader

    async def __aenter__(self) -> Snapshot:
        self._session = session = self._reader.session()
        try:
            session.begin()
        except NotReady as error:
            self._end(error)
            raise
        self._reader.loaded_at[session.data_version] = session.release.loaded_at
        return session

    async def __aexit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        self._end(error)

    def _end(self, error: BaseException | None) -> None:
        self._session.end()
        if isinstance(error, NotReady) and not isinstance(error, TooSlow):
            self._reader.drop()
