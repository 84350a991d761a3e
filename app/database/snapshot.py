"""The reading interface that both engines implement: a `Reader` opens snapshots, a `Snapshot` runs statements."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import Executable, select
from sqlalchemy import Row as NamedRow

from app.database.statements import CompiledStatement, Row
from app.model.error import NotReady
from app.model.release import Release as ReleaseTable

CURRENT_RELEASE = CompiledStatement(
    select(ReleaseTable.version, ReleaseTable.loaded_at, ReleaseTable.counts, ReleaseTable.written)
    .order_by(ReleaseTable.id.desc())
    .limit(1)
)
NO_RELEASE = "the database holds no release yet: run `casebook load`"
LOADED_BEFORE = "the release was loaded by an older version: run the `casebook load` of this one"
TOO_SLOW = "the query took longer than this server allows"
TOO_MANY_EXPORTS = "too many exports are running already"
MAX_EXPORTS = 4
"""Long snapshots that may be open at the same time."""


@dataclass(frozen=True)
class Release:
    """The release that a snapshot reads: one load of the seed data."""

    version: str
    loaded_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    """In UTC."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Number of records of each kind, and of rows of each table of facts."""


def current_release(rows: Sequence[Row]) -> Sequence[Any]:
    """Return version, time of loading and counts from the rows of `CURRENT_RELEASE`. Raise NotReady if none can be served."""
    if not rows:
        raise NotReady(NO_RELEASE)
    *release, written = rows[0]
    if not written:
        raise NotReady(LOADED_BEFORE)
    return release


class Snapshot(Protocol):
    """One consistent view of one release."""

    release: Release

    @property
    def data_version(self) -> str:
        """The version of the release."""

    async def fetch(self, statement: CompiledStatement, **values: Any) -> Sequence[Row]:
        """Return all rows of a compiled statement, as the driver gives them. Raise NotReady or TooSlow, as `rows` does."""

    async def rows(self, statement: Executable) -> Sequence[NamedRow[Any]]:
        """Return all rows of a statement. Raise NotReady if the database does not answer, TooSlow if not in time."""


class Reader(Protocol):
    """A source of snapshots, over connections that cannot write."""

    loaded_at: dict[str, datetime]
    """When each release that was seen was loaded, by its version."""

    concurrency: int
    """Number of requests that can use the database at the same time, beside exports."""

    def snapshot(self, *, long: bool = False) -> AbstractAsyncContextManager[Snapshot]:
        """Open a snapshot of the current release. Raise NotReady if there is none.

        A long one, for exports, has a connection of its own and lets other requests run between its statements.
        """

    async def current_version(self) -> str:
        """Return the version of the current release. Raise NotReady if there is none."""

    async def revision(self) -> str | None:
        """Return the revision of the schema, None if there is no schema. Raise NotReady if the database does not answer."""

    async def close(self) -> None:
        """Close all connections."""
