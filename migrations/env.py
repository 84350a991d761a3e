"""Runs migrations on the connection in `config.attributes`, if there is one, else on the database that the settings name."""

from alembic import context
from sqlalchemy import Connection

from app.database import writable_engine
from app.kinds import RESOURCES
from app.model.base import Base
from app.model.search import INDEX_NAME, Document
from app.model.served import RecordJSON
from app.settings import Settings

assert all((RESOURCES, Document, RecordJSON))  # noqa: S101 - importing them registers every table in the metadata


def is_modelled(name: str | None, kind: str, _parents: object) -> bool:
    """Return False for the tables of the search index, which differ by engine and are not in the models."""
    return kind != "table" or name is None or not name.startswith(INDEX_NAME)


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_name=is_modelled,
        compare_type=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


handed = context.config.attributes.get("connection")
if handed is not None:
    migrate(handed)
else:
    engine = writable_engine(Settings().writing_url)
    with engine.begin() as connection:
        migrate(connection)
    engine.dispose()
