"""The tables of search, which the loader fills from the records: texts, words, completions, and the engine's full-text index.

The index is an FTS5 table on SQLite and a `tsvector` column with a GIN index on PostgreSQL, neither of which a mapped class can
describe. On both engines it is called `search_index` and has `rowid`; the names of its other tables begin with its own. Its
counts, which FTS5 keeps by itself, are tables on PostgreSQL.
"""

from typing import Literal, get_args

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, Integer, column, table
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import Base, not_empty, one_of

Part = Literal["name", "alias", "text", "note"]
"""The role of a text, from the highest weight to the lowest: name, other name, text of the record, note on a link."""
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
"""The full-text index: `rowid` is the id of a record. PostgreSQL has `vector` and the number of tokens in it, SQLite a column
for each part and `search_index`, the hidden column that takes commands."""
INDEX_TOKEN = table(f"{INDEX_NAME}_token", column("token"), column("rows", Float))
"""PostgreSQL only: the number of index rows that hold a token."""
INDEX_SIZE = table(f"{INDEX_NAME}_size", column("rows", Float), column("tokens", Float))
"""PostgreSQL only: a single row with the number of index rows and the number of tokens in all of them."""


class Document(Base):
    """One searched text of a record, as written in its source file."""

    __tablename__ = "document"
    __table_args__ = (CheckConstraint("position > 0", name="position_from_one"), *not_empty("field", "text"))

    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(one_of(Part, "part"))
    field: Mapped[str]
    text: Mapped[str]


class Term(Base):
    """A normalized word, without accents and case, and the number of records whose texts hold it."""

    __tablename__ = "term"
    __table_args__ = (CheckConstraint("records > 0", name="records_positive"), *not_empty("word"))

    word: Mapped[str] = mapped_column(primary_key=True)
    records: Mapped[int]


class Completion(Base):
    """The rest of a record's name from one of its words on, normalized, so that completing a prefix is a range scan of `rest`.

    `inside` is false for the complete name, and true if `rest` begins at a later word: each has a range of its own in the
    primary key. `position` counts the record's names.
    """

    __tablename__ = "completion"
    __table_args__ = (
        CheckConstraint("position > 0", name="position_from_one"),
        *not_empty("rest", "name"),
        Index(None, "record_id"),  # without it, PostgreSQL scans the table for each record deleted
    )

    inside: Mapped[bool] = mapped_column(primary_key=True)
    rest: Mapped[str] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
