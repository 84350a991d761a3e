"""Building the database from seed_data: read, check, then replace everything in one transaction.

A reader during a load sees the old release or the new one; a load that fails or is killed leaves the old one. Another load waits.
"""

from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.database import refusal
from app.loader.check import references
from app.loader.constraint_check import broken_constraints
from app.loader.current_release import Loaded, current_release, digest, version_of
from app.loader.derive import derive
from app.loader.files import read_packs
from app.loader.migrate import migrate, shown
from app.loader.parse import parse
from app.loader.revisions import Progress, forget, revise
from app.loader.rows import Rows, rows
from app.loader.search import add_search
from app.loader.write import counted, name_release, remove_all, sum_up, write
from app.model.catalogue import Catalogue
from app.model.error import DatabaseError, Mistake, SeedError
from app.settings import KEPT_RELEASES


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
        mistakes += broken_constraints(made, catalogue)
    if mistakes:
        raise SeedError(mistakes)
    return made


def require(folder: Path, catalogue: Catalogue, version: str) -> None:
    """SeedError where the files make another release than this one."""
    made = version_of(digest(folder, catalogue))
    if made != version:
        said = f"these files make release {made} by this version of Casebook, not {version}: check out the files and the "
        said += "program that made it, or name a folder in CASEBOOK_SEED_DATA"
        raise SeedError([Mistake(file=str(folder), msg=said)])


def load(
    engine: Engine,
    folder: Path,
    catalogue: Catalogue,
    progress: Progress = lambda *_: None,
    keep: int = KEPT_RELEASES,
) -> Loaded:
    """Bring a database to what seed_data says. SeedError, DatabaseError; in either case it stays as it was."""
    migrate(engine)
    try:
        with engine.begin() as connection:
            wanted = digest(folder, catalogue)
            current = current_release(connection)
            if current is not None and current.digest == wanted:
                return Loaded(current.version, False, current.counts)
            made = checked_rows(folder, catalogue)
            if digest(folder, catalogue) != wanted:
                raise SeedError([Mistake(file=str(folder), msg="changed while it was read: load again")])
            add_search(made, catalogue)
            counts = counted({own.name: number for own, number in made.counts.items()}, catalogue)
            remove_all(connection)
            write(connection, made, progress)
            sum_up(connection)
            derive(connection, catalogue, progress)
            number = name_release(connection, wanted, counts, kept=True)
            differences = revise(connection, catalogue, number, progress)
            forget(connection, keep)
    except SQLAlchemyError as error:
        raise DatabaseError(f"{shown(engine)} was not loaded: {refusal(error)}") from error
    return Loaded(version_of(wanted), True, counts, differences if current is None or current.kept else None)
