"""The rows of each engine's search index: for every word of a record's texts, a token of its stem and one of its exact form.

Both engines rank by BM25 over the same tokens. Knows nothing of where texts come from.
"""

from collections import defaultdict
from functools import lru_cache

from sqlalchemy import Executable, delete, func, insert, select

from app.loader.rows import Row, Rows
from app.model.resource import table
from app.model.search import INDEX, INDEX_NAME, INDEX_SIZE, INDEX_TOKEN, PARTS, Document
from app.model.tokenizer import exact_token, normalize, stem_token

MAX_POSITION = 16_383
"""PostgreSQL's limit of a position in a tsvector: phrases are found up to this word of a record."""


def delete_statements(dialect: str) -> list[Executable]:
    """Return the statements that empty the index."""
    if dialect == "postgresql":
        return [delete(INDEX), delete(INDEX_TOKEN), delete(INDEX_SIZE)]
    return [insert(INDEX).values({INDEX_NAME: "delete-all"})]


def token_count_statements(dialect: str) -> list[Executable]:
    """Return the statements that count the rows of each token, all rows and all tokens. FTS5 counts them as it is written."""
    if dialect != "postgresql":
        return []
    stat = func.ts_stat(f"SELECT vector FROM {INDEX_NAME}").table_valued("word", "ndoc")  # noqa: S608 - our name
    tokens = select(stat.c.word, stat.c.ndoc)
    size = select(func.count(), func.coalesce(func.sum(INDEX.c.tokens), 0))
    return [insert(INDEX_TOKEN).from_select(["token", "rows"], tokens), insert(INDEX_SIZE).from_select(["rows", "tokens"], size)]


def index_rows(dialect: str, rows: Rows) -> list[Row]:
    """Return the rows of the index, one for each record that has documents."""
    by_record: dict[int, list[Row]] = defaultdict(list)
    for _, document in rows.by_table.get(table(Document), []):
        by_record[document["record_id"]].append(document)
    make_columns = _postgresql_columns if dialect == "postgresql" else _sqlite_columns
    return [{"rowid": id_} | make_columns(documents) for id_, documents in by_record.items()]


def _sqlite_columns(documents: list[Row]) -> Row:
    """Return the column of each part: for each text its stems, then its exact tokens.

    So a phrase, which is of stems alone or of exact tokens alone, does not run from one text into another.
    """
    columns: dict[str, list[str]] = {part: [] for part in PARTS}
    for document in documents:
        columns[document["part"]].append(_tokens(document["text"]))
    return {part: " ".join(tokens) for part, tokens in columns.items()}


@lru_cache(maxsize=20_000)
def _tokens(text: str) -> str:
    words = normalize(text)
    return " ".join([*map(stem_token, words), *map(exact_token, words)])


def _postgresql_columns(documents: list[Row]) -> Row:
    """Return the tsvector and its number of tokens. Stem and exact token of a word share a position; texts have a gap between."""
    lexemes, position = list[str](), 0
    for document in documents:
        weight = "ABCD"[PARTS.index(document["part"])]
        for word in normalize(document["text"]):
            position = min(position + 1, MAX_POSITION)
            lexemes += [f"'{token}':{position}{weight}" for token in (stem_token(word), exact_token(word))]
        position += 1
    return {"vector": " ".join(lexemes), "tokens": len(lexemes)}
