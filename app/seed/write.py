"""Rows into the tables of a database, in a transaction of the caller's: what was there removed, chunks written, a release named.

Knows nothing of where the rows come from.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, Date, Engine, TableClause, delete, insert, select
from sqlalchemy import Row as Found

from app.catalog.base import Base
from app.catalog.catalogue import Catalogue
from app.catalog.citation import Citation
from app.catalog.link import Link
from app.catalog.record import Record
from app.catalog.release import Release, Revision
from app.catalog.resource import table
from app.catalog.search import INDEX
from app.catalog.source import Passage, Source
from app.seed.revisions import Progress
from app.seed.rows import Row, Rows
from app.seed.search import emptied, index_rows

CHUNK = 1000
VERSION_LENGTH = 12
OUTLIVING = (table(Release), table(Revision))
"""What a load adds to and does not replace."""


def current_release(engine: Engine) -> Found[str, str, dict[str, int], bool] | None:
    """The release that a database holds."""
    newest = select(Release.digest, Release.version, Release.counts, Release.kept).order_by(Release.id.desc()).limit(1)
    with engine.connect() as connection:
        return connection.execute(newest).first()


def remove_all(connection: Connection) -> None:
    """Empty every table that a load fills."""
    connection.execute(emptied(connection.dialect.name))
    for own in reversed(Base.metadata.sorted_tables):
        if own not in OUTLIVING:
            connection.execute(delete(own))


def write(connection: Connection, rows: Rows, progress: Progress = lambda *_: None) -> None:
    """Write rows and, of the records that have texts among them, what the engine's index holds."""
    for own, kept in _in_order(connection.dialect.name, rows):
        for start in range(0, len(kept), CHUNK):
            _insert(connection, own, kept[start : start + CHUNK])
            progress(own.name, min(start + CHUNK, len(kept)), len(kept))


def name_release(connection: Connection, digest: str, counts: dict[str, int], *, kept: bool) -> int:
    """Name what was written; the number of the release."""
    release = {"version": version_of(digest), "digest": digest, "loaded_at": datetime.now(UTC), "counts": counts, "kept": kept}
    number: int = connection.execute(insert(Release).returning(Release.id), release).scalar_one()
    return number


def version_of(digest: str) -> str:
    """The data version of a digest."""
    return digest[:VERSION_LENGTH]


def counted(rows: Rows, catalogue: Catalogue) -> dict[str, int]:
    """How many there are of each kind, and of what else a release counts."""
    kinds = [resource.model for _, resource in sorted(catalogue.kinds.items())]
    facts = [resource.model for resource in catalogue.tables]
    models: tuple[type[Base], ...] = (*kinds, Record, *facts, Source, Passage, Link, Citation)
    counts = {table(model).name: rows.counts[table(model)] for model in models}
    return {name: count for name, count in counts.items() if count}


def _insert(connection: Connection, own: TableClause, rows: Sequence[Row]) -> None:
    """Straight to the driver: several times as fast as row by row through the types, of which only dates need a word."""
    if connection.dialect.name != "sqlite":
        connection.execute(insert(own), rows)
        return
    columns = [column for column in own.c if column.name in rows[0]]
    dates = [column.name for column in columns if isinstance(column.type, Date)]
    if dates:
        rows = [row | {name: row[name] and row[name].isoformat() for name in dates} for row in rows]
    names = [column.name for column in columns]
    statement = str(insert(own).compile(dialect=connection.dialect, column_keys=names))
    connection.exec_driver_sql(statement, [tuple(map(row.__getitem__, names)) for row in rows])


def _in_order(engine: str, rows: Rows) -> Iterator[tuple[TableClause, Sequence[Row]]]:
    for own, kept in rows.in_order():
        yield own, [row for _, row in kept]
    yield INDEX, index_rows(engine, rows)
