"""The release that a database holds, and whether it is the one that seed_data makes.

Imports little, since most starts of a server need nothing else of the loader.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, Row, select
from sqlalchemy.exc import SQLAlchemyError

from app.database import display_url, refusal
from app.database.schema_version import head
from app.loader.layout import printable, require_nothing_misplaced, seed_files
from app.loader.migrate import migrate
from app.model.catalogue import Catalogue
from app.model.error import DatabaseError, Mistake, SeedError
from app.model.release import Release
from app.model.tokenizer import STEMMER

LOADER_VERSION = 1
"""To be raised when equal files make other rows than before, as when the rule of verification changes."""
SYNTHESIZED = "synthesized"
"""Key in the counts of a synthesized release, whose value is the number of records that were requested."""
MIN_RECORDS, MAX_RECORDS = 50, 5_000_000
"""Limits of the number of records that can be synthesized."""
VERSION_LENGTH = 12
CHUNK_BYTES = 2**20


@dataclass(frozen=True)
class LoadResult:
    """The release that a database holds after a load, and whether the load changed it."""

    version: str
    changed: bool
    counts: dict[str, int]
    differences: dict[str, int] | None = None
    """Numbers added, changed and removed; None if nothing was loaded, or if no revisions of the release before are kept."""


def loaded_release(engine: Engine, folder: Path, catalogue: Catalogue) -> LoadResult | None:
    """Return the release if a server is to serve it as it is: made of exactly these files, or synthesized. Else return None.

    Migrate the database first. Raise DatabaseError if it cannot be used or migrated.
    """
    migrate(engine)
    try:
        with engine.begin() as connection:
            release = current_release(connection)
    except SQLAlchemyError as error:
        raise DatabaseError(f"{display_url(engine.url)} was not loaded: {refusal(error, engine.url)}") from error
    if release is None:
        return None
    if SYNTHESIZED not in release.counts:
        if release.digest != seed_digest(folder, catalogue):
            return None
        require_nothing_misplaced(folder, catalogue)
    return LoadResult(release.version, False, release.counts)


def current_release(connection: Connection) -> Row[str, str, dict[str, int], bool] | None:
    """Return digest, version, counts and `kept` of the newest release, None in an empty database."""
    newest = select(Release.digest, Release.version, Release.counts, Release.kept).order_by(Release.id.desc()).limit(1)
    return connection.execute(newest).first()


def seed_digest(folder: Path, catalogue: Catalogue) -> str:
    """Return the SHA-256 of everything that a release is made from: the files of the packs and the `fingerprint`.

    Raise SeedError if a file cannot be read.
    """
    digest = hashlib.sha256(fingerprint(catalogue).encode())
    try:
        for file in seed_files(folder):
            with file.open("rb") as content:
                size = os.fstat(content.fileno()).st_size
                digest.update(f"\n{printable(file.relative_to(folder))} {size}\n".encode())
                while chunk := content.read(CHUNK_BYTES):
                    digest.update(chunk)
    except OSError as error:
        place = printable(error.filename or folder)
        raise SeedError([Mistake(file=place, msg=f"cannot be read: {error.strerror}")]) from error
    return digest.hexdigest()


def fingerprint(catalogue: Catalogue) -> str:
    """Return what determines the rows besides the files: versions of loader, stemmer and schema, kinds and legal relations."""
    return f"{LOADER_VERSION} {STEMMER} {head()} {sorted(catalogue.kinds)} {sorted(catalogue.relations.items())}"


def version_of(digest: str) -> str:
    """Return the data version of a digest: its beginning."""
    return digest[:VERSION_LENGTH]
