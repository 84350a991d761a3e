"""Startup time and memory beside the smallest FastAPI application."""

from pathlib import Path
from statistics import median

from benchmarks.casebook import APP, casebook
from benchmarks.report import Figure
from benchmarks.servers import uvicorn

HELLO = "benchmarks.hello:app"
FIRST_LIST = "/v1/missions?limit=1"


def startup_figures(file: Path, rounds: int) -> list[Figure]:
    """Measure the time from the start of the command to its first response, and the memory then."""
    command_ratios, application_ratios, rss_ratios, anonymous_ratios = [], [], [], []
    for number in range(rounds + 1):
        with uvicorn(HELLO, "/") as hello:
            hello_seconds, (hello_rss, hello_anonymous) = hello.startup_seconds, hello.memory()
        with casebook(file, ready=FIRST_LIST) as server:
            command_seconds, (rss, anonymous) = server.startup_seconds, server.memory()
        with uvicorn(APP, FIRST_LIST, CASEBOOK_DATABASE_URL=f"sqlite:///{file}") as application:
            application_seconds = application.startup_seconds
        if number:  # the first only warms the disk's cache and writes byte code
            command_ratios.append(command_seconds / hello_seconds)
            application_ratios.append(application_seconds / hello_seconds)
            rss_ratios.append(rss / hello_rss)
            anonymous_ratios.append(anonymous / hello_anonymous)
    return [
        Figure("start of `casebook serve` to the first list, x FastAPI hello-world", median(command_ratios), 1.5),
        Figure("start of the application alone under uvicorn, x hello-world", median(application_ratios)),
        Figure("RSS after the first response, x hello-world", median(rss_ratios), 2.0),
        Figure("RssAnon after the first response, x hello-world", median(anonymous_ratios)),
    ]
