"""The current release of a PostgreSQL database, read on a connection of its own.

A pooled connection would have to be free first, and SQLAlchemy takes three times as long as the driver for one row.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any

from psycopg import Error
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.database.postgresql.socket_timeout import close_after
from app.database.snapshot import NO_RELEASE
from app.model.error import NotReady

RELEASE = "SELECT version, loaded_at FROM release ORDER BY id DESC LIMIT 1"


class ReleaseWatch:
    """Reads the current release. Connects on first use, and again when the connection is lost."""

    def __init__(self, engine: AsyncEngine, seconds: float) -> None:
        self._engine, self._seconds = engine, seconds
        self._connection: AsyncConnection | None = None
        self._driver: Any = None

    async def release(self) -> tuple[str, datetime]:
        """Return the version of the current release and when it was loaded. Raise NotReady if there is none."""
        try:
            row = await self._read()
        except (Error, DBAPIError, TimeoutError) as error:
            await self.close()
            raise NotReady("the database does not answer") from error
        if row is None:
            raise NotReady(NO_RELEASE)
        return row[0], row[1].astimezone(UTC)

    async def close(self) -> None:
        """Close the connection."""
        connection, self._connection, self._driver = self._connection, None, None
        if connection:
            await connection.invalidate()
            await connection.close()

    async def _read(self) -> Any:
        """Read the row, on a new connection if the open one was lost, as when the server was restarted."""
        if self._connection:
            try:
                return await self._row()
            except Error:
                await self.close()
        async with asyncio.timeout(self._seconds):
            self._connection = await self._engine.connect()
        self._driver = (await self._connection.get_raw_connection()).driver_connection
        return await self._row()

    async def _row(self) -> Any:
        with close_after(self._driver, self._seconds):
            return await (await self._driver.execute(RELEASE, prepare=True)).fetchone()
