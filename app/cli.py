"""The `casebook` command: serve, load, synthesize, check, verify-source, export, openapi, schemas.

Each command imports what it alone needs, so that a server starts without the loader.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EACCES, EPERM, EROFS
from importlib.metadata import version
from logging.config import dictConfig
from pathlib import Path
from typing import Annotated

import orjson
import typer
from sqlalchemy import Engine, make_url

from app.cli_output import (
    Commands,
    err,
    misspelt_settings,
    out,
    print_line,
    progress_bars,
    replacing,
    report,
    settings_or_exit,
)
from app.database import open_reader, writable_engine
from app.kinds import RESOURCES
from app.loader.current_release import MAX_RECORDS, MIN_RECORDS, LoadResult, loaded_release
from app.model.catalogue import Catalogue
from app.model.error import DatabaseError
from app.settings import PREFIX, ROOT, Settings
from app.telemetry.logs import log_config

ABOUT = (
    "Casebook: a knowledge API on peacekeeping and security sector reform. "
    "Settings are CASEBOOK_… variables; the README lists them."
)
cli = typer.Typer(
    name="casebook", cls=Commands, help=ABOUT, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


def _reserved_names() -> dict[str, set[str]]:
    from app.main import reserved_names

    return reserved_names()


CATALOGUE = Catalogue(RESOURCES, found_at="app.cli:CATALOGUE", reserved=_reserved_names)
SCHEMAS = ROOT / "seed_data" / "schemas"
ADMIN_PORT = f"{PREFIX}ADMIN_PORT"
logger = logging.getLogger("casebook")


def _print_version(requested: bool) -> None:
    if requested:
        out.print(f"casebook {version('casebook-api')}", highlight=False)
        raise typer.Exit


@cli.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Take the options of the command itself; they come before the name of a subcommand."""


@cli.command(name="serve")
def serve_command(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="Number of worker processes.", min=1, max=64)] = 1,
    admin_port: Annotated[
        int | None, typer.Option(help="Another port, for probes and metrics only.", envvar=ADMIN_PORT, min=1, max=65535)
    ] = None,
) -> None:
    """Serve the API. First build the SQLite database if it is missing or older than seed_data.

    A synthesized database is served as it is. With CASEBOOK_LOAD_URL set, nothing is built either.
    """
    from app.server.run import serve

    if admin_port == port:
        raise typer.BadParameter("it is the first port already", param_hint="--admin-port")
    if admin_port:
        os.environ[ADMIN_PORT] = str(admin_port)  # the workers read their settings from there
    settings = settings_or_exit()
    dictConfig(log_config(settings.log_format, settings.log_level))
    for warning in misspelt_settings():
        logger.warning(warning)
    if _builds_database(settings):
        with _engine(settings, leaves_wal=False) as engine:
            report(loaded_release(engine, settings.seed_data, CATALOGUE) or _load(engine, settings), logger.info)
    serve(settings, host, port, workers)


@cli.command(name="load")
def load_command(
    release: Annotated[
        str | None, typer.Option(help="The data version that is expected: if seed_data makes another, load nothing.")
    ] = None,
) -> None:
    """Bring the database to the state of seed_data, in one transaction. Change nothing if it is there already.

    One load at a time: another waits for up to half a minute, then fails and has changed nothing. The database is the one of
    CASEBOOK_LOAD_URL, or else of CASEBOOK_DATABASE_URL.
    """
    from app.loader.load import require_release

    settings = settings_or_exit()
    if release:
        require_release(settings.seed_data, CATALOGUE, release)
    with _engine(settings) as engine:
        report(_load(engine, settings), print_line)


@cli.command(name="synthesize")
def synthesize_command(
    records: Annotated[int, typer.Option(help="Number of records to make.", min=MIN_RECORDS, max=MAX_RECORDS)],
    seed: Annotated[int, typer.Option(help="Another seed makes other rows.")] = 1,
) -> None:
    """Fill the database with invented records, to measure at that size. Refuse a database that was loaded."""
    from app.synthetic.synthesize import synthesize

    with _engine(settings_or_exit()) as engine, progress_bars() as progress:
        report(synthesize(engine, CATALOGUE, records, seed, progress), print_line)


