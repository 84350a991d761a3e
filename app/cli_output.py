"""How the command line speaks: what was done, how far it is, and what is wrong, without a traceback."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from app.loader.current_release import Loaded
from app.model.error import CasebookError, SeedError, nearest
from app.settings import PREFIX, Settings

out, err = Console(), Console(stderr=True)
SAY = partial(err.print, soft_wrap=True)


def settings_or_exit() -> Settings:
    """What the environment says. Where that cannot be, each variable is named, and nothing is done."""
    try:
        return Settings()
    except ValidationError as error:
        for wrong in error.errors():
            name = f"{PREFIX}{wrong['loc'][0]}".upper()
            err.print(
                f"[bold]{name}[/bold]: {escape(wrong['msg'].removeprefix('Value error, '))}", soft_wrap=True, highlight=False
            )
        raise typer.Exit(2) from None


def mistyped() -> Iterator[str]:
    """What is in the environment as if it were a setting."""
    known = [name.upper() for name in Settings.model_fields]
    for name in (name.removeprefix(PREFIX) for name in os.environ if name.startswith(PREFIX)):
        if name not in known and (near := nearest(name, known)):
            yield f"{PREFIX}{name} is no setting, and is ignored: is {PREFIX}{near[0]} meant?"


def say(loaded: Loaded, tell: Callable[[str], None]) -> None:
    """What a load did, in a line or two."""
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in loaded.counts.items())
    done = "Loaded" if loaded.changed else "Nothing to do, the database already holds"
    tell(f"{done} release {loaded.version}: {counts}")
    if loaded.differences:
        differences = ", ".join(f"{count} {what}" for what, count in loaded.differences.items())
        tell(f"Compared with what was there before: {differences}")


@contextmanager
def progressing() -> Iterator[Callable[[str, int, int], None]]:
    """A bar a table, on a terminal; elsewhere it would leave an empty line among those of the log."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn  # noqa: PLC0415 - for who loads alone

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done)

        yield report


@contextmanager
def explained() -> Iterator[None]:
    """Errors as people want them: what is wrong and where, without a traceback, and exit status 1."""
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
