"""Which release a PostgreSQL database holds, asked for every few requests: one statement on a connection of its own.

A connection of the pool would have to be free, and SQLAlchemy's way to a row takes three times as long as the driver's.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any

from psycopg import Error
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.catalog.error import NotReady
from app.database.reader import NO_RELEASE
from app.database.silence import hanging_up

RELEASE = "SELECT version, loaded_at FROM release ORDER BY id DESC LIMIT 1"


class Watch:
    """Connects when first asked, and again where the connection is lost."""

    def __init__(self, engine: AsyncEngine, seconds: float) -> None:
        self._engine, self._seconds = engine, seconds
        self._connection: AsyncConnection | None = None
        self._driver: Any = None

    async def release(self) -> tuple[str, datetime]:
        """Version of the current release, and when it was loaded. NotReady where there is none."""
        try:
            row = await self._ask()
        except (Error, DBAPIError, TimeoutError) as error:
            await self.close()
            raise NotReady("the database does not answer") from error
        if row is None:
            raise NotReady(NO_RELEASE)
        return row[0], row[1].astimezone(UTC)

    async def close(self) -> None:
        """Let go of the connection."""
        connection, self._connection, self._driver = self._connection, None, None
        if connection:
            await connection.invalidate()
            await connection.close()

    async def _ask(self) -> Any:
        """A connection that was lost meanwhile, as when the server was restarted, is no reason to give up."""
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
        with hanging_up(self._driver, self._seconds):
            return await (await self._driver.execute(RELEASE, prepare=True)).fetchone()
