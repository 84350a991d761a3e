"""`make bench`: measure at every size and number of workers that is asked for, and print one report.

RECORDS=10000,1000000 WORKERS=1,2 ROUNDS=5 SECONDS=1 WRITE=1, all of them optional.
"""

import os
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.datasets import dataset
from benchmarks.load import CONNECTIONS, need_wrk
from benchmarks.report import answers, figures, machine, put
from benchmarks.servers import ROOT
from benchmarks.throughput import contestants, throughput
from benchmarks.whole import growth, slowest, start_and_memory, whole_lists

SMALL, LARGE = 10_000, 1_000_000
REPORT = ROOT / "docs" / "performance.md"


def main() -> None:
    """Print the report, and write it where WRITE is set."""
    need_wrk()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the servers are stopped as well
    rounds, seconds = int(_asked("ROUNDS", "5")), float(_asked("SECONDS", "1"))
    files = {records: dataset(records) for records in _numbers("RECORDS", str(SMALL))}
    made: list[str] = []
    _add(made, machine(rounds, seconds))
    for records, file in files.items():
        for workers in _numbers("WORKERS", "1"):
            _add(made, *_measure(records, file, workers, rounds, seconds))
    if SMALL in files and LARGE in files:
        _say("growth with the data")
        _add(made, "### Growth", figures(growth(files[SMALL], files[LARGE], rounds, seconds)))
    if LARGE in files:
        _say("the slowest answers")
        _add(made, "### Slowest answers, one client", figures(slowest(files[LARGE])))
    if _asked("WRITE", ""):
        put(REPORT, "\n\n".join(made))


def _add(made: list[str], *parts: str) -> None:
    """Print what was measured at once: what comes after it may fail."""
    made += parts
    sys.stdout.write("\n\n".join(parts) + "\n\n")
    sys.stdout.flush()


def _measure(records: int, file: Path, workers: int, rounds: int, seconds: float) -> list[str]:
    """The tables of one file."""
    title = f"{records:,} records, {workers} worker{'s' if workers > 1 else ''}, {CONNECTIONS} connections"
    _say(title)
    with TemporaryDirectory() as recorded, contestants(file, workers, Path(recorded)) as servers:
        made = [f"### {title}", answers(throughput(servers, file, Path(recorded), rounds, seconds))]
        if workers == 1:
            _say("whole lists")
            lists = whole_lists(servers, file, rounds, seconds)
    if workers == 1:
        _say("start and memory")
        made.append(figures([*start_and_memory(file, rounds), *lists]))
    return made


def _asked(name: str, otherwise: str) -> str:
    return os.environ.get(name) or otherwise


def _numbers(name: str, otherwise: str) -> list[int]:
    return [int(number) for number in _asked(name, otherwise).replace(",", " ").split()]


def _say(what: str) -> None:
    sys.stderr.write(f"measuring: {what}\n")


if __name__ == "__main__":
    main()
