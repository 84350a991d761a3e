"""A row that PostgreSQL refuses during a load is named in the message, in one line."""

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.database import refusal
from app.loader.migrate import migrate
from app.loader.write import Batch, insert_batch

RECORD = ("id", "kind", "slug", "name", "sort_name", "verification")
RIGHT = (1, "concept", "peace", "Peace", "peace", "single_source")
REFUSED = [
    (Batch("kind", ("name", "path"), [("a", "a"), ("b\0", "b")]), "in kind name 'b\\x00', path 'b'"),
    (Batch("kind", ("name", "path"), [("a", "a"), ("b", "b"), ("b", "c")]), "in kind name 'b', path 'c'"),
    (Batch("record", RECORD, [RIGHT, (2, "concept", "war", "War\0", "war", "single_source")]), "in record concept:war"),
    (Batch("record", RECORD, [RIGHT, (2, "concept", "war", "", "war", "single_source")]), "in record concept:war"),
    (Batch("record", RECORD, [RIGHT, (2**40, "concept", "war", "War", "war", "single_source")]), "in record concept:war"),
    (Batch("record", RECORD, [(1, "concept", "war", "\ud800", "war", "single_source")]), "in record concept:war"),
]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_row_that_is_refused_is_named(engine: Engine) -> None:
    migrate(engine)
    for batch, name in REFUSED:
        with pytest.raises(SQLAlchemyError) as refused, engine.begin() as connection:
            insert_batch(connection, batch)
        message = refusal(refused.value, engine.url)
        assert name in message
        assert "\n" not in message