@cli.command()
def check() -> None:
    """List everything that is wrong with seed_data, with file, record and field. Needs no database."""
    from app.loader.load import checked_rows

    rows = checked_rows(settings_or_exit().seed_data, CATALOGUE)
    counts = [len(table_rows) for _, table_rows in rows.in_order()]
    out.print(f"seed_data is right: {sum(counts)} rows in {len(counts)} tables")


@cli.command()
def verify_source(
    document: Annotated[Path, typer.Argument(help="A copy of the article.", exists=True, dir_okay=False, readable=True)],
    source: Annotated[str, typer.Option(help="Slug of the source that it is a copy of.")] = "ssr-article",
) -> None:
    """Compute the digest of every passage from a copy of the document, and list the passages that differ."""
    from app.loader.article import compare_copy

    comparison = compare_copy(settings_or_exit().seed_data, CATALOGUE, source, document)
    for difference in comparison.differences:
        out.print(f"[red]{difference.locator}[/red]  {difference.description}", highlight=False, soft_wrap=True)
    if comparison.differences:
        out.print(f"{comparison.matching} of {comparison.total} digests match; those that differ are listed above")
        raise typer.Exit(1)
    note = "" if comparison.is_identical else ", though the file is not the same byte for byte"
    out.print(f"all {comparison.total} digests match{note}")


@cli.command()
def export(file: Annotated[Path, typer.Argument(help="The zip file to write.")]) -> None:
    """Write the complete release as one Frictionless data package, the same that /v1/export serves."""
    from app.http.formats.package import write_package
    from app.http.resources.lists import all_parameters

    async def write() -> str:
        reader = open_reader(settings_or_exit())
        try:
            async with reader.snapshot(long=True) as snapshot:
                with replacing(file) as package:
                    await write_package(package, snapshot, CATALOGUE, all_parameters(CATALOGUE))
                return snapshot.data_version
        finally:
            await reader.close()

    version = asyncio.run(write())
    size = f", {file.stat().st_size} bytes" if file.is_file() else ""
    err.print(f"Wrote release {version} to {file}{size}", soft_wrap=True)


@cli.command()
def openapi() -> None:
    """Print the OpenAPI document. Needs no database."""
    from app.main import create_app

    document = create_app(settings_or_exit()).openapi()
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


@cli.command()
def schemas(
    folder: Annotated[Path, typer.Argument(help="Where to write them.", show_default="seed_data/schemas")] = SCHEMAS,
) -> None:
    """Write the JSON Schemas of the seed files, for editors that complete and underline."""
    from app.loader.json_schemas import published_schemas

    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in published_schemas(CATALOGUE).items():
        with replacing(folder / f"{name}.json") as file:
            file.write(orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


@contextmanager
def _engine(settings: Settings, *, leaves_wal: bool = True) -> Iterator[Engine]:
    url = make_url(settings.writing_url)
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        raise DatabaseError("the database would be in memory, and lost with this command: name a file, sqlite:///data/...")
    engine = writable_engine(settings.writing_url, leaves_wal=leaves_wal)
    try:
        yield engine
    finally:
        engine.dispose()


def _load(engine: Engine, settings: Settings) -> LoadResult:
    from app.loader.load import load

    with progress_bars() as progress:
        return load(engine, settings.seed_data, CATALOGUE, progress, settings.kept_releases)


def _builds_database(settings: Settings) -> bool:
    """True if `serve` builds the database: only SQLite, not with a CASEBOOK_LOAD_URL, and not a file that it may only read."""
    url = settings.database_url
    return not settings.load_url and make_url(url).get_backend_name() == "sqlite" and not _is_read_only(url)


def _is_read_only(url: str) -> bool:
    """True if the database is a file that this user may only read, as in a container, or has a folder that it may not write."""
    path = Path(make_url(url).database or "")
    try:
        with path.open("r+b"):
            return not os.access(path.parent, os.W_OK)
    except OSError as error:
        return path.is_file() and error.errno in (EACCES, EPERM, EROFS)
