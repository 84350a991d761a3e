"""The `casebook` command: serve, load, synthesize, check, verify-source, export, openapi, schemas.

Each imports what it alone needs, so that a server starts without what loads.
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

from app.cli_output import SAY, err, explained, mistyped, out, progressing, say, settings_or_exit
from app.database import open_reader, writable_engine
from app.kinds import RESOURCES
from app.loader.current_release import FEWEST, MOST, Loaded, held
from app.model.catalogue import Catalogue
from app.settings import PREFIX, ROOT, Settings
from app.telemetry.logs import log_config

ABOUT = (
    "Casebook: a knowledge API on peacekeeping and security sector reform. "
    "Settings are CASEBOOK_… variables; the README lists them."
)
cli = typer.Typer(name="casebook", help=ABOUT, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
CATALOGUE = Catalogue(RESOURCES, found_at="app.cli:CATALOGUE")
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


@cli.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="Processes that answer.", min=1, max=64)] = 1,
    admin_port: Annotated[
        int | None, typer.Option(help="A second port, for probes and metrics alone.", envvar=ADMIN_PORT, min=1, max=65535)
    ] = None,
) -> None:
    """Serve the API, first building the embedded database where it is missing or older than seed_data.

    One that was synthesized is served as it is. With CASEBOOK_LOAD_URL set, nothing is built either.
    """
    from app.server.run import serve_until_stopped

    if admin_port == port:
        raise typer.BadParameter("it is the first port already", param_hint="--admin-port")
    if admin_port:
        os.environ[ADMIN_PORT] = str(admin_port)  # the workers have their settings from there
    settings = settings_or_exit()
    dictConfig(log_config(settings.log_format, settings.log_level))
    for mistake in mistyped():
        logger.warning(mistake)
    if _builds_for_itself(settings):
        with explained(), _writing(settings) as engine:
            say(held(engine, settings.seed_data, CATALOGUE) or _load(engine, settings), logger.info)
    serve_until_stopped(settings, host, port, workers)


@cli.command(name="load")
def load_command(
    release: Annotated[
        str | None, typer.Option(help="The data version that is meant: where seed_data makes another, load nothing.")
    ] = None,
) -> None:
    """Bring the database to what seed_data says, in one transaction; where it says so already, change nothing.

    One load at a time: another waits for up to half a minute, then fails and has changed nothing. The database is the one of
    CASEBOOK_LOAD_URL, or else of CASEBOOK_DATABASE_URL.
    """
    from app.loader.load import require

    settings = settings_or_exit()
    if release:
        with explained():
            require(settings.seed_data, CATALOGUE, release)
    with explained(), _writing(settings) as engine:
        say(_load(engine, settings), SAY)


@cli.command(name="synthesize")
def synthesize_command(
    records: Annotated[int, typer.Option(help="How many records to make.", min=FEWEST, max=MOST)],
    seed: Annotated[int, typer.Option(help="Another seed makes other rows.")] = 1,
) -> None:
    """Fill the database with invented records, to measure at that size; refuse one that was loaded."""
    from app.synthetic.synthesize import synthesize

    with explained(), _writing(settings_or_exit()) as engine, progressing() as progress:
        say(synthesize(engine, CATALOGUE, records, seed, progress), SAY)


@cli.command()
def check() -> None:
    """List everything that is wrong with seed_data, with file, record and field. Needs no database."""
    from app.loader.load import checked_rows

    with explained():
        rows = checked_rows(settings_or_exit().seed_data, CATALOGUE)
    out.print(f"seed_data is right: {sum(len(kept) for _, kept in rows.in_order())} rows in {len(list(rows.in_order()))} tables")


@cli.command()
def verify_source(
    document: Annotated[Path, typer.Argument(help="A copy of the article.", exists=True, dir_okay=False, readable=True)],
    source: Annotated[str, typer.Option(help="Slug of the source that it is a copy of.")] = "ssr-article",
) -> None:
    """Compute every passage's digest anew from a copy of the document, and name the passages that differ."""
    from app.loader.article import compare

    with explained():
        compared = compare(settings_or_exit().seed_data, CATALOGUE, source, document)
    for difference in compared.differences:
        out.print(f"[red]{difference.locator}[/red]  {difference.what}", highlight=False, soft_wrap=True)
    if compared.differences:
        out.print(f"{compared.same} of {compared.total} digests match; what differs is listed above")
        raise typer.Exit(1)
    out.print(
        f"all {compared.total} digests match" + ("" if compared.same_file else ", though the file is not the same byte for byte")
    )


@cli.command()
def export(file: Annotated[Path, typer.Argument(help="The zip file to write.")]) -> None:
    """Write the whole release as one Frictionless data package, the same that /v1/export serves."""
    from app.http.formats.package import write_package
    from app.http.resources.lists import all_parameters

    async def write() -> str:
        reader = open_reader(settings_or_exit())
        try:
            async with reader.snapshot(long=True) as snapshot:
                with file.open("wb") as written:
                    await write_package(written, snapshot, CATALOGUE, all_parameters(CATALOGUE))
                return snapshot.data_version
        finally:
            await reader.close()

    with explained():
        version = asyncio.run(write())
    err.print(f"Wrote release {version} to {file}, {file.stat().st_size} bytes", soft_wrap=True)


@cli.command()
def openapi() -> None:
    """Print the OpenAPI document. Needs no database."""
    from app.main import create_api

    sys.stdout.buffer.write(
        orjson.dumps(create_api(settings_or_exit()).openapi(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    )


@cli.command()
def schemas(
    folder: Annotated[Path, typer.Argument(help="Where to write them.", show_default="seed_data/schemas")] = SCHEMAS,
) -> None:
    """Write the JSON Schemas of the seed files, for editors that complete and underline."""
    from app.loader.json_schemas import published_schemas

    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in published_schemas(CATALOGUE).items():
        (folder / f"{name}.json").write_bytes(orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


@contextmanager
def _writing(settings: Settings) -> Iterator[Engine]:
    engine = writable_engine(settings.writing_url)
    try:
        yield engine
    finally:
        engine.dispose()


def _load(engine: Engine, settings: Settings) -> Loaded:
    from app.loader.load import load

    with progressing() as progress:
        return load(engine, settings.seed_data, CATALOGUE, progress, settings.kept_releases)


def _builds_for_itself(settings: Settings) -> bool:
    """Whether a server loads its database, rather than somebody else."""
    url = settings.database_url
    return not settings.load_url and make_url(url).get_backend_name() == "sqlite" and not _is_baked(url)


def _is_baked(url: str) -> bool:
    """Whether the database is a file that this user may only read, as in a container."""
    path = Path(make_url(url).database or "")
    try:
        with path.open("r+b"):
            return False
    except OSError as error:
        return path.is_file() and error.errno in (EACCES, EPERM, EROFS)
