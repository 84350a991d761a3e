"""A database of any size, filled with generated records to measure with: equal rows for an equal size and seed.

The loader's own code makes the rows and writes them range by range, in one transaction. Links have no notes, since a note is a
searched text of both ends. There are no revisions, so nothing can be said of changes since a synthesized release.
"""

import hashlib
from collections import Counter

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from app.database import bulk_transaction, display_url, refusal
from app.loader.current_release import SYNTHESIZED, LoadResult, current_release, fingerprint, version_of
from app.loader.derive import derive
from app.loader.migrate import migrate
from app.loader.write import Progress, count_index_tokens, delete_all_rows, insert_batch, insert_release, release_counts
from app.model.catalogue import Catalogue
from app.model.error import DatabaseError
from app.synthetic.batch_builder import BatchBuilder, BuiltRows
from app.synthetic.worker_pool import BuildRanges, open_pool

SYNTHESIZER_VERSION = 1
"""To be raised when an equal size and seed make other rows than before, as when draws are made in another order."""


def synthesize(
    engine: Engine, catalogue: Catalogue, records: int, seed: int = 1, progress: Progress = lambda *_: None
) -> LoadResult:
    """Fill a database with a number of generated records, in place of those of another synthesized release.

    Raise DatabaseError, and change nothing, if the database holds a release that was loaded from seed_data.
    """
    migrate(engine)
    made_from = f"{SYNTHESIZED} {SYNTHESIZER_VERSION} {records} {seed} {fingerprint(catalogue)}"
    digest = hashlib.sha256(made_from.encode()).hexdigest()
    try:
        with engine.begin() as connection:
            previous = current_release(connection)
        if previous is not None and SYNTHESIZED not in previous.counts:
            raise DatabaseError(
                f"the database holds release {previous.version}, which was loaded from seed_data: name another database"
            )
        if previous is not None and previous.digest == digest:
            return LoadResult(previous.version, False, previous.counts)
        builder = BatchBuilder(catalogue, records, seed, engine.dialect.name)
        with open_pool(builder) as build_ranges, bulk_transaction(engine) as connection:
            delete_all_rows(connection)
            row_counts = _write_all(connection, builder, build_ranges, progress)
            count_index_tokens(connection)
            derive(connection, catalogue, progress)
            counts = release_counts(row_counts, catalogue) | {SYNTHESIZED: records}
            insert_release(connection, digest, counts, kept=False)
    except SQLAlchemyError as error:
        raise DatabaseError(f"{display_url(engine.url)} was not changed: {refusal(error, engine.url)}") from error
    return LoadResult(version_of(digest), True, counts)


def _write_all(connection: Connection, builder: BatchBuilder, build_ranges: BuildRanges, progress: Progress) -> Counter[str]:
    """Write all rows, each after those that it refers to. Return the number of rows of each table."""
    row_counts: Counter[str] = Counter()
    records_by_word: Counter[str] = Counter()
    _write(connection, builder.build_referenced(), row_counts)
    ranges, total = list(builder.generator.ranges()), builder.generator.total
    for task, build in (("records", BatchBuilder.build_records), ("links", BatchBuilder.build_links)):
        done = 0
        for record_range, built in zip(ranges, build_ranges(build, ranges), strict=True):
            _write(connection, built, row_counts)
            records_by_word.update(built.records_by_word)
            done += len(record_range)
            progress(task, done, total)
    _write(connection, builder.build_terms(records_by_word), row_counts)
    return row_counts


def _write(connection: Connection, built: BuiltRows, row_counts: Counter[str]) -> None:
    for batch in built.batches:
        insert_batch(connection, batch)
        row_counts[batch.table] += len(batch.rows)
