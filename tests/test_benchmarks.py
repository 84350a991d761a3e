"""The benchmarks compare equal work: the answers by hand are Casebook's own, and the report says what missed its goal."""

from pathlib import Path

import pytest

from app.database import writable_engine
from app.synthetic.synthesize import synthesize
from benchmarks.equal import same_answers, same_exports
from benchmarks.exporting import SUFFIXES, by_command_line
from benchmarks.load import Measured
from benchmarks.questions import questions
from benchmarks.report import BEGIN, END, answers, figures, put
from benchmarks.rounds import Results
from benchmarks.servers import uvicorn
from benchmarks.throughput import CASEBOOK, RAW, READY
from benchmarks.whole import Figure
from tests.conftest import CATALOGUE


def test_answers_by_hand_are_those_of_casebook(tmp_path: Path) -> None:
    file = tmp_path / "small.sqlite3"
    engine = writable_engine(f"sqlite:///{file}")
    synthesize(engine, CATALOGUE, 100)
    engine.dispose()
    with (
        uvicorn(CASEBOOK, READY, CASEBOOK_DATABASE_URL=f"sqlite:///{file}") as casebook,
        uvicorn(RAW, "/v1/missions?limit=1", BENCH_FILE=str(file)) as raw,
    ):
        asked = questions(casebook, file)
        assert [question.name for question in asked if len(set(question.paths)) < len(question.paths)] == []
        for question in asked:
            same_answers(casebook, raw, question)
        same_exports(casebook, raw, {suffix: by_command_line(file, suffix) for suffix in SUFFIXES})
        with pytest.raises(SystemExit, match="differ"):
            same_exports(casebook, raw, dict.fromkeys(SUFFIXES, b""))


def test_the_report_has_medians_of_ratios_within_rounds_and_what_misses_its_goal_in_bold() -> None:
    results = Results()
    for round_ in ((10.0, 100.0), (30.0, 40.0), (50.0, 100.0)):
        for name, reached in zip(("miss", "raw"), round_, strict=True):
            results.measured["detail", name].append(Measured(reached, 1, 2, 3, 0))
    assert results.ratio("detail", "miss", "raw") == 0.5
    assert results.ratio("detail", "hit", "bare") is None
    assert "| detail | 30 | n/a | 0.50 (goal 0.4) |" in answers(results)
    results.measured["detail", "miss"].append(Measured(1, 1, 1, 1, 7))
    assert "| detail | 7 failed | n/a | n/a |" in answers(results)
    shown = figures([Figure("memory", 65, 64, unit=" MiB"), Figure("rows", 0.6, 0.5, at_most=False)])
    assert "| memory | **65 MiB** | at most 64 MiB |  |" in shown
    assert "| rows | 0.60 | at least 0.5 |  |" in shown


def test_the_report_is_put_between_its_marks(tmp_path: Path) -> None:
    file = tmp_path / "performance.md"
    file.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    put(file, "new")
    assert file.read_text() == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
