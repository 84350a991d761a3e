"""A load: read seed_data, check it, and replace the contents of the database in one transaction.

During a load, readers see the old release until the new one is committed. A load that fails or is killed leaves the old one.
Loads that run at once wait for each other.
"""

from collections import Counter
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.database import display_url, refusal
from app.loader.constraint_check import broken_constraints
from app.loader.current_release import LoadResult, current_release, seed_digest, version_of
from app.loader.derive import derive
from app.loader.files import read_packs
from app.loader.layout import require_nothing_misplaced
from app.loader.migrate import migrate
from app.loader.parse import parse
from app.loader.reference_check import broken_references
from app.loader.revisions import forget_old_releases, update_revisions
from app.loader.rows import Rows, build_rows
from app.loader.search_rows import add_search_rows
from app.loader.write import Progress, count_index_tokens, delete_all_rows, insert_release, release_counts, write_rows
from app.model.catalogue import Catalogue
from app.model.error import DatabaseError, Mistake, SeedError
from app.settings import KEPT_RELEASES

MANY_ROWS = 10
"""Rows with the same mistake from which it is reported once."""


def checked_rows(folder: Path, catalogue: Catalogue) -> Rows:
    """Return the rows that seed_data makes. Raise SeedError with all mistakes if it has any."""
    mistakes: list[Mistake] = []
    packs = read_packs(folder, catalogue, mistakes)
    if mistakes:  # references to entries of a file that could not be read would be reported as broken
        raise SeedError(mistakes)
    seed = parse(packs, catalogue, mistakes)
    mistakes += broken_references(seed, catalogue)
    if mistakes:
        raise SeedError(_without_repeats(mistakes))
    rows = build_rows(seed, catalogue)
    mistakes += broken_constraints(rows, catalogue)
    if mistakes:
        raise SeedError(_without_repeats(mistakes))
    return rows


def _without_repeats(mistakes: list[Mistake]) -> list[Mistake]:
    """Return the mistakes, those of very many rows of a table only for the first: their column or mapping is wrong."""
    repeats = Counter((mistake.file, mistake.field, mistake.msg) for mistake in mistakes if mistake.file.endswith(".csv"))
    shortened, reported = [], set()
    for mistake in mistakes:
        key = (mistake.file, mistake.field, mistake.msg)
        if repeats[key] < MANY_ROWS:
            shortened.append(mistake)
        elif key not in reported:
            reported.add(key)
            shortened.append(replace(mistake, msg=f"{mistake.msg} (as in {repeats[key] - 1} further rows)"))
    return shortened


def require_release(folder: Path, catalogue: Catalogue, version: str) -> None:
    """Raise SeedError if the files make a release of another version."""
    actual = version_of(seed_digest(folder, catalogue))
    if actual != version:
        msg = (
            f"with this version of Casebook these files make release {actual}, not {version}: check out the files and the "
            "version of Casebook that made it, or set CASEBOOK_SEED_DATA to their folder"
        )
        raise SeedError([Mistake(file=str(folder), msg=msg)])


def load(
    engine: Engine,
    folder: Path,
    catalogue: Catalogue,
    progress: Progress = lambda *_: None,
    keep: int = KEPT_RELEASES,
) -> LoadResult:
    """Make a database hold the release of seed_data, with the revisions of the newest `keep` releases.

    Raise SeedError or DatabaseError, and change nothing, if the files or the database do not allow it.
    """
    migrate(engine)
    try:
        with engine.begin() as connection:
            digest = seed_digest(folder, catalogue)
            previous = current_release(connection)
            if previous is not None and previous.digest == digest:
                require_nothing_misplaced(folder, catalogue)
                return LoadResult(previous.version, False, previous.counts)
            rows = checked_rows(folder, catalogue)
            if seed_digest(folder, catalogue) != digest:
                raise SeedError([Mistake(file=str(folder), msg="changed while it was being read: load again")])
            add_search_rows(rows, catalogue)
            counts = release_counts({table.name: number for table, number in rows.counts.items()}, catalogue)
            delete_all_rows(connection)
            write_rows(connection, rows, progress)
            count_index_tokens(connection)
            derive(connection, catalogue, progress)
            release_id = insert_release(connection, digest, counts, kept=True)
            differences = update_revisions(connection, catalogue, release_id, progress)
            forget_old_releases(connection, keep)
    except SQLAlchemyError as error:
        raise DatabaseError(f"{display_url(engine.url)} was not loaded: {refusal(error, engine.url)}") from error
    return LoadResult(version_of(digest), True, counts, differences if previous is None or previous.kept else None)
