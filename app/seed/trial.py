"""A trial of rows against every constraint of the schema, in memory, so that mistakes are found without a database."""

from collections.abc import Iterator

from sqlalchemy import create_engine, insert
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.pool import StaticPool

from app.catalog.base import Base
from app.catalog.error import Mistake
from app.seed.rows import Rows


def broken_constraints(rows: Rows) -> Iterator[Mistake]:
    """A mistake for each row that a constraint refuses, named as the schema names it."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        for table, kept in rows.in_order():
            for entry, row in kept:
                try:
                    connection.execute(insert(table), row)
                except (IntegrityError, StatementError) as error:
                    broken = str(error.orig).removeprefix("CHECK constraint failed: ").removeprefix(f"ck_{table.name}_")
                    yield Mistake(file=entry.file, record=entry.label, field=table.name, msg=f"breaks the rule {broken}")
    engine.dispose()
