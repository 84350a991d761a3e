"""What each engine's index holds, made from the texts of records: of every word its stem, and beside it the word as it is.

Both engines rank by BM25 over the same tokens. Knows nothing of where texts come from.
"""

from collections import defaultdict
from functools import lru_cache

from sqlalchemy import Executable, delete, func, insert, select

from app.loader.rows import Row, Rows
from app.model.resource import table
from app.model.search import INDEX, INDEX_NAME, INDEX_SIZE, INDEX_TOKEN, PARTS, Document
from app.model.tokenizer import exact_token, normalize, stem_token

LAST_POSITION = 16_383
"""PostgreSQL counts no further: phrases are found up to here in a record."""


def emptied(engine: str) -> list[Executable]:
    """The statements that empty an engine's index."""
    if engine == "postgresql":
        return [delete(INDEX), delete(INDEX_TOKEN), delete(INDEX_SIZE)]
    return [insert(INDEX).values({INDEX_NAME: "delete-all"})]


def summed_up(engine: str) -> list[Executable]:
    """The statements that count what an engine's index holds, for relevance; FTS5 has counted while it was written."""
    if engine != "postgresql":
        return []
    held = func.ts_stat(f"SELECT vector FROM {INDEX_NAME}").table_valued("word", "ndoc")  # noqa: S608 - our name
    tokens = select(held.c.word, held.c.ndoc)
    size = select(func.count(), func.coalesce(func.sum(INDEX.c.tokens), 0))
    return [insert(INDEX_TOKEN).from_select(["token", "rows"], tokens), insert(INDEX_SIZE).from_select(["rows", "tokens"], size)]


def index_rows(engine: str, rows: Rows) -> list[Row]:
    """The rows of an engine's index, one a record."""
    by_record: dict[int, list[Row]] = defaultdict(list)
    for _, row in rows.by_table.get(table(Document), []):
        by_record[row["record_id"]].append(row)
    made = _vector if engine == "postgresql" else _columns
    return [{"rowid": id_} | made(documents) for id_, documents in by_record.items()]


def _columns(documents: list[Row]) -> Row:
    """By part, each text as its stems and then as its exact words: in a row come those of one sort and one text only."""
    columns: dict[str, list[str]] = {part: [] for part in PARTS}
    for document in documents:
        columns[document["part"]].append(_tokens(document["text"]))
    return {part: " ".join(tokens) for part, tokens in columns.items()}


@lru_cache(maxsize=20_000)
def _tokens(text: str) -> str:
    words = normalize(text)
    return " ".join([*map(stem_token, words), *map(exact_token, words)])


def _vector(documents: list[Row]) -> Row:
    """Stems and exact words at the same positions, with a gap after each text; and how many they are."""
    lexemes, position = list[str](), 0
    for document in documents:
        weight = "ABCD"[PARTS.index(document["part"])]
        for word in normalize(document["text"]):
            position = min(position + 1, LAST_POSITION)
            lexemes += [f"'{token}':{position}{weight}" for token in (stem_token(word), exact_token(word))]
        position += 1
    return {"vector": " ".join(lexemes), "tokens": len(lexemes)}
