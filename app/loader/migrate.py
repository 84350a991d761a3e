"""The schema of a database: brought to this version's, or refused with a word on what to do."""

from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from app.database import refusal
from app.database.schema_version import head, known_revisions, revision_of
from app.model.error import DatabaseError
from app.settings import ROOT

NAMED = "CASEBOOK_LOAD_URL, or else CASEBOOK_DATABASE_URL,"


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision, in one transaction where the engine can."""
    revision = _revision(engine)
    if revision == head():
        return
    from alembic import command  # noqa: PLC0415 - most databases are at the newest revision, and it takes .2 s and 9 MB
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("path_separator", "os")
    try:
        with engine.connect() as connection:
            _enforce_references(connection, False)
            with connection.begin():
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
            _enforce_references(connection, True)
    except SQLAlchemyError as error:
        raise DatabaseError(f"{shown(engine)} was not migrated: {refusal(error)}") from error


def shown(engine: Engine) -> str:
    """A database as a message names it."""
    return engine.url.render_as_string(hide_password=True)


def _enforce_references(connection: Connection, on: bool) -> None:
    """SQLite changes a table by building it anew, which it cannot while others refer to it; and only outside a transaction."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")


def _revision(engine: Engine) -> str | None:
    """The database's revision. DatabaseError where it cannot be read or is none of ours."""
    try:
        with engine.connect() as connection:
            revision = revision_of(connection)
    except SQLAlchemyError as error:
        raise DatabaseError(f"cannot use {shown(engine)}, which {NAMED} names: {refusal(error)}") from error
    if revision is not None and revision not in known_revisions():
        raise DatabaseError(
            f"{shown(engine)} has schema {revision}, which this version of Casebook does not know: it was made by a newer one. "
            "Upgrade Casebook, or name another database."
        )
    return revision
