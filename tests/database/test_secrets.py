"""What is said about a database that cannot be used: where, why and what to do, but no secret."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from app.database import check_readiness, display_url, open_reader
from app.settings import Settings

CODE = Path(__file__).parents[2]
SPELLINGS = ("S3cr3t", "cr3t")
NOWHERE = "postgresql+psycopg://reader@127.0.0.1:1/casebook"
URLS = [
    "postgresql+psycopg://reader:S3cr3t@127.0.0.1:1/casebook",
    f"{NOWHERE}?password=S3cr3t",
    f"{NOWHERE}?password=S3cr3t&password=S3cr3t2",
    f"{NOWHERE}?sslpassword=S3cr3t",
    f"{NOWHERE}?options=-c%20casebook.key%3DS3cr3t",
    f"{NOWHERE}?unknown=S3cr3t",
    f"{NOWHERE}?require_auth=S3cr3t",
    f"{NOWHERE}?sslkey=S3cr3t&sslcert=S3cr3t",
    "postgresql+psycopg://reader:S3cr3t/x@127.0.0.1/casebook",
    "postgresql+psycopg://reader:1:S3cr3t@x:y/casebook",
    "postgres://reader:S3cr3t@127.0.0.1/casebook",
]
COMMANDS = [("load", url) for url in URLS] + [
    (command, url) for command in ("synthesize --records=50", "export x.zip") for url in URLS[1:3]
]


@pytest.mark.parametrize(("command", "url"), COMMANDS)
def test_no_command_shows_a_secret_of_the_url(url: str, command: str, tmp_path: Path) -> None:
    env = {**os.environ, "CASEBOOK_DATABASE_URL": url, "COLUMNS": "500", "PYTHONPATH": str(CODE)}
    program = [str(Path(sys.executable).with_name("python")), "-c", "from app.cli import cli; cli()", *command.split()]
    ended = subprocess.run(program, env=env, capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False)  # noqa: S603 - our own
    assert ended.returncode
    shown = ended.stdout + ended.stderr
    assert not any(spelling in shown for spelling in SPELLINGS), shown


@pytest.mark.parametrize("url", URLS[:6])
def test_the_readiness_check_shows_none_either(url: str, caplog: pytest.LogCaptureFixture) -> None:
    async def checked() -> str:
        reader = open_reader(Settings(database_url=url))
        try:
            return (await check_readiness(reader, 1)).missing
        finally:
            await reader.close()

    assert asyncio.run(checked()) == "the database does not answer"
    assert "S3cr3t" not in caplog.text


def test_what_is_no_secret_is_shown() -> None:
    url = make_url(f"{NOWHERE}?host=a&host=b&target_session_attrs=primary&password=S3cr3t&options=-c%20x%3D1")
    shown = display_url(url)
    assert shown == f"{NOWHERE}?host=a&host=b&options=***&password=***&target_session_attrs=primary"
