"""The benchmarks compare equal work: responses by hand are Casebook's own, and the report says what missed its goal."""

from pathlib import Path

import pytest

from app.database import writable_engine
from app.synthetic.synthesize import synthesize
from benchmarks.casebook import APP, READY
from benchmarks.comparison import EXPORT_SUFFIXES, require_same_exports, require_same_responses
from benchmarks.exports import command_line_export
from benchmarks.load import LoadResult
from benchmarks.nginx import NGINX, nginx, require_cache_hit
from benchmarks.report import BEGIN, END, Figure, figures_table, replace_section, throughput_table
from benchmarks.rounds import Results
from benchmarks.servers import uvicorn
from benchmarks.throughput import FIRST_ITEM, HANDWRITTEN
from benchmarks.workloads import workloads
from tests.conftest import CATALOGUE


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("benchmarks") / "small.sqlite3"
    engine = writable_engine(f"sqlite:///{file}")
    synthesize(engine, CATALOGUE, 100)
    engine.dispose()
    return file


def test_responses_by_hand_are_those_of_casebook(file: Path) -> None:
    with (
        uvicorn(APP, READY, CASEBOOK_DATABASE_URL=f"sqlite:///{file}") as casebook,
        uvicorn(HANDWRITTEN, FIRST_ITEM, BENCH_FILE=str(file)) as handwritten,
    ):
        measured = workloads(casebook, file)
        assert [workload.name for workload in measured if len(set(workload.paths)) < len(workload.paths)] == []
        for workload in measured:
            require_same_responses(casebook, handwritten, workload)
        exports = {suffix: command_line_export(file, suffix) for suffix in EXPORT_SUFFIXES}
        require_same_exports(casebook, handwritten, exports)
        with pytest.raises(SystemExit, match="differ"):
            require_same_exports(casebook, handwritten, dict.fromkeys(EXPORT_SUFFIXES, b""))


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_nginx_answers_from_its_cache(file: Path) -> None:
    with uvicorn(APP, READY, CASEBOOK_DATABASE_URL=f"sqlite:///{file}") as casebook, nginx(casebook, READY) as proxy:
        require_cache_hit(proxy, "/v1/missions")
        with pytest.raises(SystemExit, match="has not cached"):
            require_cache_hit(proxy, "/health/ready")


def test_the_report_has_medians_of_ratios_within_rounds_and_what_misses_its_goal_in_bold() -> None:
    results = Results()
    for rates in ((10.0, 100.0), (20.0, 40.0), (30.0, 100.0)):
        for name, rate in zip(("computed", "handwritten"), rates, strict=True):
            results.loads["detail", name].append(LoadResult(rate, 1, 2, 3, 0))
    assert results.ratio("detail", "computed", "handwritten") == 0.3
    assert results.ratio("detail", "hit", "bare") is None
    assert "| detail | 20 | n/a | n/a | n/a | **0.30** (goal 0.5) | n/a |" in throughput_table(results)
    results.loads["detail", "computed"].append(LoadResult(1, 1, 1, 1, 7))
    assert "| detail | 7 failed | n/a | n/a |" in throughput_table(results)
    shown = figures_table([Figure("memory", 65, 64, unit=" MiB"), Figure("rows", 0.6, 0.5, at_most=False)])
    assert "| memory | **65 MiB** | at most 64 MiB |  |" in shown
    assert "| rows | 0.60 | at least 0.5 |  |" in shown


def test_the_report_replaces_what_is_between_its_marks(tmp_path: Path) -> None:
    file = tmp_path / "performance.md"
    file.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    replace_section(file, "new")
    assert file.read_text() == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
