"""The engine that migrates and loads."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url

CACHE_KIB = 400_000


def writable_engine(url: str) -> Engine:
    """On SQLite it makes the file's folder, and its transactions hold DDL as well."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed)

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # BEGIN is left to the event below: the driver's own would not hold DDL
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")

    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


@contextmanager
def trusting(engine: Engine) -> Iterator[Connection]:
    """A transaction for very many rows that are right by the way they are made.

    SQLite then looks at no reference and no CHECK, and keeps more of the file in memory: it writes in half the time.
    """
    with engine.connect() as connection:
        _set(connection, foreign_keys="OFF", ignore_check_constraints="ON", cache_size=-CACHE_KIB)
        try:
            with connection.begin():
                yield connection
        finally:
            _set(connection, foreign_keys="ON", ignore_check_constraints="OFF", cache_size=-2_000)


def _set(connection: Connection, **pragmas: str | int) -> None:
    """SQLite's own settings, which it takes outside of a transaction only."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        for name, value in pragmas.items():
            driver.execute(f"PRAGMA {name} = {value}")
