"""Output of the command line: progress, results, and errors without a traceback."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from typer.core import TyperGroup

from app.loader.current_release import LoadResult
from app.model.error import CasebookError, SeedError, nearest
from app.model.validation_message import validation_message
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
            message = escape(validation_message(details))
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
    """Print errors of Casebook and of the operating system without a traceback, and exit with status 1."""
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
    except OSError as error:
        place = f"{error.filename}: " if error.filename else "the output cannot be written: "
        err.print(f"[red]{escape(f'{place}{error.strerror or error}')}[/red]", soft_wrap=True, highlight=False)
        raise typer.Exit(1) from None


class Commands(TyperGroup):
    """The commands, whose errors are lines and never tracebacks, also when their output cannot be written."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command, and write all of its output while an error can still be reported."""
        try:
            with errors_as_lines():
                try:
                    return super().main(*args, **extra)
                finally:
                    for stream in filter(None, (sys.stdout, sys.stderr)):
                        stream.flush()
        except (typer.Exit, OSError):  # an OSError if standard error cannot be written either
            raise SystemExit(1) from None
        finally:
            _drop_unwritten_output()


def _drop_unwritten_output() -> None:
    """Have the interpreter not try again, when it ends, to write what could not be written."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def replacing(file: Path) -> Iterator[BinaryIO]:
    """Open a file to be written beside `file` and renamed when it is complete, so that a failure leaves what was there.

    What is no regular file, such as a pipe, is written to as it is.
    """
    if file.exists() and not file.is_file():
        with file.open("wb") as stream:
            yield stream
        return
    target = file.resolve()
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with beside.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(target)
    except OSError as error:
        if error.filename == str(beside):
            error.filename = str(file)
        raise
    finally:
        beside.unlink(missing_ok=True)
