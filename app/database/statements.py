"""Statements that are made once: compiled for an engine when first run, after which only their values change.

Building and compiling a statement costs several times what running it does. Knows no connection.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from sqlalchemy import BindParameter, ClauseElement, ColumnElement, Dialect, Integer, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

Values = Mapping[str, Any]
Row = Sequence[Any]
"""A row as the driver gives it: dates and JSON as text, on SQLite truth values as numbers."""


class CompiledStatement:
    """A statement whose values are named: those that are `bind`, and constants."""

    def __init__(self, statement: ClauseElement) -> None:
        self.statement = statement
        self._compiled: dict[str, Compiled] = {}

    def on(self, engine: str) -> "Compiled":
        """As an engine takes it."""
        made = self._compiled.get(engine)
        if made is None:
            made = self._compiled[engine] = compiled(self.statement, engine)
        return made


@dataclass(frozen=True)
class Compiled:
    """The text of a statement, and the values that go with it."""

    text: str
    arguments: Callable[[Values], Any]
    """What the driver takes as values: in their places on SQLite, by name on PostgreSQL."""


def compiled(statement: ClauseElement, engine: str) -> Compiled:
    """A statement as text, for a driver's own cursor."""
    made = statement.compile(dialect=_dialect(engine), compile_kwargs={"render_postcompile": True})
    constants = {name: value for name, value in made.params.items() if value is not None}
    if engine != "sqlite":
        return Compiled(str(made), lambda values: {**constants, **values})
    ordered: Any = made  # SQLite has its values in places
    places = [(name, constants.get(name)) for name in ordered.positiontup or ()]
    if not constants:
        names = [name for name, _ in places]
        return Compiled(str(made), lambda values: [_plain(values[name]) for name in names])
    return Compiled(str(made), lambda values: [_plain(values[name]) if name in values else constant for name, constant in places])


def _plain(value: Any) -> Any:
    """SQLite takes a list as JSON."""
    return orjson.dumps(value).decode() if isinstance(value, list) else value


@cache
def _dialect(engine: str) -> Dialect:
    if engine == "sqlite":
        from sqlalchemy.dialects.sqlite.pysqlite import dialect as sqlite  # noqa: PLC0415 - only the engine that is used

        return sqlite()
    from sqlalchemy.dialects.postgresql.psycopg import dialect as postgresql  # noqa: PLC0415 - as above

    made: Dialect = postgresql()  # type: ignore[no-untyped-call] # it is
    return made


def bind(name: str) -> BindParameter[Any]:
    """A place for the value of that name."""
    return bindparam(name, None)


class InList(FunctionElement[bool]):
    """Whether a column holds one of a list that is bound as one value, so that its length does not change the statement.

    Of no type: SQLite would have a Boolean compared with 1.
    """

    inherit_cache = True


def in_list(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """The column is one of the list bound as `name`."""
    return InList(column, bind(name))


@compiles(InList, "sqlite")
def _among_on_sqlite(element: InList, compiler: Any, **kw: Any) -> str:
    column, values = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - made of what is compiled already


@compiles(InList, "postgresql")
def _among_on_postgresql(element: InList, compiler: Any, **kw: Any) -> str:
    first, second = element.clauses
    kind = "INTEGER" if isinstance(first.type, Integer) else "TEXT"
    return f"{compiler.process(first, **kw)} = ANY (CAST({compiler.process(second, **kw)} AS {kind}[]))"
