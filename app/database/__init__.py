"""The two ways to a database: a `Reader` that cannot write, for answering, and a writable engine, for migrating and loading.

Answers are read from a `Snapshot`: every statement of a request sees the same release. Knows no table but `release` and
Alembic's.
"""

from app.database.loading import LoadingSnapshot
from app.database.prepared import Prepared, Row, among, bound
from app.database.reader import Reader, Release, Snapshot, open_reader
from app.database.ready import Readiness, readiness
from app.database.unwaited import Waits, at_once
from app.database.writable import refusal, trusting, writable_engine

__all__ = [
    "LoadingSnapshot",
    "Prepared",
    "Reader",
    "Readiness",
    "Release",
    "Row",
    "Snapshot",
    "Waits",
    "among",
    "at_once",
    "bound",
    "open_reader",
    "readiness",
    "refusal",
    "trusting",
    "writable_engine",
]
