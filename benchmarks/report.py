"""Results as Markdown tables, each figure beside its goal; a figure that misses its goal is bold."""

import os
import platform
import re
import sqlite3
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path

from benchmarks.load import WRK
from benchmarks.rounds import Results

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


@dataclass(frozen=True)
class Column:
    """A column of ratios of requests per second, with its goals: one for all workloads, or one for each that has any."""

    title: str
    contestant: str
    baseline: str
    goal: float | None = None
    goals: Mapping[str, float] = field(default_factory=dict)

    def goal_of(self, workload: str) -> float | None:
        return self.goals.get(workload, self.goal)


BY_HAND = {"detail": 0.5, "list of 20": 0.6, "relation filter": 0.45, "search": 0.9, "facet": 1.2}
COLUMNS = (
    Column("cache hit / bare ASGI", "hit", "bare", goal=0.7),
    Column("304 / bare", "304", "bare", goal=0.75),
    Column("behind nginx / bare", "nginx", "bare", goal=2),
    Column("computed / SQLite by hand", "computed", "handwritten", goals=BY_HAND),
    Column("computed / Datasette, tuned", "computed", "datasette queries", goals={"detail": 3, "list of 20": 3}),
    Column("computed / ROAPI", "computed", "roapi", goals={"detail": 2, "list of 20": 3, "relation filter": 3}),
    Column("computed / Datasette, pages", "computed", "datasette pages"),
    Column("computed / bare", "computed", "bare"),
)


@dataclass(frozen=True)
class Figure:
    """A single figure and its goal, if it has one."""

    label: str
    value: float | None
    goal: float | None = None
    at_most: bool = True
    unit: str = ""
    note: str = ""


def throughput_table(results: Results) -> str:
    """Return a table with a row for each workload and what Casebook computes per second; None becomes n/a."""
    rows = []
    for workload in dict.fromkeys(workload for workload, _ in results.loads):
        rate = results.requests_per_second(workload, "computed")
        first = f"{rate:.0f}" if rate else f"{results.errors(workload, 'computed')} failed"
        cells = [
            _cell(results.ratio(workload, column.contestant, column.baseline), column.goal_of(workload)) for column in COLUMNS
        ]
        rows.append([workload, first, *cells])
    return _table(["workload", "computed/s", *(column.title for column in COLUMNS)], rows)


def figures_table(figures: Iterable[Figure]) -> str:
    """Return a table with a row for each figure."""
    rows = [
        [
            figure.label,
            _cell(figure.value, figure.goal, at_most=figure.at_most, unit=figure.unit, show_goal=False),
            f"{'at most' if figure.at_most else 'at least'} {figure.goal:g}{figure.unit}" if figure.goal else "",
            figure.note,
        ]
        for figure in figures
    ]
    return _table(["figure", "measured", "goal", ""], rows)


def describe_run(rounds: int, seconds: float) -> str:
    """Return a sentence on machine, versions and rounds."""
    cpu = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    wrk = re.search(r"wrk \S+", subprocess.run([WRK or "wrk", "-v"], capture_output=True, text=True, check=False).stdout)
    parts = [
        f"{os.cpu_count()} cores of {cpu[1] if cpu else 'an unnamed processor'}",
        f"{int(memory[1]) / 2**20:.0f} GiB" if memory else "",
        f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        f"Casebook {version('casebook-api')} on FastAPI {version('fastapi')} and uvicorn {version('uvicorn')}",
        wrk[0] if wrk else "",
        f"load before: {os.getloadavg()[0]:.1f}",
    ]
    description = "; ".join(filter(None, parts))
    return f"Measured on {date.today().isoformat()}: {description}. Rounds: {rounds}, seconds a load: {seconds:g}."


def replace_section(file: Path, text: str) -> None:
    """Replace the text between the two marks of a file."""
    before, _, rest = file.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    file.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


def _cell(value: float | None, goal: float | None, *, at_most: bool = False, unit: str = "", show_goal: bool = True) -> str:
    if value is None:
        return "n/a"
    text = f"{value:.2f}{unit}" if value < 10 else f"{value:.0f}{unit}"
    if goal is None:
        return text
    met = value <= goal if at_most else value >= goal
    text = text if met else f"**{text}**"
    return f"{text} (goal {goal:g})" if show_goal else text


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
