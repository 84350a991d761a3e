"""Processes that build the rows of record ranges for the process that writes them."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pkgutil import resolve_name

from app.synthetic.batch_builder import BatchBuilder, BuildRange, BuiltRows
from app.synthetic.record_generator import RecordRange

PROCESSES = max(1, (os.cpu_count() or 1) - 1)
"""One core is left to the process that writes."""
MAX_RANGES_WITHOUT_POOL = 20
"""So few ranges are built sooner than a process is started."""
QUEUED_PER_PROCESS = 4
"""Ranges that are built ahead of the writer by each process: more would only take memory."""
BuildRanges = Callable[[BuildRange, Iterable[RecordRange]], Iterator[BuiltRows]]
"""Builds the rows of each range, and yields them in the order of the ranges."""


@contextmanager
def open_pool(builder: BatchBuilder) -> Iterator[BuildRanges]:
    """Yield a `BuildRanges` that uses a pool of processes, or only this process if the pool would not help.

    That is so if there is little to build, or if other processes cannot find the catalogue.
    """
    catalogue_path, *_ = builder.arguments
    if catalogue_path is None or sum(1 for _ in builder.generator.ranges()) <= MAX_RANGES_WITHOUT_POOL:
        yield lambda build, ranges: (build(builder, record_range) for record_range in ranges)
        return
    context = get_context("spawn")  # a fork would take threads and connections along
    with ProcessPoolExecutor(PROCESSES, context, initializer=partial(_start_worker, *builder.arguments)) as pool:
        yield partial(_build_in_pool, pool)


def _build_in_pool(pool: ProcessPoolExecutor, build: BuildRange, ranges: Iterable[RecordRange]) -> Iterator[BuiltRows]:
    queue: deque[Future[BuiltRows]] = deque()
    for record_range in ranges:
        queue.append(pool.submit(_build_in_worker, build, record_range))
        if len(queue) > QUEUED_PER_PROCESS * PROCESSES:
            yield queue.popleft().result()
    while queue:
        yield queue.popleft().result()


_worker_builders: list[BatchBuilder] = []
"""The one builder of a worker process; empty in the process that writes."""


def _start_worker(catalogue_path: str | None, records: int, seed: int, dialect: str) -> None:
    _worker_builders.append(BatchBuilder(resolve_name(str(catalogue_path)), records, seed, dialect))


def _build_in_worker(build: BuildRange, record_range: RecordRange) -> BuiltRows:
    return build(_worker_builders[0], record_range)
