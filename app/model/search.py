"""What search reads, all of it made by the loader from the records: texts, words, completions, and the engine's own index.

The index is no table that the models could describe: an FTS5 table on SQLite, a `tsvector` with a GIN index on PostgreSQL.
Here it goes by one name, with one column that both have; its tables on either engine begin with that name. What FTS5 counts by
itself, PostgreSQL has tables for: how many rows hold a token, how many rows and tokens there are.
"""

from typing import Literal, get_args

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, Integer, column, table
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import Base, not_empty, one_of

Part = Literal["name", "alias", "text", "note"]
"""What a text is to its record, the weightiest first: its name, another name, what is said of it, what is said beside it."""
PARTS: tuple[Part, ...] = get_args(Part)
WEIGHTS = (10.0, 5.0, 2.0, 1.0)
INDEX_NAME = "search_index"
INDEX = table(
    INDEX_NAME,
    column("rowid", Integer),
    *map(column, PARTS),
    column(INDEX_NAME),
    column("vector", TSVECTOR),
    column("tokens", Float),
)
"""The engine's index: `rowid` is the id of a record. PostgreSQL has `vector` and the number of tokens beside it, SQLite the
rest, of which the last takes commands."""
INDEX_TOKEN = table(f"{INDEX_NAME}_token", column("token"), column("rows", Float))
"""On PostgreSQL, how many rows of the index hold a token."""
INDEX_SIZE = table(f"{INDEX_NAME}_size", column("rows", Float), column("tokens", Float))
"""On PostgreSQL, in its one row, how many rows the index has, and how many tokens these have."""


class Document(Base):
    """One text of a record that search looks into, as it was written."""

    __tablename__ = "document"
    __table_args__ = (CheckConstraint("position > 0", name="position_from_one"), *not_empty("field", "text"))

    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(one_of(Part, "part"))
    field: Mapped[str]
    text: Mapped[str]


class Term(Base):
    """A word that texts hold, without accents and in one case, and how many records hold it."""

    __tablename__ = "term"
    __table_args__ = (CheckConstraint("records > 0", name="records_positive"), *not_empty("word"))

    word: Mapped[str] = mapped_column(primary_key=True)
    records: Mapped[int]


class Completion(Base):
    """One name of a record from one of its words on, without accents and in one case, so that a prefix is a range of `rest`.

    What begins within the name (`inside`) is a range of its own. `position` counts the record's names.
    """

    __tablename__ = "completion"
    __table_args__ = (
        CheckConstraint("position > 0", name="position_from_one"),
        *not_empty("rest", "name"),
        Index(None, "record_id"),  # by which PostgreSQL sees that nothing refers to a record any more
    )

    inside: Mapped[bool] = mapped_column(primary_key=True)
    rest: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
