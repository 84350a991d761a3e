"""Checks of a kind that was added to a copy of the project, run in the copy by `tests/test_contributing.py`:

    python -m tests.added_kind schema FOLDER
    python -m tests.added_kind sort FOLDER RESOURCE FIELD

FOLDER is where they make their databases.
"""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, inspect

from app.database import CompiledStatement, LoadingSnapshot, run_sync, writable_engine
from app.database.statements import Row
from app.kinds import RESOURCES
from app.loader.migrate import migrate
from app.model.base import Base
from app.model.catalogue import Catalogue
from app.model.search import INDEX_NAME
from app.query.lists.pages import page
from app.query.lists.parameters import list_parameters
from app.synthetic.synthesize import synthesize

RECORDS = 3_000
"""Enough for SQLite to plan for large tables."""


def check_schema(folder: Path) -> None:
    """Assert that the migrations make the same tables as the models."""
    migrated, declared = writable_engine(f"sqlite:///{folder / 'migrated.sqlite3'}"), create_engine("sqlite://")
    migrate(migrated)
    Base.metadata.create_all(declared)
    tables = {name for name in inspect(migrated).get_table_names() if not name.startswith(INDEX_NAME)}
    assert tables - {"alembic_version"} == set(Base.metadata.tables)
    for table in Base.metadata.tables:
        assert schema_of(migrated, table) == schema_of(declared, table), table
    migrated.dispose()
    declared.dispose()


def schema_of(engine: Engine, table: str) -> dict[str, Any]:
    """Return the columns, constraints and indexes of a table, regardless of their order."""
    inspector = inspect(engine)
    parts: dict[str, Sequence[Any]] = {
        "columns": inspector.get_columns(table),
        "foreign keys": inspector.get_foreign_keys(table),
        "checks": inspector.get_check_constraints(table),
        "unique constraints": inspector.get_unique_constraints(table),
        "indexes": inspector.get_indexes(table),
    }
    sorted_parts = {name: sorted(json.dumps(row, default=str, sort_keys=True) for row in rows) for name, rows in parts.items()}
    return sorted_parts | {"primary key": inspector.get_pk_constraint(table)}


class ExplainingSnapshot(LoadingSnapshot):
    """A snapshot that notes the query plan of each statement that finds the rows of a list."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.plans: list[list[str]] = []
        self._explaining = connection

    async def fetch(self, statement: CompiledStatement, **values: Any) -> Sequence[Row]:
        compiled = statement.on("sqlite")
        if "AS public_key" in compiled.text:
            explained = self._explaining.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled.text}", tuple(compiled.arguments(values)))
            self.plans.append([step for *_, step in explained])
        return await super().fetch(statement, **values)


def check_sort(folder: Path, name: str, field: str) -> None:
    """Assert that the first two pages of a list are read along an index of the field, in either direction."""
    catalogue = Catalogue(RESOURCES)
    resource = catalogue.by_name[name]
    parameters = list_parameters(resource, catalogue)
    engine = writable_engine(f"sqlite:///{folder / 'synthesized.sqlite3'}")
    synthesize(engine, catalogue, RECORDS)
    with engine.connect() as connection:
        for sort in (field, f"-{field}"):
            snapshot = ExplainingSnapshot(connection)
            query: dict[str, Any] = {"sort": [sort], "limit": 2}
            first = run_sync(page(snapshot, resource, parameters, parameters.model.model_validate(query)))
            query["cursor"] = first.next_cursor
            run_sync(page(snapshot, resource, parameters, parameters.model.model_validate(query)))
            first_plan, *later_plans = snapshot.plans
            assert later_plans
            assert_walks_index(first_plan, "SCAN")
            for plan in later_plans:
                assert_walks_index(plan, "SEARCH")
    engine.dispose()


def assert_walks_index(plan: list[str], access: str) -> None:
    """Assert that one table is read along an index, by `access`, and the others are looked up; nothing is sorted."""
    first, *others = plan
    assert first.startswith(access), plan
    assert "USING INDEX" in first or "USING COVERING INDEX" in first, plan
    assert not [step for step in others if step.startswith("SCAN") or "TEMP B-TREE" in step], plan


CHECKS: dict[str, Callable[..., None]] = {"schema": check_schema, "sort": check_sort}


if __name__ == "__main__":
    check, folder, *arguments = sys.argv[1:]
    CHECKS[check](Path(folder), *arguments)
