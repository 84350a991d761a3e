"""The engine that migrates and loads, one transaction at a time across all processes, and the reasons why one is refused."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError

from app.model.error import DatabaseError

CACHE_KIB = 400_000
WAIT = 30
"""Seconds that a transaction waits for another one to end."""
ADVISORY_LOCK = 0x63617365
"""The key of Casebook's advisory lock in a PostgreSQL database: "case" in ASCII."""
BUSY = f"it was locked for {WAIT} s, for instance by another load: try again when that has finished"
READ_ONLY = "it is read-only, being a standby or for this user: set CASEBOOK_LOAD_URL to the primary, with a user that owns it"
NO_DATABASE = "it is not a database, or is damaged: delete the file so that it is built again, or name another file"
REFUSALS: dict[str | int, str] = {
    "25006": READ_ONLY,
    "42501": READ_ONLY,
    "55P03": BUSY,
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_READONLY: "this user may not write to the file",
    sqlite3.SQLITE_CORRUPT: NO_DATABASE,
    sqlite3.SQLITE_NOTADB: NO_DATABASE,
}
"""Reasons by SQLSTATE (PostgreSQL) or primary result code (SQLite)."""


def writable_engine(url: str) -> Engine:
    """Return an engine whose transactions include DDL, and which wait for each other. For SQLite, create the file's folder."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(parsed)
        lock = f"SET LOCAL lock_timeout = '{WAIT}s'; SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(lock))
        return engine
    if parsed.database:
        _create_folder(Path(parsed.database).parent)
    engine = create_engine(parsed, connect_args={"timeout": WAIT})

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the event below begins transactions: those of the driver would not include DDL
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")

    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _create_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"{error.strerror}: name a file elsewhere in CASEBOOK_DATABASE_URL"
        raise DatabaseError(f"cannot create {folder}, the folder of the database: {reason}") from error


@contextmanager
def bulk_transaction(engine: Engine) -> Iterator[Connection]:
    """Begin a transaction for very many rows that are known to be valid.

    SQLite checks neither foreign keys nor CHECK constraints, and has a larger page cache: it writes in half the time.
    """
    with engine.connect() as connection:
        _set_pragmas(connection, foreign_keys="OFF", ignore_check_constraints="ON", cache_size=-CACHE_KIB)
        try:
            with connection.begin():
                yield connection
        finally:
            _set_pragmas(connection, foreign_keys="ON", ignore_check_constraints="OFF", cache_size=-2_000)


def refusal(error: SQLAlchemyError) -> str:
    """Return why the database refused a transaction and, for known causes, what to do."""
    cause: Any = getattr(error, "orig", error)
    code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorcode", 0) & 0xFF
    return REFUSALS.get(code) or " ".join(str(cause).split())


def _set_pragmas(connection: Connection, **pragmas: str | int) -> None:
    """Set pragmas of SQLite, which have no effect within a transaction."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        for name, value in pragmas.items():
            driver.execute(f"PRAGMA {name} = {value}")
