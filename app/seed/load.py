"""Building the database from seed_data: read, check, then replace everything in one transaction.

A reader during a load sees the old release or the new one; a load that fails or is killed leaves the old one.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, TableClause, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from app.catalog.base import Base
from app.catalog.catalogue import Catalogue
from app.catalog.error import DatabaseError, Mistake, SeedError
from app.catalog.record import Record
from app.catalog.release import Release, Revision
from app.catalog.resource import table
from app.catalog.search import INDEX
from app.catalog.words import STEMMER
from app.database.revision import head
from app.seed.check import references
from app.seed.files import pack_files, read_packs
from app.seed.migrate import migrate
from app.seed.parse import parse
from app.seed.revisions import Progress, forget, revise
from app.seed.rows import Row, Rows, rows
from app.seed.search import add_search, emptied, index_rows
from app.seed.trial import broken_constraints
from app.settings import KEPT_RELEASES

CHUNK = 1000
VERSION_LENGTH = 12
LOADER = 1
"""Raised when equal files make other rows than before, as when the rule of verification changes."""
OUTLIVING = (table(Release), table(Revision))
"""What a load adds to and does not replace."""


@dataclass(frozen=True)
class Loaded:
    """What a load did."""

    version: str
    changed: bool
    counts: dict[str, int]
    differences: dict[str, int] | None = None
    """How many were added, changed and removed; None where nothing was loaded or it is not known how things stood before."""


def checked_rows(folder: Path, catalogue: Catalogue) -> Rows:
    """The rows that seed_data makes. SeedError with every mistake found where there is any."""
    mistakes: list[Mistake] = []
    packs = read_packs(folder, catalogue, mistakes)
    if mistakes:  # what refers to an unreadable file would only look wrong
        raise SeedError(mistakes)
    seed = parse(packs, catalogue, mistakes)
    mistakes += references(seed, catalogue)
    if not mistakes:
        made = rows(seed, catalogue)
        mistakes += broken_constraints(made)
    if mistakes:
        raise SeedError(mistakes)
    return made


def digest(folder: Path, catalogue: Catalogue) -> str:
    """SHA-256 over all that the database is made of: the packs' files, legal relations, the schema's revision, the loader."""
    made_by = f"{LOADER} {STEMMER} {head()} {sorted(catalogue.kinds)} {sorted(catalogue.relations.items())}"
    made_of = hashlib.sha256(made_by.encode())
    for file in pack_files(folder):
        content = file.read_bytes()
        made_of.update(f"\n{file.relative_to(folder).as_posix()} {len(content)}\n".encode() + content)
    return made_of.hexdigest()


def load(
    engine: Engine,
    folder: Path,
    catalogue: Catalogue,
    progress: Progress = lambda *_: None,
    keep: int = KEPT_RELEASES,
) -> Loaded:
    """Bring a database to what seed_data says. SeedError, DatabaseError; in either case it stays as it was."""
    migrate(engine)
    wanted = digest(folder, catalogue)
    try:
        with engine.connect() as connection:
            newest = select(Release.digest, Release.version, Release.counts, Release.kept).order_by(Release.id.desc()).limit(1)
            current = connection.execute(newest).first()
        if current is not None and current.digest == wanted:
            return Loaded(current.version, False, current.counts)
        made = checked_rows(folder, catalogue)
        add_search(made, catalogue)
        with engine.begin() as connection:
            counts = _replace(connection, made, progress)
            release = {"version": wanted[:VERSION_LENGTH], "digest": wanted, "loaded_at": datetime.now(UTC), "counts": counts}
            number = connection.execute(insert(Release).returning(Release.id), release | {"kept": True}).scalar_one()
            differences = revise(connection, catalogue, number, progress)
            forget(connection, keep)
    except SQLAlchemyError as error:
        raise DatabaseError(f"the load was undone: {getattr(error, 'orig', error)}") from error
    return Loaded(wanted[:VERSION_LENGTH], True, counts, differences if current is None or current.kept else None)


def _replace(connection: Connection, made: Rows, progress: Progress) -> dict[str, int]:
    engine = connection.dialect.name
    connection.execute(emptied(engine))
    for own in reversed(Base.metadata.sorted_tables):
        if own not in OUTLIVING:
            connection.execute(delete(own))
    tables: list[tuple[TableClause, list[Row]]] = [(own, [row for _, row in kept]) for own, kept in made.in_order()]
    for own, kept in (*tables, (INDEX, index_rows(engine, made))):
        for start in range(0, len(kept), CHUNK):
            connection.execute(insert(own), kept[start : start + CHUNK])
            progress(own.name, min(start + CHUNK, len(kept)), len(kept))
    kinds = Counter(row["kind"] for _, row in made.by_table.get(table(Record), []))
    others = ("link", "citation", "source", "passage", "country")
    return dict(sorted(kinds.items())) | {own.name: len(kept) for own, kept in made.in_order() if own.name in others}
