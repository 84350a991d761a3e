"""Output of the command line: progress, results, and errors without a traceback."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from app.loader.current_release import LoadResult
from app.model.error import CasebookError, SeedError, nearest
from app.settings import PREFIX, Settings

out, err = Console(), Console(stderr=True)
print_line = partial(err.print, soft_wrap=True)


def settings_or_exit() -> Settings:
    """Return the settings of the environment. Name each variable that is wrong, and exit with status 2."""
    try:
        return Settings()
    except ValidationError as error:
        for details in error.errors():
            name = f"{PREFIX}{details['loc'][0]}".upper()
            message = escape(details["msg"].removeprefix("Value error, "))
            err.print(f"[bold]{name}[/bold]: {message}", soft_wrap=True, highlight=False)
        raise typer.Exit(2) from None


def misspelt_settings() -> Iterator[str]:
    """Yield a warning for each environment variable that is nearly the name of a setting."""
    known = [name.upper() for name in Settings.model_fields]
    for name in (name.removeprefix(PREFIX) for name in os.environ if name.startswith(PREFIX)):
        if name not in known and (near := nearest(name, known)):
            yield f"{PREFIX}{name} is no setting and is ignored: did you mean {PREFIX}{near[0]}?"


def report(result: LoadResult, write: Callable[[str], None]) -> None:
    """Write what a load did, in a line or two."""
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in result.counts.items())
    outcome = "Loaded" if result.changed else "Nothing to do, the database already holds"
    write(f"{outcome} release {result.version}: {counts}")
    if result.differences:
        differences = ", ".join(f"{count} {change}" for change, count in result.differences.items())
        write(f"Compared with what was there before: {differences}")


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar for each task on a terminal. Elsewhere show nothing: it would leave an empty line in the log."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn  # noqa: PLC0415 - only for a load

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def advance(name: str, completed: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=completed)

        yield advance


@contextmanager
def errors_as_lines() -> Iterator[None]:
    """Print Casebook's own errors without a traceback, and exit with status 1."""
    try:
        yield
    except SeedError as error:
        for mistake in error.mistakes:
            place = ", ".join(filter(None, (mistake.file, mistake.record, mistake.field)))
            err.print(f"[bold]{escape(place)}[/bold]: {escape(mistake.msg)}", soft_wrap=True, highlight=False)
        err.print(f"[red]{error}[/red]; nothing was loaded")
        raise typer.Exit(1) from None
    except CasebookError as error:
        err.print(f"[red]{escape(str(error))}[/red]", soft_wrap=True, highlight=False)
        raise typer.Exit(1) from None
