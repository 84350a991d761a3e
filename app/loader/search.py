"""What search reads, made from the rows of a checked seed: the texts of each record, their words, their names from any word on.

Which texts a kind has follows from its declaration. Knows nothing of what an engine's index holds of them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

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

LONGEST_REST = 100
MOST_WORDS = 50
CitationInput = tuple[int, Part, str, str]
"""A record's id, the part that a text plays, the field that it stands in, and the text."""


def add_search(rows: Rows, catalogue: Catalogue) -> None:
    """Add the rows of what search reads."""
    add_terms(rows, add_texts(rows, catalogue))


def add_texts(rows: Rows, catalogue: Catalogue) -> Counter[str]:
    """Add the texts and completions of the records among the rows; how many of these hold each word."""
    by_record: dict[int, list[CitationInput]] = defaultdict(list)
    for said in _texts(rows, catalogue):
        by_record[said[0]].append(said)
    records: Counter[str] = Counter()
    for id_, texts in sorted(by_record.items()):
        ranked = sorted(texts, key=lambda said: PARTS.index(said[1]))
        kept = {(part, text): (part, field, text) for _, part, field, text in ranked}
        for position, (part, field, text_) in enumerate(kept.values(), 1):
            rows.add(Document, BUILT_IN, record_id=id_, position=position, part=part, field=field, text=text_)
            if part in ("name", "alias"):
                _complete(rows, id_, position, text_)
        records.update(frozenset().union(*(_distinct(text) for _, text in kept)))
    return records


def add_terms(rows: Rows, records: Counter[str]) -> None:
    """Add each word, with the number of records that hold it."""
    for word, count in sorted(records.items()):
        rows.add(Term, BUILT_IN, word=word, records=count)


@lru_cache(maxsize=20_000)
def _distinct(text: str) -> frozenset[str]:
    return frozenset(normalize(text))


def _complete(rows: Rows, id_: int, position: int, name: str) -> None:
    for inside, rest in _rests(name):
        rows.add(Completion, BUILT_IN, inside=inside, rest=rest, record_id=id_, position=position, name=name)


@lru_cache(maxsize=20_000)
def _rests(name: str) -> list[tuple[bool, str]]:
    words = normalize(name)[:MOST_WORDS]
    return list(dict.fromkeys((start > 0, " ".join(words[start:])[:LONGEST_REST]) for start in range(len(words))))


def _texts(rows: Rows, catalogue: Catalogue) -> Iterator[CitationInput]:
    for row in _rows(rows, Record):
        yield row["id"], "name", "name", row["name"]
        if row["summary"] is not None:
            yield row["id"], "text", "summary", row["summary"]
    for row in _rows(rows, Alias):
        if row["name"] is not None:
            yield row["record_id"], "alias", "aliases", row["name"]
    for resource in catalogue.kinds.values():
        yield from _own(rows, resource)
        yield from _included(rows, resource)
    for row in _rows(rows, Link):
        if row["note"] is not None:
            relation = catalogue.relations[row["subject_kind"], row["predicate"], row["object_kind"]]
            yield row["subject_id"], "note", f"links.{relation.name}", row["note"]
            yield row["object_id"], "note", f"links.{relation.inverse}", row["note"]


def _own(rows: Rows, resource: Resource) -> Iterator[CitationInput]:
    """The free text of a kind's fields."""
    for name, field in resource.fields.items():
        column = resource.stored(field)
        if name not in RECORD_FIELDS and column is not None and is_text(field.expression):
            parent = "id" if field.of is None else parent_column(resource, field).key
            for row in _rows(rows, field.of or resource.model):
                if row.get(column.name) is not None:
                    yield row[str(parent)], "alias" if field.naming else "text", name, row[column.name]


def _included(rows: Rows, resource: Resource) -> Iterator[CitationInput]:
    """The free text of the rows that come with a kind's records, called as citations call it."""
    for name, include in resource.include.items():
        if include.table is not None:
            own = table(include.table)
            parent = next(key.parent.name for key in own.foreign_keys if key.column.table is table(resource.model))
            texts = [column.name for column in own.c if is_text(column) and not column.foreign_keys]
            for row in _rows(rows, include.table):
                for column in texts:
                    if row[column] is not None:
                        yield row[parent], "note", f"{name}.{row['position']}", row[column]


def _rows(rows: Rows, model: Any) -> Iterator[Row]:
    return (row for _, row in rows.by_table.get(table(model), []))
