"""Statements that are compiled once for each engine and then run with different values.

Building and compiling a statement takes several times as long as running it. Knows no connection.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from sqlalchemy import BindParameter, ClauseElement, ColumnElement, Dialect, Integer, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

Values = Mapping[str, Any]
Row = Sequence[Any]
"""A row as the driver returns it: dates and JSON as text, and on SQLite booleans as numbers."""


BASE_BYTES, BYTES_PER_CHARACTER = 4_000, 60
"""Memory of a statement: its objects in SQLAlchemy and its text as compiled. Measured by the growth of the process (RSS) over
3,361 statements of lists on SQLite."""


class CompiledStatement:
    """A statement of named bind parameters, made by `bind`, and constants. It is compiled when an engine first runs it."""

    def __init__(self, statement: ClauseElement) -> None:
        self.statement = statement
        self._by_engine: dict[str, DriverStatement] = {}

    @property
    def size(self) -> int:
        """The bytes that the statement takes, about: its own objects and, once compiled, the prepared one of the driver."""
        characters = sum(len(compiled.text) for compiled in self._by_engine.values())
        return BASE_BYTES + characters * BYTES_PER_CHARACTER

    def on(self, engine: str) -> "DriverStatement":
        """Return the statement as compiled for an engine."""
        compiled = self._by_engine.get(engine)
        if compiled is None:
            compiled = self._by_engine[engine] = compile_for_driver(self.statement, engine)
        return compiled


@dataclass(frozen=True)
class DriverStatement:
    """The text of a statement for the cursor of a driver, and the function that makes its arguments."""

    text: str
    arguments: Callable[[Values], Any]
    """The arguments of the driver for values by name: on SQLite a list in the order of the text, else a dictionary."""


def compile_for_driver(statement: ClauseElement, engine: str) -> DriverStatement:
    """Compile a statement for the cursor of a driver."""
    compiled = statement.compile(dialect=_dialect(engine), compile_kwargs={"render_postcompile": True})
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 - whatever is not DDL compiles to one
    text, constants = str(compiled), {name: value for name, value in compiled.params.items() if value is not None}
    if engine != "sqlite":
        return DriverStatement(text, lambda values: {**constants, **values})
    names = list(compiled.positiontup or ())
    if not constants:
        return DriverStatement(text, lambda values: [_sqlite_value(values[name]) for name in names])
    defaults = [(name, constants.get(name)) for name in names]
    return DriverStatement(
        text, lambda values: [_sqlite_value(values[name]) if name in values else default for name, default in defaults]
    )


def _sqlite_value(value: Any) -> Any:
    """Return a value as the SQLite driver takes it: a list as JSON, for `json_each`."""
    return orjson.dumps(value).decode() if isinstance(value, list) else value


@cache
def _dialect(engine: str) -> Dialect:
    if engine == "sqlite":
        from sqlalchemy.dialects.sqlite.pysqlite import dialect as sqlite  # noqa: PLC0415 - import only the engine in use

        return sqlite()
    from sqlalchemy.dialects.postgresql.psycopg import dialect as postgresql  # noqa: PLC0415 - as above

    dialect: Dialect = postgresql()  # type: ignore[no-untyped-call] # it has no annotations
    return dialect


def bind(name: str) -> BindParameter[Any]:
    """Return a bind parameter."""
    return bindparam(name, None)


class InList(FunctionElement[bool]):
    """The condition that a column is in a list bound as one value, so that the text is the same for lists of any length.

    It has no type: for a Boolean, SQLAlchemy would write `= 1` after it on SQLite.
    """

    inherit_cache = True


def in_list(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Return the condition that a column is in the list bound as `name`."""
    return InList(column, bind(name))


@compiles(InList, "sqlite")
def _sqlite_in_list(element: InList, compiler: Any, **kw: Any) -> str:
    column, values = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - both are compiled already


@compiles(InList, "postgresql")
def _postgresql_in_list(element: InList, compiler: Any, **kw: Any) -> str:
    column, values = element.clauses
    item_type = "INTEGER" if isinstance(column.type, Integer) else "TEXT"
    return f"{compiler.process(column, **kw)} = ANY (CAST({compiler.process(values, **kw)} AS {item_type}[]))"
