"""What answers are read from, whichever engine is behind it."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import Executable, make_url, select
from sqlalchemy import Row as NamedRow

from app.catalog.error import NotReady
from app.catalog.release import Release as ReleaseTable
from app.database.prepared import Prepared, Row
from app.settings import Settings

CURRENT_RELEASE = Prepared(
    select(ReleaseTable.version, ReleaseTable.loaded_at, ReleaseTable.counts, ReleaseTable.written)
    .order_by(ReleaseTable.id.desc())
    .limit(1)
)
NO_RELEASE = "the database holds no release yet: run `casebook load`"
LOADED_BEFORE = "the release was loaded by an older version: run the `casebook load` of this one"
TOO_SLOW = "the question took longer than this server allows"
TOO_MANY = "too many long answers are being made already"
LONG_ANSWERS = 4


@dataclass(frozen=True)
class Release:
    """What is served: one load of the seed data."""

    version: str
    loaded_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    """In UTC."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """How many records there are of each kind, and rows of each table of facts."""


def current(found: Sequence[Row]) -> Sequence[Any]:
    """Version, time of loading and counts of what `CURRENT_RELEASE` found. NotReady where there is none that can be served."""
    if not found:
        raise NotReady(NO_RELEASE)
    *release, written = found[0]
    if not written:
        raise NotReady(LOADED_BEFORE)
    return release


class Snapshot(Protocol):
    """One consistent view of one release."""

    release: Release

    @property
    def data_version(self) -> str:
        """The version of the release."""

    async def fetch(self, prepared: Prepared, **values: Any) -> Sequence[Row]:
        """All rows of a prepared statement, as the driver gives them. NotReady and TooSlow as below."""

    async def rows(self, statement: Executable) -> Sequence[NamedRow[Any]]:
        """All rows of a statement. NotReady where the database does not answer, TooSlow where not in time."""


class Reader(Protocol):
    """Where answers are read from."""

    loaded_at: dict[str, datetime]
    """When each release that was seen was loaded, by its version."""

    at_once: int
    """How many answers it can help to make at the same time, beside long ones."""

    waits: bool
    """Whether a snapshot that is not long waits for anything."""

    def snapshot(self, *, long: bool = False) -> AbstractAsyncContextManager[Snapshot]:
        """A view of the current release; a long one lets other requests be answered meanwhile. NotReady where there is none."""

    async def current_version(self) -> str:
        """The version of the current release. NotReady where there is none."""

    def version_now(self) -> str | None:
        """The same where it can be told without waiting and without a statement, else None."""

    async def revision(self) -> str | None:
        """The revision of the schema; None where there is no schema. NotReady where the database does not answer."""

    async def close(self) -> None:
        """Let go of all connections."""


def open_reader(settings: Settings) -> Reader:
    """The reader for the engine that the settings name; connects when first asked."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        from app.database.sqlite import SQLiteReader  # noqa: PLC0415 - only the engine that is used, and it imports this module

        return SQLiteReader(url, settings.query_seconds)
    from app.database.postgresql import PostgreSQLReader  # noqa: PLC0415 - as above

    return PostgreSQLReader(url, settings.query_seconds, settings.pool_size)
