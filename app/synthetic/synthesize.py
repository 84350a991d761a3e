"""A database of any size with invented records, so that everything can be measured: the same rows for the same size and seed.

The loader's own code makes rows of them and writes these some at a time, in one transaction. Links have no notes, for a note is
a text of both ends; and there are no revisions, so it is not known what differs since a release that was synthesized.
"""

import hashlib
from collections import Counter

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from app.database import bulk_transaction, refusal
from app.loader.current_release import MARK, Loaded, current_release, made_by, version_of
from app.loader.derive import derive
from app.loader.migrate import migrate, shown
from app.loader.revisions import Progress
from app.loader.write import counted, insert_batch, name_release, remove_all, sum_up
from app.model.catalogue import Catalogue
from app.model.error import DatabaseError
from app.synthetic.portions import Made, Maker, RequestInfo, working

SYNTHESIZER = 1
"""Raised when an equal size and seed make other rows than before."""


def synthesize(engine: Engine, catalogue: Catalogue, records: int, seed: int = 1, progress: Progress = lambda *_: None) -> Loaded:
    """Fill a database. DatabaseError, and nothing lost, where it holds a release that was not synthesized.

    Other processes make what this one writes, where they can find the catalogue.
    """
    migrate(engine)
    made_of = f"{MARK} {SYNTHESIZER} {records} {seed} {made_by(catalogue)}"
    wanted = hashlib.sha256(made_of.encode()).hexdigest()
    try:
        with engine.begin() as connection:
            current = current_release(connection)
        if current is not None and MARK not in current.counts:
            raise DatabaseError(
                f"the database holds release {current.version}, which was loaded: name another to synthesize into"
            )
        if current is not None and current.digest == wanted:
            return Loaded(current.version, False, current.counts)
        maker = Maker(catalogue, records, seed, engine.dialect.name)
        with working(maker) as work, bulk_transaction(engine) as connection:
            remove_all(connection)
            written = counted(_write_all(connection, maker, work, progress), catalogue)
            sum_up(connection)
            derive(connection, catalogue, progress)
            name_release(connection, wanted, written | {MARK: records}, kept=False)
    except SQLAlchemyError as error:
        raise DatabaseError(f"{shown(engine)} was not changed: {refusal(error)}") from error
    return Loaded(version_of(wanted), True, written | {MARK: records})


def _write_all(connection: Connection, maker: Maker, work: RequestInfo, progress: Progress) -> Counter[str]:
    """Write everything, what is referred to first; how many rows each table has."""
    counts: Counter[str] = Counter()
    words: Counter[str] = Counter()
    _write(connection, maker.beginning(), counts)
    portions, size = list(maker.population.portions()), maker.population.size
    for what, make in (("records", Maker.records), ("links of records", Maker.links)):
        done = 0
        for portion, made in zip(portions, work(make, portions), strict=True):
            _write(connection, made, counts)
            words.update(made.words)
            done += len(portion)
            progress(what, done, size)
    _write(connection, maker.end(words), counts)
    return counts


def _write(connection: Connection, made: Made, counts: Counter[str]) -> None:
    for batch in made.batches:
        insert_batch(connection, batch)
        counts[batch.table] += len(batch.rows)
