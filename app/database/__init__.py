"""Access to the database: a `Reader` that cannot write serves requests, a writable engine migrates and loads.

A request reads from a `Snapshot`, so that all of its statements see the same release. Of the tables, only `release` and
Alembic's are known here.
"""

from app.database.display import display_url
from app.database.loading import LoadingSnapshot, run_sync
from app.database.reader import open_reader
from app.database.readiness import Readiness, check_readiness
from app.database.snapshot import Reader, Release, Snapshot
from app.database.statements import CompiledStatement, Row, bind, in_list
from app.database.writer import bulk_transaction, refusal, writable_engine

__all__ = [
    "CompiledStatement",
    "LoadingSnapshot",
    "Reader",
    "Readiness",
    "Release",
    "Row",
    "Snapshot",
    "bind",
    "bulk_transaction",
    "check_readiness",
    "display_url",
    "in_list",
    "open_reader",
    "refusal",
    "run_sync",
    "writable_engine",
]
