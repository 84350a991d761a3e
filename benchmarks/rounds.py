"""Rounds in which contestants take turns, and the medians over the rounds."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.load import LoadResult, run_load
from benchmarks.servers import Request, Server


@dataclass(frozen=True)
class Contestant:
    """A server with the requests of each workload that it takes part in, by the workload's name."""

    name: str
    server: Server
    requests: Mapping[str, Sequence[Request]]


@dataclass
class Results:
    """The loads of all rounds, by workload and contestant. Medians are None where there was no load, or any request failed."""

    loads: dict[tuple[str, str], list[LoadResult]] = field(default_factory=lambda: defaultdict(list))

    def ratio(self, workload: str, contestant: str, baseline: str) -> float | None:
        """Return the median of the rounds' ratios of requests per second."""
        pairs = zip(self._loads(workload, contestant), self._loads(workload, baseline), strict=False)
        rates = [(load.requests_per_second, other.requests_per_second) for load, other in pairs]
        ratios = [rate / other for rate, other in rates if rate and other]
        return median(ratios) if ratios else None

    def requests_per_second(self, workload: str, contestant: str) -> float | None:
        return self._median(workload, contestant, lambda load: load.requests_per_second)

    def p50(self, workload: str, contestant: str) -> float | None:
        """Return the median of the rounds' median response times, in milliseconds."""
        return self._median(workload, contestant, lambda load: load.p50)

    def errors(self, workload: str, contestant: str) -> int:
        return sum(load.errors for load in self.loads.get((workload, contestant), ()))

    def _median(self, workload: str, contestant: str, value: Callable[[LoadResult], float]) -> float | None:
        values = [value(load) for load in self._loads(workload, contestant)]
        return median(values) if values else None

    def _loads(self, workload: str, contestant: str) -> Sequence[LoadResult]:
        """Return the loads of a contestant, none if a request failed in any."""
        return () if self.errors(workload, contestant) else self.loads.get((workload, contestant), ())


def run_rounds(contestants: Sequence[Contestant], rounds: int, seconds: float, connections: int) -> Results:
    """Put every workload on every contestant in turn, in this many rounds after a first one of a second that is not counted."""
    results = Results()
    workloads = list(dict.fromkeys(name for contestant in contestants for name in contestant.requests))
    for number in range(rounds + 1):
        for workload in workloads:
            for contestant in (contestant for contestant in contestants if workload in contestant.requests):
                requests, server = contestant.requests[workload], contestant.server
                load = run_load(server, requests, seconds if number else 1, connections)
                server.wait_until_idle()
                if number:
                    results.loads[workload, contestant.name].append(load)
    return results
