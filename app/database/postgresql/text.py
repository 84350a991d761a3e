"""Dates and JSON as PostgreSQL writes them, as SQLite gives them anyway: answers are made of text."""

from typing import Any, TypeVar

from psycopg.types.string import TextLoader

Cursor = TypeVar("Cursor", bound=Any)


def as_text(cursor: Cursor) -> Cursor:
    """The cursor, whose rows have dates and JSON as text."""
    for name in ("date", "json"):
        cursor.adapters.register_loader(name, TextLoader)
    return cursor
