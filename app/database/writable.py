"""The engine that migrates and loads."""

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url


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
