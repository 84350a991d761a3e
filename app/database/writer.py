"""The engine that migrates and loads: one transaction at a time, whoever begins it. And what is wrong where one is refused."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError

CACHE_KIB = 400_000
WAIT = 30
"""Seconds that a transaction waits for another to end."""
LOCK = 0x63617365
"""Of all that is locked by agreement in a PostgreSQL database, Casebook's."""
BUSY = f"something else held it for {WAIT} s, such as another load: run this again when that has ended"
ONLY_READ = "it can only be read, as a standby or by this user: name the primary, and a user that owns it, in CASEBOOK_LOAD_URL"
NO_DATABASE = "it is no database, or a broken one: remove the file to have it built anew, or name another"
REFUSALS: dict[str | int, str] = {
    "25006": ONLY_READ,
    "42501": ONLY_READ,
    "55P03": BUSY,
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_READONLY: "it is a file that this user may not write",
    sqlite3.SQLITE_CORRUPT: NO_DATABASE,
    sqlite3.SQLITE_NOTADB: NO_DATABASE,
}
"""By the code of PostgreSQL or SQLite."""


def writable_engine(url: str) -> Engine:
    """Its transactions hold DDL as well. On SQLite it makes the file's folder."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(parsed)
        lock = f"SET LOCAL lock_timeout = '{WAIT}s'; SELECT pg_advisory_xact_lock({LOCK})"
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(lock))
        return engine
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": WAIT})

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


def refusal(error: SQLAlchemyError) -> str:
    """Why a database does not take what is written, and what to do where that is known."""
    cause: Any = getattr(error, "orig", error)
    code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorcode", 0) & 0xFF
    return REFUSALS.get(code) or str(cause).strip()


def _set(connection: Connection, **pragmas: str | int) -> None:
    """SQLite's own settings, which it takes outside of a transaction only."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        for name, value in pragmas.items():
            driver.execute(f"PRAGMA {name} = {value}")
