"""The schema of a database: brought to this version's revision, or refused with a message on what to do."""

from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from app.database import display_url, refusal
from app.database.schema_version import head, known_revisions, revision_of
from app.model.error import DatabaseError
from app.settings import ROOT


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision, in one transaction.

    Raise DatabaseError if the database cannot be used or has a revision that this version does not know.
    """
    revision = _read_revision(engine)
    if revision == head():
        return
    from alembic import command  # noqa: PLC0415 - most databases are at the newest revision, and it takes .2 s and 9 MB
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("path_separator", "os")
    try:
        with engine.connect() as connection:
            _enforce_foreign_keys(connection, False)
            with connection.begin():
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
            _enforce_foreign_keys(connection, True)
    except SQLAlchemyError as error:
        raise DatabaseError(f"{display_url(engine.url)} was not migrated: {refusal(error, engine.url)}") from error


def _enforce_foreign_keys(connection: Connection, on: bool) -> None:
    """Turn foreign keys on or off on SQLite, which alters a table by rebuilding it and can do so only while they are off.

    The pragma has no effect within a transaction.
    """
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")


def _read_revision(engine: Engine) -> str | None:
    """Return the database's revision, None for an empty database."""
    try:
        with engine.connect() as connection:
            revision = revision_of(connection)
    except SQLAlchemyError as error:
        place = f"{display_url(engine.url)}, the database of CASEBOOK_LOAD_URL or else CASEBOOK_DATABASE_URL"
        raise DatabaseError(f"cannot use {place}: {refusal(error, engine.url)}") from error
    if revision is not None and revision not in known_revisions():
        raise DatabaseError(
            f"{display_url(engine.url)} has schema {revision}, which this version of Casebook does not know: "
            "a newer version made it. Upgrade Casebook, or name another database."
        )
    return revision
