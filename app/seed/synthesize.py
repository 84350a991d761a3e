"""A database of any size with invented records, so that everything can be measured: the same rows for the same size and seed.

The loader's own code makes rows of them and writes these some at a time, in one transaction. Links have no notes, for a note is
a text of both ends; and there are no revisions, so it is not known what differs since a release that was synthesized.
"""

import hashlib
from collections import Counter

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from app.catalog.catalogue import Catalogue
from app.catalog.error import DatabaseError
from app.database import trusting
from app.seed.citing import sources
from app.seed.derive import derive
from app.seed.load import Loaded, made_by
from app.seed.migrate import migrate
from app.seed.population import Population
from app.seed.revisions import Progress
from app.seed.rows import BUILT_IN, Writer
from app.seed.search import add_terms, add_texts
from app.seed.write import counted, current_release, name_release, remove_all, version_of, write

SYNTHESIZER = 1
"""Raised when an equal size and seed make other rows than before."""
MARK = "synthesized"
"""Stands among the counts of a release that was synthesized, with the number of records asked for."""
PORTION = 1_000


def synthesize(engine: Engine, catalogue: Catalogue, records: int, seed: int = 1, progress: Progress = lambda *_: None) -> Loaded:
    """Fill a database. DatabaseError, and nothing lost, where it holds a release that was not synthesized."""
    migrate(engine)
    made_of = f"{MARK} {SYNTHESIZER} {records} {seed} {made_by(catalogue)}"
    wanted = hashlib.sha256(made_of.encode()).hexdigest()
    try:
        current = current_release(engine)
        if current is not None and MARK not in current.counts:
            raise DatabaseError(
                f"the database holds release {current.version}, which was loaded: name another to synthesize into"
            )
        if current is not None and current.digest == wanted:
            return Loaded(current.version, False, current.counts)
        with trusting(engine) as connection:
            remove_all(connection)
            written = _write_all(connection, catalogue, Population(catalogue, records, seed), progress)
            derive(connection, catalogue, progress)
            counts = written | {MARK: records}
            name_release(connection, wanted, counts, kept=False)
    except SQLAlchemyError as error:
        raise DatabaseError(f"nothing was changed: {getattr(error, 'orig', error)}") from error
    return Loaded(version_of(wanted), True, counts)


def is_synthesized(engine: Engine) -> bool:
    """Whether a database, brought to the schema of this version, holds a release that was synthesized."""
    migrate(engine)
    current = current_release(engine)
    return current is not None and MARK in current.counts


def _write_all(connection: Connection, catalogue: Catalogue, made: Population, progress: Progress) -> dict[str, int]:
    writer = Writer(sources(), catalogue, made.number_of)
    words: Counter[str] = Counter()
    writer.declarations()
    writer.sources()
    for resource, facts in made.facts.items():
        for fact in facts:
            writer.fact(resource, BUILT_IN, fact)
    for done, record in enumerate(made.records(), 1):
        writer.record(record)
        if done % PORTION == 0 or done == made.size:
            words += add_texts(writer.rows, catalogue)
            _write(connection, writer)
            progress("records", done, made.size)
    for done, (resource, told) in enumerate(made.told(), 1):
        writer.fact(resource, BUILT_IN, told)
        if done % PORTION == 0:
            _write(connection, writer)
            progress("facts of records", done, made.size)
    for done, record in enumerate(made.links(), 1):
        writer.links(record)
        if done % PORTION == 0 or done == made.size:
            _write(connection, writer)
            progress("links of records", done, made.size)
    add_terms(writer.rows, words)
    _write(connection, writer)
    return counted(writer.rows, catalogue)


def _write(connection: Connection, writer: Writer) -> None:
    write(connection, writer.rows)
    writer.rows.let_go()
