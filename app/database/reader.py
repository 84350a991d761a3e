"""Opening the reader for the database that the settings name."""

from sqlalchemy import make_url

from app.database.snapshot import Reader
from app.settings import Settings


def open_reader(settings: Settings) -> Reader:
    """Return the reader for the engine of `database_url`. It connects on first use."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        from app.database.sqlite import SQLiteReader  # noqa: PLC0415 - import only the engine in use

        return SQLiteReader(url, settings.query_seconds)
    from app.database.postgresql.reader import PostgreSQLReader  # noqa: PLC0415 - psycopg is an optional dependency

    return PostgreSQLReader(url, settings.query_seconds, settings.pool_size)
