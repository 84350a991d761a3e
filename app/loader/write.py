"""Rows into the tables of a database, in a transaction of the caller's: what was there removed, chunks written, a release named.

Knows nothing of where the rows come from.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Date, TableClause, delete, insert
from sqlalchemy.exc import DBAPIError

from app.loader.current_release import version_of
from app.loader.revisions import Progress
from app.loader.rows import Row, Rows
from app.loader.search_index import emptied, index_rows, summed_up
from app.model.base import Base
from app.model.catalogue import Catalogue
from app.model.citation import Citation
from app.model.link import Link
from app.model.record import Record
from app.model.release import Release, Revision
from app.model.resource import table
from app.model.search import INDEX
from app.model.source import Passage, Source

CHUNK = 1000
OUTLIVING = (table(Release), table(Revision))
"""What a load adds to and does not replace."""


def remove_all(connection: Connection) -> None:
    """Empty every table that a load fills."""
    for statement in emptied(connection.dialect.name):
        connection.execute(statement)
    for own in reversed(Base.metadata.sorted_tables):
        if own not in OUTLIVING:
            connection.execute(delete(own))


@dataclass(frozen=True)
class Batch:
    """Rows of one table as a driver takes them: several times as fast as row by row through the types."""

    table: str
    columns: Sequence[str]
    rows: Sequence[tuple[Any, ...]]


def batches(engine: str, rows: Rows) -> Iterator[Batch]:
    """Rows by table, and what the engine's index holds of the records that have texts among them. Dates are text."""
    for own, kept in rows.in_order():
        yield _batch(own, [row for _, row in kept])
    indexed = index_rows(engine, rows)
    if indexed:
        yield _batch(INDEX, indexed)


def insert_batch(connection: Connection, batch: Batch) -> None:
    """Write a batch."""
    quote = connection.dialect.identifier_preparer.quote
    into = f"{quote(batch.table)} ({', '.join(map(quote, batch.columns))})"
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(batch.columns))
        connection.exec_driver_sql(f"INSERT INTO {into} VALUES ({marks})", batch.rows)  # noqa: S608 - our names
    else:
        _copy(connection, f"COPY {into} FROM STDIN", batch.rows)


def _copy(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """On PostgreSQL in half the time of INSERT. SQLAlchemy has no way to it, so its errors are made here."""
    driver: Any = connection.connection
    wrong = connection.dialect.loaded_dbapi.Error
    try:
        with driver.cursor().copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except wrong as error:
        raise DBAPIError.instance(statement, None, error, wrong) from error


def write(connection: Connection, rows: Rows, progress: Progress = lambda *_: None) -> None:
    """Write rows, and what the engine's index holds of them."""
    for batch in batches(connection.dialect.name, rows):
        total = len(batch.rows)
        for start in range(0, total, CHUNK):
            insert_batch(connection, Batch(batch.table, batch.columns, batch.rows[start : start + CHUNK]))
            progress(batch.table, min(start + CHUNK, total), total)


def sum_up(connection: Connection) -> None:
    """Count what the engine's index holds, once everything is written."""
    for statement in summed_up(connection.dialect.name):
        connection.execute(statement)


def name_release(connection: Connection, digest: str, counts: dict[str, int], *, kept: bool) -> int:
    """Name what was written; the number of the release."""
    named = {"version": version_of(digest), "digest": digest, "counts": counts}
    release = named | {"loaded_at": datetime.now(UTC), "kept": kept, "written": True}
    number: int = connection.execute(insert(Release).returning(Release.id), release).scalar_one()
    return number


def counted(counts: Mapping[str, int], catalogue: Catalogue) -> dict[str, int]:
    """Of the rows in each table, how many there are of each kind, and of what else a release counts."""
    kinds = [resource.model for _, resource in sorted(catalogue.kinds.items())]
    facts = [resource.model for resource in catalogue.tables]
    models: tuple[type[Base], ...] = (*kinds, Record, *facts, Source, Passage, Link, Citation)
    return {name: counts[name] for name in (table(model).name for model in models) if counts.get(name)}


def _batch(own: TableClause, rows: Sequence[Row]) -> Batch:
    columns = [column for column in own.c if column.name in rows[0]]
    dates = [column.name for column in columns if isinstance(column.type, Date)]
    if dates:
        rows = [row | {name: row[name] and row[name].isoformat() for name in dates} for row in rows]
    names = [column.name for column in columns]
    return Batch(own.name, names, [tuple(map(row.__getitem__, names)) for row in rows])
