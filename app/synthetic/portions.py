"""Portions of an invented population as rows, made by the processes that there are to spare: the same rows whoever makes them.

Knows no database but the name of its engine.
"""

import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pkgutil import resolve_name

from app.loader.rows import BUILT_IN, Rows, Writer
from app.loader.search import add_terms, add_texts
from app.loader.write import Batch, batches
from app.model.catalogue import Catalogue
from app.model.citation import Citation
from app.model.link import Link
from app.model.resource import table
from app.synthetic.citing import sources
from app.synthetic.population import Population, Portion

PROCESSES = max(1, (os.cpu_count() or 1) - 1)
"""One core is for whoever writes."""
FEW = 20
"""So few portions are made sooner than a process is started."""
AHEAD = 4
"""Portions that are made before they are asked for, by each process: more would only take memory."""
MOST_CITED, MOST_LINKED = 64, 16
"""Numbers kept free for a record's citations and links, so that no portion need know how many came before it."""


@dataclass(frozen=True)
class Made:
    """The rows of one portion, and how many of its records hold each word."""

    batches: list[Batch]
    words: Counter[str] = field(default_factory=Counter)


class Maker:
    """Makes rows of one population."""

    def __init__(self, catalogue: Catalogue, records: int, seed: int, engine: str) -> None:
        self.population = Population(catalogue, records, seed)
        self.made_with = (catalogue.found_at, records, seed, engine)
        self._catalogue, self._engine = catalogue, engine
        self._writer = Writer(sources(), catalogue, self.population.number_of)
        self._writer.sources()

    def beginning(self) -> Made:
        """What records refer to."""
        self._writer.declarations()
        for resource, facts in self.population.facts.items():
            for fact in facts:
                self._writer.fact(resource, BUILT_IN, fact)
        return self._made(self._writer.rows)

    def records(self, portion: Portion) -> Made:
        """The rows of records, save their links, and what search reads of them."""
        number = self.population.number_of_first(portion)
        self._writer.rows = rows = Rows(counts=Counter({table(Citation): number * MOST_CITED}))
        for record in self.population.records(portion):
            self._writer.record(record)
        for resource, fact in self.population.told(portion):
            self._writer.fact(resource, BUILT_IN, fact)
        return self._made(rows, add_texts(rows, self._catalogue))

    def links(self, portion: Portion) -> Made:
        """The rows of their links."""
        number = self.population.number_of_first(portion) * MOST_LINKED
        after_records = (self.population.size + 1) * MOST_CITED
        self._writer.rows = rows = Rows(counts=Counter({table(Link): number, table(Citation): after_records + number}))
        for record in self.population.links(portion):
            self._writer.links(record)
        return self._made(rows)

    def end(self, words: Counter[str]) -> Made:
        """The words of all texts."""
        rows = Rows()
        add_terms(rows, words)
        return self._made(rows)

    def _made(self, rows: Rows, words: Counter[str] | None = None) -> Made:
        return Made(list(batches(self._engine, rows)), words or Counter())


RequestInfo = Callable[[Callable[[Maker, Portion], Made], Iterable[Portion]], Iterator[Made]]
"""Makes something of each portion, in their order."""


@contextmanager
def working(maker: Maker) -> Iterator[RequestInfo]:
    """By processes of their own, where they can find the catalogue; else, and where there is little to do, in this one."""
    portions = sum(1 for _ in maker.population.portions())
    if maker.made_with[0] is None or portions <= FEW:
        yield lambda make, portions: (make(maker, portion) for portion in portions)
        return
    context = get_context("spawn")  # a fork would take threads and connections along
    with ProcessPoolExecutor(PROCESSES, context, initializer=partial(_prepare, *maker.made_with)) as pool:
        yield partial(_ahead, pool)


def _ahead(pool: ProcessPoolExecutor, make: Callable[[Maker, Portion], Made], portions: Iterable[Portion]) -> Iterator[Made]:
    waiting: deque[Future[Made]] = deque()
    for portion in portions:
        waiting.append(pool.submit(_work, make, portion))
        if len(waiting) > AHEAD * PROCESSES:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


_makers: list[Maker] = []
"""That of a process which was started to make portions."""


def _prepare(found_at: str | None, records: int, seed: int, engine: str) -> None:
    _makers.append(Maker(resolve_name(str(found_at)), records, seed, engine))


def _work(make: Callable[[Maker, Portion], Made], portion: Portion) -> Made:
    return make(_makers[0], portion)
