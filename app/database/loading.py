"""Reading within the transaction that loads, with the same statements that requests use."""

from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable
from sqlalchemy import Row as NamedRow

from app.database.snapshot import Release
from app.database.statements import CompiledStatement, Row

Result = TypeVar("Result")


class LoadingSnapshot:
    """A `Snapshot` of the release that a connection is writing."""

    data_version = ""

    def __init__(self, connection: Connection) -> None:
        self.release = Release("")
        self._connection = connection
        self._cursor: Any = connection.connection.driver_connection.cursor()  # type: ignore[union-attr] # it is open
        if connection.dialect.name == "postgresql":
            from app.database.postgresql.text import as_text  # noqa: PLC0415 - psycopg is an optional dependency

            as_text(self._cursor)

    async def fetch(self, statement: CompiledStatement, **values: Any) -> Sequence[Row]:
        compiled = statement.on(self._connection.dialect.name)
        self._cursor.execute(compiled.text, compiled.arguments(values))
        rows: Sequence[Row] = self._cursor.fetchall()
        return rows

    async def rows(self, statement: Executable) -> Sequence[NamedRow[Any]]:
        return self._connection.execute(statement).all()


def run_sync(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine that never suspends, without an event loop. Raise RuntimeError if it does suspend.

    Queries are coroutines; over a `LoadingSnapshot` they have nothing to wait for.
    """
    try:
        coroutine.send(None)
    except StopIteration as finished:
        result: Result = finished.value
        return result
    coroutine.close()
    raise RuntimeError("the coroutine suspended, so it needs an event loop")
