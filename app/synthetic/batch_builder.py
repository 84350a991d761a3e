"""Generated records as batches of rows, one range at a time: the same rows whichever process builds them.

Knows no database but the name of its dialect.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from app.loader.rows import BUILT_IN, RowBuilder, Rows
from app.loader.search_rows import add_documents, add_terms
from app.loader.write import Batch, make_batches
from app.model.catalogue import Catalogue
from app.model.citation import Citation
from app.model.link import Link
from app.model.resource import table
from app.synthetic.citations import source_seed
from app.synthetic.record_generator import RecordGenerator, RecordRange

CITATION_IDS, LINK_IDS = 64, 16
"""Ids reserved for each record's citations and links, so that a range need not know how many came before it."""


@dataclass(frozen=True)
class BuiltRows:
    """Rows as batches, and the number of the records among them that have each word."""

    batches: list[Batch]
    records_by_word: Counter[str] = field(default_factory=Counter)


class BatchBuilder:
    """Builds the rows of a number of records. `arguments` make an equal builder in another process."""

    def __init__(self, catalogue: Catalogue, records: int, seed: int, dialect: str) -> None:
        self.generator = RecordGenerator(catalogue, records, seed)
        self.arguments = (catalogue.found_at, records, seed, dialect)
        self._catalogue, self._dialect = catalogue, dialect
        self._row_builder = RowBuilder(source_seed(), catalogue, self.generator.record_id)
        self._row_builder.add_sources()

    def build_referenced(self) -> BuiltRows:
        """Build the rows that records refer to: sources, declarations and plain tables."""
        self._row_builder.add_declarations()
        for resource, facts in self.generator.tables.items():
            for fact in facts:
                self._row_builder.add_fact(resource, BUILT_IN, fact)
        return self._built(self._row_builder.rows)

    def build_records(self, record_range: RecordRange) -> BuiltRows:
        """Build the rows of records without their links, the facts that name them, and the rows that search reads."""
        first_id = self.generator.first_record_id(record_range)
        self._row_builder.rows = rows = Rows(counts=Counter({table(Citation): first_id * CITATION_IDS}))
        for record in self.generator.generate_records(record_range):
            self._row_builder.add_record(record)
        for resource, fact in self.generator.generate_facts(record_range):
            self._row_builder.add_fact(resource, BUILT_IN, fact)
        return self._built(rows, add_documents(rows, self._catalogue))

    def build_links(self, record_range: RecordRange) -> BuiltRows:
        """Build the rows of the links of records. The ids of their citations come after those of all records."""
        first_link_id = self.generator.first_record_id(record_range) * LINK_IDS
        first_citation_id = (self.generator.total + 1) * CITATION_IDS + first_link_id
        self._row_builder.rows = rows = Rows(counts=Counter({table(Link): first_link_id, table(Citation): first_citation_id}))
        for record in self.generator.generate_links(record_range):
            self._row_builder.add_links(record)
        return self._built(rows)

    def build_terms(self, records_by_word: Counter[str]) -> BuiltRows:
        """Build the rows of the words of all texts."""
        rows = Rows()
        add_terms(rows, records_by_word)
        return self._built(rows)

    def _built(self, rows: Rows, records_by_word: Counter[str] | None = None) -> BuiltRows:
        return BuiltRows(list(make_batches(self._dialect, rows)), records_by_word or Counter())


BuildRange = Callable[[BatchBuilder, RecordRange], BuiltRows]
"""`BatchBuilder.build_records` or `BatchBuilder.build_links`."""
