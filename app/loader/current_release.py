"""What a database holds, and whether that is what seed_data makes.

Imports little, for a server that starts asks no more than this most of the time.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, Row, select
from sqlalchemy.exc import SQLAlchemyError

from app.database import refusal
from app.database.schema_version import head
from app.loader.migrate import migrate, shown
from app.model.catalogue import Catalogue
from app.model.error import DatabaseError
from app.model.release import Release
from app.model.tokenizer import STEMMER

LOADER = 1
"""Raised when equal files make other rows than before, as when the rule of verification changes."""
MARK = "synthesized"
"""Stands among the counts of a release that was synthesized, with the number of records asked for."""
FEWEST, MOST = 50, 5_000_000
"""Records that can be synthesized."""
VERSION_LENGTH = 12


@dataclass(frozen=True)
class Loaded:
    """What a load did."""

    version: str
    changed: bool
    counts: dict[str, int]
    differences: dict[str, int] | None = None
    """How many were added, changed and removed; None where nothing was loaded or it is not known how things stood before."""


def held(engine: Engine, folder: Path, catalogue: Catalogue) -> Loaded | None:
    """What a database holds that a server is to leave as it is: what the files make, or a release that was synthesized.

    DatabaseError where it cannot be used, or brought to the schema of this version.
    """
    migrate(engine)
    try:
        with engine.begin() as connection:
            current = current_release(connection)
    except SQLAlchemyError as error:
        raise DatabaseError(f"{shown(engine)} was not loaded: {refusal(error)}") from error
    if current is not None and (MARK in current.counts or current.digest == digest(folder, catalogue)):
        return Loaded(current.version, False, current.counts)
    return None


def current_release(connection: Connection) -> Row[str, str, dict[str, int], bool] | None:
    """The release that a database holds."""
    newest = select(Release.digest, Release.version, Release.counts, Release.kept).order_by(Release.id.desc()).limit(1)
    return connection.execute(newest).first()


def digest(folder: Path, catalogue: Catalogue) -> str:
    """SHA-256 over all that the database is made of: the packs' files, and what makes rows of them."""
    made_of = hashlib.sha256(made_by(catalogue).encode())
    for file in pack_files(folder):
        content = file.read_bytes()
        made_of.update(f"\n{file.relative_to(folder).as_posix()} {len(content)}\n".encode() + content)
    return made_of.hexdigest()


def pack_files(folder: Path) -> Sequence[Path]:
    """Every file that the database is built from, in a fixed order."""
    return sorted(
        path for path in folder.glob("*/*") if path.suffix in {".yaml", ".csv"} and (path.parent / "pack.yaml").is_file()
    )


def made_by(catalogue: Catalogue) -> str:
    """What makes rows, whatever they are made of: the loader, the stemmer, the schema's revision, kinds and legal relations."""
    return f"{LOADER} {STEMMER} {head()} {sorted(catalogue.kinds)} {sorted(catalogue.relations.items())}"


def version_of(digest: str) -> str:
    """The data version of a digest."""
    return digest[:VERSION_LENGTH]
