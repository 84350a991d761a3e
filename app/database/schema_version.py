"""The schema's revision: the one that this version of Casebook knows, and the one that a database is at.

The files of the migrations say what Alembic would say of them, and it would cost every process 9 MB and half a second.
"""

import re
from functools import cache

from sqlalchemy import Connection, Select, String, column, inspect, select, table

from app.settings import ROOT

REVISION: Select[str] = select(column("version_num", String)).select_from(table("alembic_version"))
ASSIGNED = re.compile(r'^(revision|down_revision) = "(\w+)"', re.MULTILINE)


@cache
def _revisions() -> tuple[frozenset[str], frozenset[str]]:
    """All, and those that another comes after."""
    texts = [file.read_text(encoding="utf-8") for file in (ROOT / "migrations" / "versions").glob("*.py")]
    said = [found for text in texts for found in ASSIGNED.findall(text)]
    every, earlier = (frozenset(name for what, name in said if what == wanted) for wanted in ("revision", "down_revision"))
    return every, earlier


def known() -> frozenset[str]:
    """Every revision that this version has a migration to."""
    return _revisions()[0]


def head() -> str:
    """The newest revision: the one that no migration comes after."""
    every, earlier = _revisions()
    (newest,) = every - earlier
    return newest


def revision_of(connection: Connection) -> str | None:
    """The revision that a database is at; None before its first migration."""
    return connection.scalar(REVISION) if inspect(connection).has_table("alembic_version") else None
