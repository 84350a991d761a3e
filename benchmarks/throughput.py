"""Answers a second, of every contestant that can answer a question, on one file."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from app.settings import Settings
from benchmarks import datasette_data, datasette_paths
from benchmarks.bare import record
from benchmarks.datasets import COMMAND
from benchmarks.equal import same_answers, same_exports, same_rows
from benchmarks.exporting import SUFFIXES, by_command_line
from benchmarks.load import CONNECTIONS
from benchmarks.questions import Question, questions
from benchmarks.rounds import Contestant, Results, compete
from benchmarks.servers import ROOT, Server, running, uvicorn

CASEBOOK, READY = "app.main:create_app()", "/health/ready"
RAW, BARE = "benchmarks.raw:create_app()", "benchmarks.bare:app"
DATASETTE = "benchmarks.datasette_server:create_app()"
DATASETTE_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
PATIENT = "60"
HAS_CACHE = "cache_bytes" in Settings.model_fields


@contextmanager
def casebook(file: Path, *, workers: int = 1, ready: str = READY, cache: bool = True) -> Iterator[Server]:
    """Casebook over a file. Its time limit is not what is measured: what would run into it is to show how long it takes."""
    settings = {"CASEBOOK_DATABASE_URL": f"sqlite:///{file}", "CASEBOOK_QUERY_SECONDS": PATIENT}
    if not cache:
        settings["CASEBOOK_CACHE_BYTES"] = "0"
    with running([str(COMMAND), "serve", f"--workers={workers}"], ready, **settings) as server:
        yield server


@contextmanager
def contestants(file: Path, workers: int, recorded: Path) -> Iterator[dict[str, Server]]:
    """All servers over one file, the same number of processes each. Bare ASGI sends what will be `recorded`."""
    datasette_data.make(file)
    record(recorded, 0, b"{}", {})
    python = str(DATASETTE_PYTHON)
    with ExitStack() as held:

        def start(app: str, ready: str, **more: str) -> Server:
            return held.enter_context(uvicorn(app, ready, workers=workers, **more))

        yield {
            "miss": held.enter_context(casebook(file, workers=workers, cache=False)),
            "kept": held.enter_context(casebook(file, workers=workers)),
            "raw": start(RAW, "/v1/missions?limit=1", BENCH_FILE=str(file)),
            "bare": start(BARE, "/0", BENCH_ANSWERS=str(recorded)),
            "datasette": start(DATASETTE, "/-/versions.json", python=python, BENCH_FILE=str(file), PYTHONPATH=str(ROOT)),
        }


def throughput(servers: Mapping[str, Server], file: Path, recorded: Path, rounds: int, seconds: float) -> Results:
    """What each reached. SystemExit where the one by hand answers otherwise than Casebook."""
    asked = questions(servers["miss"], file)
    for question in asked:
        same_answers(servers["miss"], servers["raw"], question)
        for paths in (datasette_paths.canned, datasette_paths.pages):
            ranked = question.name != "search" or paths is datasette_paths.canned
            same_rows(servers["miss"], servers["datasette"], question, paths(question, file.stem), ranked=ranked)
    same_exports(servers["miss"], servers["raw"], {suffix: by_command_line(file, suffix) for suffix in SUFFIXES})
    return compete(_lines(servers, file.stem, asked, recorded), rounds, seconds, CONNECTIONS)


def _lines(servers: Mapping[str, Server], stem: str, asked: Sequence[Question], recorded: Path) -> list[Contestant]:
    def of(name: str, server: str, lines: Mapping[str, Sequence[str]]) -> Contestant:
        return Contestant(name, servers[server], lines)

    one = {question.name: question.paths[len(question.paths) // 2] for question in asked}
    tags = {name: servers["kept"].get(path)[2]["etag"] for name, path in one.items()}
    for name, path in one.items():
        if servers["kept"].get(path, If_None_Match=tags[name])[0] != 304:
            raise SystemExit(f"{path}: its own tag was not answered 304")
    for number, path in enumerate(one.values(), 1):
        _, body, headers = servers["kept"].get(path)
        record(recorded, number, body, headers)
    every = {question.name: question.paths for question in asked}
    made = [
        of("bare", "bare", {name: [f"/{number}"] for number, name in enumerate(one, 1)}),
        of("raw", "raw", every),
        of("miss", "miss", every),
        of("304", "kept", {name: [f"{path}\t{tags[name]}"] for name, path in one.items()}),
        of("canned", "datasette", {question.name: datasette_paths.canned(question, stem) for question in asked}),
        of("pages", "datasette", {question.name: datasette_paths.pages(question, stem) for question in asked}),
    ]
    return [*made, of("hit", "kept", {name: [path] for name, path in one.items()})] if HAS_CACHE else made
