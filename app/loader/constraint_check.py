"""A trial of rows against every constraint of the schema, in memory, so that mistakes are found without a database."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import CheckConstraint, Connection, Table, create_engine, delete, insert
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.pool import StaticPool

from app.loader.rows import Rows
from app.model.base import Base
from app.model.catalogue import Catalogue
from app.model.error import Mistake
from app.model.resource import table


def broken_constraints(rows: Rows, catalogue: Catalogue) -> Iterator[Mistake]:
    """A mistake for each row that a constraint refuses, with the fields that it is of, named as the schema names it."""
    lists = {table(field.of): name for one in catalogue.resources for name, field in one.fields.items() if field.of is not None}
    engine = create_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        for own, kept in rows.in_order():
            if _all_pass(connection, own, [row for _, row in kept]):
                continue
            connection.execute(delete(own))
            statement = insert(own)
            for entry, row in kept:
                try:
                    connection.execute(statement, row)
                except (IntegrityError, StatementError) as error:
                    broken = str(error.orig).removeprefix("CHECK constraint failed: ")
                    place = lists.get(own) or ", ".join(_columns(own, broken)) or own.name
                    yield entry.mistake(place, f"breaks the rule {broken.removeprefix(f'ck_{own.name}_')}")
    engine.dispose()


def _all_pass(connection: Connection, own: Table, rows: Sequence[dict[str, Any]]) -> bool:
    """Whether no row of a table is refused: so many at once take a tenth of the time that they take one by one."""
    try:
        for _, alike in groupby(rows, key=dict.keys):
            connection.execute(insert(own), list(alike))
    except (IntegrityError, StatementError):
        return False
    return True


def _columns(own: Table, broken: str) -> list[str]:
    """The columns that a broken rule speaks of; a date's precision goes without saying."""
    rule = next((check for check in own.constraints if isinstance(check, CheckConstraint) and check.name == broken), None)
    text = str(rule.sqltext) if rule is not None else broken
    named = (column.name for column in own.c if re.search(rf"\b{column.name}\b", text))
    return [name for name in named if not name.endswith("_precision")]
