"""Rounds in which contestants take turns, and the medians of what one reached beside another within a round."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.load import Measured, load
from benchmarks.servers import Server


@dataclass(frozen=True)
class Contestant:
    """A server, and what it is asked for each question: lines for the load, by the question's name."""

    name: str
    server: Server
    lines: Mapping[str, Sequence[str]]


@dataclass
class Results:
    """What every contestant reached in every round, by question and contestant."""

    measured: dict[tuple[str, str], list[Measured]] = field(default_factory=lambda: defaultdict(list))

    def ratio(self, question: str, one: str, other: str) -> float | None:
        """How many times as much a second as the other: the median of the rounds."""
        pairs = zip(self.measured.get((question, one), ()), self.measured.get((question, other), ()), strict=False)
        ratios = [ours.a_second / theirs.a_second for ours, theirs in pairs if ours.a_second and theirs.a_second]
        return median(ratios) if ratios and not self.failed(question, one) and not self.failed(question, other) else None

    def a_second(self, question: str, name: str) -> float | None:
        """Answers a second: the median of the rounds."""
        made = [measured.a_second for measured in self.measured.get((question, name), ())]
        return median(made) if made and not self.failed(question, name) else None

    def milliseconds(self, question: str, name: str, percentile: str) -> float | None:
        """The median of the rounds' percentiles."""
        made = [getattr(measured, percentile) for measured in self.measured.get((question, name), ())]
        return median(made) if made and not self.failed(question, name) else None

    def failed(self, question: str, name: str) -> int:
        """How many answers failed."""
        return sum(measured.failed for measured in self.measured.get((question, name), ()))


def compete(contestants: Sequence[Contestant], rounds: int, seconds: float, connections: int) -> Results:
    """Ask every contestant every question of its own in turn, so many rounds, after one that does not count."""
    results = Results()
    names = list(dict.fromkeys(name for contestant in contestants for name in contestant.lines))
    for number in range(rounds + 1):
        for name in names:
            for contestant in contestants:
                if name in contestant.lines:
                    measured = load(contestant.server, contestant.lines[name], seconds if number else 1, connections)
                    contestant.server.rest()
                    if number:
                        results.measured[name, contestant.name].append(measured)
    return results
