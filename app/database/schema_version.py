"""The revisions of the schema: those that this version has migrations to, and the one of a database.

They are read from the text of the migrations. Alembic would say the same, but importing it costs every process 9 MB and half
a second.
"""

import re
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Select, String, column, inspect, select, table

from app.settings import ROOT

MIGRATIONS = ROOT / "migrations"
DATABASE_REVISION: Select[str] = select(column("version_num", String)).select_from(table("alembic_version"))
IDENTIFIER = re.compile(r"""^(?P<name>revision|down_revision) = (?P<quote>["'])(?P<value>\w+)(?P=quote)""", re.MULTILINE)


@cache
def _revisions(migrations: Path) -> tuple[frozenset[str], frozenset[str]]:
    """Return all revisions, and those that are followed by another."""
    texts = [file.read_text(encoding="utf-8") for file in (migrations / "versions").glob("*.py")]
    identifiers = [(match["name"], match["value"]) for text in texts for match in IDENTIFIER.finditer(text)]
    known, followed = (
        frozenset(value for name, value in identifiers if name == wanted) for wanted in ("revision", "down_revision")
    )
    return known, followed


def known_revisions(migrations: Path = MIGRATIONS) -> frozenset[str]:
    """Return every revision that there is a migration to."""
    return _revisions(migrations)[0]


def head(migrations: Path = MIGRATIONS) -> str:
    """Return the newest revision: the one that no migration follows."""
    known, followed = _revisions(migrations)
    (newest,) = known - followed
    return newest


def revision_of(connection: Connection) -> str | None:
    """Return the revision that a database is at; None before its first migration."""
    return connection.scalar(DATABASE_REVISION) if inspect(connection).has_table("alembic_version") else None
