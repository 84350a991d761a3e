"""What is being loaded, read as answers read it: within the transaction that writes it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy import Row as NamedRow

from app.database.prepared import Prepared, Row
from app.database.reader import Release


class LoadingSnapshot:
    """A `Snapshot` of the release that a connection is writing."""

    data_version = ""

    def __init__(self, connection: Connection) -> None:
        self.release = Release("")
        self._connection = connection
        self._cursor: Any = connection.connection.driver_connection.cursor()  # type: ignore[union-attr] # it is open
        if connection.dialect.name == "postgresql":
            from app.database.text import as_text  # noqa: PLC0415 - only there is the driver installed for sure

            as_text(self._cursor)

    async def fetch(self, prepared: Prepared, **values: Any) -> Sequence[Row]:
        compiled = prepared.on(self._connection.dialect.name)
        self._cursor.execute(compiled.text, compiled.arguments(values))
        found: Sequence[Row] = self._cursor.fetchall()
        return found

    async def rows(self, statement: Executable) -> Sequence[NamedRow[Any]]:
        return self._connection.execute(statement).all()
