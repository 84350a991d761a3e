"""`make bench`: measure at every size and number of workers, and print one report.

RECORDS=10000,1000000 WORKERS=1,2 ROUNDS=5 SECONDS=1 WRITE=1, all of them optional.
"""

import os
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.datasets import synthesized_file
from benchmarks.exports import export_figures
from benchmarks.latency import growth_figures, slowest_figures
from benchmarks.load import CONNECTIONS, require_wrk
from benchmarks.nginx import require_nginx
from benchmarks.report import describe_run, figures_table, replace_section, throughput_table
from benchmarks.servers import ROOT
from benchmarks.startup import startup_figures
from benchmarks.throughput import measure_throughput, serving_all

SMALL, LARGE = 10_000, 1_000_000
REPORT = ROOT / "docs" / "performance.md"


def main() -> None:
    """Print the report, and write it to docs/performance.md if WRITE is set."""
    require_wrk()
    require_nginx()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the servers are stopped as well
    rounds, seconds = int(_option("ROUNDS", "5")), float(_option("SECONDS", "1"))
    files = {records: synthesized_file(records) for records in _numbers("RECORDS", str(SMALL))}
    report: list[str] = []
    _add(report, describe_run(rounds, seconds))
    for records, file in files.items():
        for workers in _numbers("WORKERS", "1"):
            _add(report, *_measure(records, file, workers, rounds, seconds))
    if SMALL in files and LARGE in files:
        _announce("growth with the data")
        _add(report, "### Growth", figures_table(growth_figures(files[SMALL], files[LARGE], rounds, seconds)))
    if LARGE in files:
        _announce("the slowest responses")
        _add(report, "### Slowest responses, one client", figures_table(slowest_figures(files[LARGE])))
    if _option("WRITE", ""):
        replace_section(REPORT, "\n\n".join(report))


def _add(report: list[str], *parts: str) -> None:
    """Add to the report, and print the parts at once: a later measurement may fail."""
    report += parts
    sys.stdout.write("\n\n".join(parts) + "\n\n")
    sys.stdout.flush()


def _measure(records: int, file: Path, workers: int, rounds: int, seconds: float) -> list[str]:
    """Return the title and the tables of one file; exports, startup and memory are measured with one worker only."""
    title = f"{records:,} records, {workers} worker{'s' if workers > 1 else ''}, {CONNECTIONS} connections"
    _announce(title)
    with TemporaryDirectory() as recorded, serving_all(file, workers, Path(recorded)) as servers:
        parts = [f"### {title}", throughput_table(measure_throughput(servers, file, Path(recorded), rounds, seconds))]
        if workers == 1:
            _announce("whole lists")
            exports = export_figures(servers, file, rounds, seconds)
    if workers == 1:
        _announce("startup and memory")
        parts.append(figures_table([*startup_figures(file, rounds), *exports]))
    return parts


def _option(name: str, default: str) -> str:
    return os.environ.get(name) or default


def _numbers(name: str, default: str) -> list[int]:
    return [int(number) for number in _option(name, default).replace(",", " ").split()]


def _announce(subject: str) -> None:
    sys.stderr.write(f"measuring: {subject}\n")


if __name__ == "__main__":
    main()
