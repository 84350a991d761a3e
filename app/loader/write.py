"""Rows, written to the tables of a database within the caller's transaction. Knows nothing of where the rows come from."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Date, TableClause, delete, insert
from sqlalchemy.exc import DBAPIError

from app.loader.current_release import version_of
from app.loader.rows import Row, Rows
from app.loader.search_index import delete_statements, index_rows, token_count_statements
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
HISTORY_TABLES = (table(Release), table(Revision))
"""The tables that a load adds to; it replaces the rows of all others."""
Progress = Callable[[str, int, int], None]
"""Called with the name of a task, the number of rows or steps that are done, and their total."""


@dataclass(frozen=True)
class Batch:
    """Rows of one table as tuples for the driver, which takes them several times as fast as SQLAlchemy's types would."""

    table: str
    columns: Sequence[str]
    rows: Sequence[tuple[Any, ...]]


def delete_all_rows(connection: Connection) -> None:
    """Empty every table that a load fills, and the search index."""
    for statement in delete_statements(connection.dialect.name):
        connection.execute(statement)
    for sql_table in reversed(Base.metadata.sorted_tables):
        if sql_table not in HISTORY_TABLES:
            connection.execute(delete(sql_table))


def write_rows(connection: Connection, rows: Rows, progress: Progress = lambda *_: None) -> None:
    """Write rows, and the entries of the search index for the records among them that have texts."""
    for batch in make_batches(connection.dialect.name, rows):
        total = len(batch.rows)
        for start in range(0, total, CHUNK):
            insert_batch(connection, Batch(batch.table, batch.columns, batch.rows[start : start + CHUNK]))
            progress(batch.table, min(start + CHUNK, total), total)


def make_batches(dialect: str, rows: Rows) -> Iterator[Batch]:
    """Yield the rows of each table, then those of the dialect's search index. Dates are text."""
    for sql_table, entries_and_rows in rows.in_order():
        yield _make_batch(sql_table, [row for _, row in entries_and_rows])
    indexed = index_rows(dialect, rows)
    if indexed:
        yield _make_batch(INDEX, indexed)


def insert_batch(connection: Connection, batch: Batch) -> None:
    """Insert a batch through the driver: with executemany on SQLite, with COPY on PostgreSQL."""
    quote = connection.dialect.identifier_preparer.quote
    target = f"{quote(batch.table)} ({', '.join(map(quote, batch.columns))})"
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(batch.columns))
        connection.exec_driver_sql(f"INSERT INTO {target} VALUES ({marks})", batch.rows)  # noqa: S608 - our names
    else:
        _copy(connection, f"COPY {target} FROM STDIN", batch)


def count_index_tokens(connection: Connection) -> None:
    """Count the tokens of the search index for relevance, once everything is written."""
    for statement in token_count_statements(connection.dialect.name):
        connection.execute(statement)


def insert_release(connection: Connection, digest: str, counts: dict[str, int], *, kept: bool) -> int:
    """Add the release that was written. Return its id."""
    release = {"version": version_of(digest), "digest": digest, "counts": counts, "kept": kept}
    release |= {"loaded_at": datetime.now(UTC), "written": True}
    release_id: int = connection.execute(insert(Release).returning(Release.id), release).scalar_one()
    return release_id


def release_counts(row_counts: Mapping[str, int], catalogue: Catalogue) -> dict[str, int]:
    """Return the counts that a release states, out of the row counts of all tables: kinds, records, facts, sources, links ..."""
    kinds = [resource.model for _, resource in sorted(catalogue.kinds.items())]
    facts = [resource.model for resource in catalogue.tables]
    models: tuple[type[Base], ...] = (*kinds, Record, *facts, Source, Passage, Link, Citation)
    return {name: row_counts[name] for name in (table(model).name for model in models) if row_counts.get(name)}


def _copy(connection: Connection, statement: str, batch: Batch) -> None:
    """Write rows with COPY, in half the time of INSERT. SQLAlchemy does not support it, so wrap the driver's errors by hand."""
    driver: Any = connection.connection
    driver_error = connection.dialect.loaded_dbapi.Error
    row_number = 0
    try:
        with driver.cursor().copy(statement) as copy:
            for row in batch.rows:
                row_number += 1
                copy.write_row(row)
    except (driver_error, UnicodeError) as error:
        # The driver refuses a row before it is sent, the server after all are, naming its line.
        line = re.search(r"COPY \w+, line (\d+)", getattr(getattr(error, "diag", None), "context", None) or "")
        error.add_note(_describe_row(batch, int(line[1]) if line else row_number))
        raise DBAPIError.instance(statement, None, error, driver_error) from error


def _describe_row(batch: Batch, number: int) -> str:
    """Return how messages name a row, counted from 1: `record mission:unef` or, of other tables, their first columns."""
    row = dict(zip(batch.columns, batch.rows[number - 1], strict=True))
    if "slug" in row:
        return f"in {batch.table} {':'.join(filter(None, (row.get('kind'), row['slug'])))}"
    return f"in {batch.table} " + ", ".join(f"{name} {str(row[name])[:80]!r}" for name in batch.columns[:3])


def _make_batch(sql_table: TableClause, rows: Sequence[Row]) -> Batch:
    columns = [column for column in sql_table.c if column.name in rows[0]]
    dates = [column.name for column in columns if isinstance(column.type, Date)]
    if dates:
        rows = [row | {name: row[name] and row[name].isoformat() for name in dates} for row in rows]
    names = [column.name for column in columns]
    return Batch(sql_table.name, names, [tuple(map(row.__getitem__, names)) for row in rows])
