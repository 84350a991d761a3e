"""The engine that migrates and loads, one transaction at a time across all processes, and the reasons why one is refused."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError

from app.database.display import mask_secrets
from app.model.error import DatabaseError

CACHE_KIB = 400_000
WAIT = 30
"""Seconds that a transaction waits for another one to end."""
ADVISORY_LOCK = 0x63617365
"""The key of Casebook's advisory lock in a PostgreSQL database: "case" in ASCII."""
BUSY = f"it was locked for {WAIT} s, for instance by another load or an export: try again when that has finished"
POLL_SECONDS = 0.05
READ_ONLY = "it is read-only, being a standby or for this user: set CASEBOOK_LOAD_URL to the primary, with a user that owns it"
NO_RIGHTS = "this user may not write to the file, or not to its folder, where SQLite keeps others beside it during a load"
NO_DATABASE = "it is not a database, or is damaged: delete the file so that it is built again, or name another file"
REFUSALS: dict[str | int, str] = {
    "25006": READ_ONLY,
    "42501": READ_ONLY,
    "55P03": BUSY,
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_READONLY: NO_RIGHTS,
    sqlite3.SQLITE_CANTOPEN: NO_RIGHTS,
    sqlite3.SQLITE_CORRUPT: NO_DATABASE,
    sqlite3.SQLITE_NOTADB: NO_DATABASE,
}
"""Reasons by SQLSTATE (PostgreSQL) or primary result code (SQLite)."""


def writable_engine(url: str, *, leaves_wal: bool = True) -> Engine:
    """Return an engine whose transactions include DDL, and which wait for each other. For SQLite, create the file's folder.

    On SQLite it writes in WAL mode, so that readers go on reading the old release. When its last connection closes and nobody
    else has the file open, it leaves that mode: a file in WAL mode without its -wal and -shm files can be opened only by a user
    who may create these, and servers may have no such right. `leaves_wal=False` is for a process that then reads the file
    itself: a load that follows need not wait for the end of an export to enter the mode.
    """
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
        _enter_wal(connection)

    if leaves_wal:
        event.listen(engine, "close", lambda connection, _record: _leave_wal(connection))
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


def refusal(error: SQLAlchemyError, url: URL) -> str:
    """Return why the database refused a transaction and, for known causes, what to do; in one line, without secrets."""
    cause: Any = getattr(error, "orig", error)
    if url.get_backend_name() == "sqlite" and url.database and Path(url.database).is_dir():
        return "it is a folder: name a file in it"
    code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorcode", 0) & 0xFF
    notes = getattr(cause, "__notes__", ())
    return REFUSALS.get(code) or mask_secrets(" ".join(", ".join((str(cause), *notes)).split()), url)


def _enter_wal(connection: sqlite3.Connection) -> None:
    """Put the file into WAL mode as soon as no other transaction is open, with its -wal and -shm files there to be read.

    SQLite's own waiting would keep all new readers out for as long as it waits for an export to end.
    """
    deadline = time.monotonic() + WAIT
    connection.execute("PRAGMA busy_timeout = 0")
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()  # creates both files
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(POLL_SECONDS)
    connection.execute(f"PRAGMA busy_timeout = {WAIT * 1000}")


def _leave_wal(connection: sqlite3.Connection) -> None:
    """Leave WAL mode if no other connection has the file open. Those that have it open keep its -wal and -shm files there."""
    with suppress(sqlite3.Error):
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("PRAGMA journal_mode = DELETE")


def _set_pragmas(connection: Connection, **pragmas: str | int) -> None:
    """Set pragmas of SQLite, which have no effect within a transaction."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        for name, value in pragmas.items():
            driver.execute(f"PRAGMA {name} = {value}")
