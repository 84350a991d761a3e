"""The two ways to a database: a `Reader` that cannot write, for answering, and a writable engine, for migrating and loading.

Answers are read from a `Snapshot`: every statement of a request sees the same release. Knows no table but `release` and
Alembic's.
"""

from app.database.reader import Reader, Snapshot, open_reader
from app.database.ready import Readiness, readiness
from app.database.writable import writable_engine

__all__ = ["Reader", "Readiness", "Snapshot", "open_reader", "readiness", "writable_engine"]
