"""The constraints of the schema, checked without the database to be loaded: rows are inserted into one in memory."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import CheckConstraint, Column, Connection, Table, create_engine, delete, insert
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.pool import StaticPool
from sqlalchemy.sql.elements import ColumnElement

from app.loader.rows import Rows
from app.model.base import Base
from app.model.catalogue import Catalogue
from app.model.error import Mistake
from app.model.resource import table


def broken_constraints(rows: Rows, catalogue: Catalogue) -> Iterator[Mistake]:
    """Yield a mistake for each row that breaks a constraint, with the fields that the constraint is about."""
    fields = [(name, field) for resource in catalogue.resources for name, field in resource.fields.items()]
    list_fields = {table(field.of): name for name, field in fields if field.of is not None}
    key_parts = {field.expression: field.made_of for _, field in fields if field.made_of}
    engine = create_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        for sql_table, entries_and_rows in rows.in_order():
            if _insert_all(connection, sql_table, [row for _, row in entries_and_rows]):
                continue
            connection.execute(delete(sql_table))
            for entry, row in entries_and_rows:
                try:
                    connection.execute(insert(sql_table), row)
                except (IntegrityError, StatementError) as error:
                    kind, _, detail = str(error.orig).partition(" constraint failed: ")
                    columns = _columns(sql_table, detail or kind, key_parts)
                    place = list_fields.get(sql_table) or ", ".join(columns) or sql_table.name
                    yield entry.mistake(place, _message(kind, detail.removeprefix(f"ck_{sql_table.name}_")))
    engine.dispose()


def _insert_all(connection: Connection, sql_table: Table, rows: Sequence[dict[str, Any]]) -> bool:
    """Insert all rows of a table; return False if one is refused. This takes a tenth of the time of inserting one by one."""
    try:
        for _, same_columns in groupby(rows, key=dict.keys):
            connection.execute(insert(sql_table), list(same_columns))
    except (IntegrityError, StatementError):
        return False
    return True


def _columns(sql_table: Table, detail: str, key_parts: Mapping[ColumnElement[Any], Sequence[str]]) -> list[str]:
    """Return the fields that a constraint is about, given its name or its columns as SQLite reports them.

    A key that is made of other fields stands for these. The precision of a date is left out: it is part of the date's field.
    """
    checks = (check for check in sql_table.constraints if isinstance(check, CheckConstraint))
    text = next((str(check.sqltext) for check in checks if check.name == detail), detail.replace(f"{sql_table.name}.", ""))
    columns: list[Column[Any]] = [column for column in sql_table.c if re.search(rf"\b{column.name}\b", text)]
    names = [name for column in columns for name in key_parts.get(column, (column.name,))]
    return [name for name in names if not name.endswith("_precision")]


def _message(kind: str, detail: str) -> str:
    if kind == "UNIQUE":
        return "must be unique, but is given twice"
    if kind == "CHECK":
        return _rule(detail)
    return f"cannot be null, but {detail} is" if kind == "NOT NULL" else f"cannot be stored: {kind} {detail}".strip()


def _rule(name: str) -> str:
    """Return the rule of a CHECK constraint in words, from its name."""
    first, not_after, last = name.partition("_not_after_")
    if not_after:
        return f"{first} must not be after {last}"
    return "must not be empty" if name.endswith("_not_empty") else f"breaks the rule {name.replace('_', ' ')!r}"
