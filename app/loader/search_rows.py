"""The rows that search reads, made from the rows of a checked seed: documents, terms and completions.

The declaration of a kind says which of its fields are searched. Knows nothing of what an engine's index makes of the texts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from app.loader.rows import BUILT_IN, Row, Rows
from app.model.catalogue import Catalogue
from app.model.link import Link
from app.model.record import Alias, Record
from app.model.resource import Resource, table
from app.model.schema import RECORD_FIELDS
from app.model.search import PARTS, Completion, Document, Part, Term
from app.model.tokenizer import normalize
from app.query.filters.multivalued import parent_column
from app.query.filters.types import is_text

MAX_COMPLETION = 100
"""Characters of a completion."""
MAX_NAME_WORDS = 50
"""Words of a name from which completions begin."""


class SearchText(NamedTuple):
    """A text of a record, with the part of the search index that it belongs to and the field that it comes from."""

    record_id: int
    part: Part
    field: str
    text: str


def add_search_rows(rows: Rows, catalogue: Catalogue) -> None:
    """Add the documents, completions and terms of all records among the rows."""
    add_terms(rows, add_documents(rows, catalogue))


def add_documents(rows: Rows, catalogue: Catalogue) -> Counter[str]:
    """Add the documents and completions of the records among the rows. Return the number of these records that have each word."""
    by_record: dict[int, list[SearchText]] = defaultdict(list)
    for text in _texts(rows, catalogue):
        by_record[text.record_id].append(text)
    records_by_word: Counter[str] = Counter()
    for record_id, texts in sorted(by_record.items()):
        by_weight = sorted(texts, key=lambda text: PARTS.index(text.part))
        distinct = {(text.part, text.text): text for text in by_weight}
        for position, (_, part, field, text_) in enumerate(distinct.values(), 1):
            rows.add(Document, BUILT_IN, record_id=record_id, position=position, part=part, field=field, text=text_)
            if part in ("name", "alias"):
                _add_completions(rows, record_id, position, text_)
        records_by_word.update(frozenset().union(*(_words(text) for _, text in distinct)))
    return records_by_word


def add_terms(rows: Rows, records_by_word: Counter[str]) -> None:
    """Add each word, with the number of records that have it."""
    for word, records in sorted(records_by_word.items()):
        rows.add(Term, BUILT_IN, word=word, records=records)


@lru_cache(maxsize=20_000)
def _words(text: str) -> frozenset[str]:
    return frozenset(normalize(text))


def _add_completions(rows: Rows, record_id: int, position: int, name: str) -> None:
    for inside, rest in _completions(name):
        rows.add(Completion, BUILT_IN, inside=inside, rest=rest, record_id=record_id, position=position, name=name)


@lru_cache(maxsize=20_000)
def _completions(name: str) -> list[tuple[bool, str]]:
    """Return the rest of a name from each of its words on, with False for the whole name."""
    words = normalize(name)[:MAX_NAME_WORDS]
    return list(dict.fromkeys((start > 0, " ".join(words[start:])[:MAX_COMPLETION]) for start in range(len(words))))


def _texts(rows: Rows, catalogue: Catalogue) -> Iterator[SearchText]:
    for row in _table_rows(rows, Record):
        yield SearchText(row["id"], "name", "name", row["name"])
        if row["summary"] is not None:
            yield SearchText(row["id"], "text", "summary", row["summary"])
    for row in _table_rows(rows, Alias):
        if row["name"] is not None:
            yield SearchText(row["record_id"], "alias", "aliases", row["name"])
    for resource in catalogue.kinds.values():
        yield from _field_texts(rows, resource)
        yield from _included_texts(rows, resource)
    for row in _table_rows(rows, Link):
        if row["note"] is not None:
            relation = catalogue.relations[row["subject_kind"], row["predicate"], row["object_kind"]]
            yield SearchText(row["subject_id"], "note", f"links.{relation.name}", row["note"])
            yield SearchText(row["object_id"], "note", f"links.{relation.inverse}", row["note"])


def _field_texts(rows: Rows, resource: Resource) -> Iterator[SearchText]:
    """Yield the free text in a kind's fields."""
    for name, field in resource.fields.items():
        column = resource.stored(field)
        if name not in RECORD_FIELDS and column is not None and is_text(field.expression):
            record_id = "id" if field.of is None else str(parent_column(resource, field).key)
            part: Part = "alias" if field.naming else "text"
            for row in _table_rows(rows, field.of or resource.model):
                if row.get(column.name) is not None:
                    yield SearchText(row[record_id], part, name, row[column.name])


def _included_texts(rows: Rows, resource: Resource) -> Iterator[SearchText]:
    """Yield the free text in a kind's included rows, with fields such as `parts.1`, as citations name them."""
    for name, include in resource.include.items():
        if include.table is not None:
            sql_table = table(include.table)
            parent = next(key.parent.name for key in sql_table.foreign_keys if key.column.table is table(resource.model))
            texts = [column.name for column in sql_table.c if is_text(column) and not column.foreign_keys]
            for row in _table_rows(rows, include.table):
                for column in texts:
                    if row[column] is not None:
                        yield SearchText(row[parent], "note", f"{name}.{row['position']}", row[column])


def _table_rows(rows: Rows, model: Any) -> Iterator[Row]:
    return (row for _, row in rows.by_table.get(table(model), []))
