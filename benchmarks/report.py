"""Figures as Markdown, each beside its goal; those that miss it in bold. Knows nothing of how they came about."""

import os
import platform
import re
import sqlite3
import subprocess
from collections.abc import Iterable, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

from benchmarks.load import WRK
from benchmarks.rounds import Results
from benchmarks.whole import Figure

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
HEAD = (
    "| question | answers/s | x bare ASGI | x SQLite by hand | x Datasette, canned | x Datasette, pages "
    "| hit x bare | 304 x bare |"
)
BY_HAND = {"detail": 0.4, "list of 20": 0.6, "search": 0.6, "relation filter": 0.6, "facet": 0.6}
CANNED = {"detail": 2.0, "list of 20": 2.0, "cursor page, deep": 2.0, "relation filter": 2.0}
PAGES = {"detail": 8.0, "list of 20": 10.0, "search": 3.5, "facet": 5.0}
HIT, NOT_MODIFIED = 0.8, 1.0


def answers(results: Results) -> str:
    """One row a question: Casebook without a cache beside each contestant, then from its cache, then 304."""
    rows = []
    for name in dict.fromkeys(question for question, _ in results.measured):
        beside = [
            _cell(results.ratio(name, "miss", "bare"), None),
            _cell(results.ratio(name, "miss", "raw"), BY_HAND.get(name)),
            _cell(results.ratio(name, "miss", "canned"), CANNED.get(name)),
            _cell(results.ratio(name, "miss", "pages"), PAGES.get(name)),
            _cell(results.ratio(name, "hit", "bare"), HIT),
            _cell(results.ratio(name, "304", "bare"), NOT_MODIFIED),
        ]
        reached = results.a_second(name, "miss")
        rows.append([name, f"{reached:.0f}" if reached else f"{results.failed(name, 'miss')} failed", *beside])
    return _table(HEAD, rows)


def figures(made: Iterable[Figure]) -> str:
    """One row a figure."""
    rows = [
        [
            figure.what,
            _cell(figure.value, figure.goal, at_most=figure.at_most, unit=figure.unit, with_goal=False),
            f"{'at most' if figure.at_most else 'at least'} {figure.goal:g}{figure.unit}" if figure.goal else "",
            figure.note,
        ]
        for figure in made
    ]
    return _table("| what | measured | goal | |", rows)


def machine(rounds: int, seconds: float) -> str:
    """What it was measured on, and with."""
    cpu = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    wrk = re.search(r"wrk \S+", subprocess.run([WRK or "wrk", "-v"], capture_output=True, text=True, check=False).stdout)
    parts = [
        f"{os.cpu_count()} cores of {cpu[1] if cpu else 'an unnamed processor'}",
        f"{int(memory[1]) / 2**20:.0f} GiB" if memory else "",
        f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        f"Casebook {version('casebook')} on FastAPI {version('fastapi')} and uvicorn {version('uvicorn')}",
        wrk[0] if wrk else "",
        f"load before: {os.getloadavg()[0]:.1f}",
    ]
    said = "; ".join(filter(None, parts))
    return f"Measured on {date.today().isoformat()}: {said}. Rounds: {rounds}, seconds a load: {seconds:g}."


def put(file: Path, text: str) -> None:
    """Put a text between the two marks of a file."""
    before, _, rest = file.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    file.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


def _cell(value: float | None, goal: float | None, *, at_most: bool = False, unit: str = "", with_goal: bool = True) -> str:
    if value is None:
        return "n/a"
    shown = f"{value:.2f}{unit}" if value < 10 else f"{value:.0f}{unit}"
    if goal is None:
        return shown
    met = value <= goal if at_most else value >= goal
    said = shown if met else f"**{shown}**"
    return f"{said} (goal {goal:g})" if with_goal else said


def _table(head: str, rows: Sequence[Sequence[str]]) -> str:
    line = re.sub(r"[^|]+", "---", head)
    return "\n".join([head, line, *(f"| {' | '.join(row)} |" for row in rows)])
