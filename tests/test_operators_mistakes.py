"""The mistakes of those who run Casebook: each is one line that says what is wrong, and exit code 1 or 2."""

import errno
import os
import socket
import subprocess
import sys
import time
import zipfile
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from app.cli_output import replacing
from app.database import writable_engine
from app.loader.load import load
from app.model.error import CasebookError
from app.server.addresses import bare_host, require_address, url_of
from app.settings import ROOT, Settings
from tests.conftest import CATALOGUE

CASEBOOK = [sys.executable, "-c", "from app.cli import cli; cli()"]


@pytest.fixture
def environment(tmp_path: Path, small_seed: Path) -> dict[str, str]:
    """The settings of a process in a folder of its own: a small seed, and a database that does not exist yet."""
    url = f"sqlite:///{tmp_path / 'casebook.sqlite3'}"
    paths = {"PYTHONPATH": str(ROOT), "CASEBOOK_SEED_DATA": str(small_seed), "CASEBOOK_DATABASE_URL": url}
    return os.environ | paths


def run(folder: Path, environment: dict[str, str], command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a shell, whose redirections it may contain."""
    words = " ".join(f"'{word}'" for word in CASEBOOK)
    command = command.replace("casebook", words)
    return subprocess.run(  # noqa: S602 - our own commands
        command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("CASEBOOK_SEED_DATA=nope casebook check", "nope: is not a folder: set CASEBOOK_SEED_DATA"),
        ("CASEBOOK_SEED_DATA=seed/small/pack.yaml casebook load", "is not a folder"),
        ("CASEBOOK_DATABASE_URL=sqlite://data/x.sqlite3 casebook load", "must have three slashes"),
        ("CASEBOOK_DATABASE_URL=sqlite:////proc/nope/x.sqlite3 casebook load", "cannot create /proc/nope"),
        ("CASEBOOK_DATABASE_URL=sqlite:///seed/small/pack.yaml/x.sqlite3 casebook load", "name a file elsewhere"),
        ("CASEBOOK_DATABASE_URL=sqlite:///seed casebook load", "it is a folder: name a file in it"),
        ("CASEBOOK_DATABASE_URL=sqlite:///seed casebook serve --port 0", "it is a folder: name a file in it"),
        ("CASEBOOK_DATABASE_URL=sqlite:// casebook load", "would be in memory"),
        ("CASEBOOK_DATABASE_URL=postgresql+psycopg://u:S3cr3t@127.0.0.1:1/x casebook load", "Connection refused"),
        ("CASEBOOK_DATABASE_URL=postgresql+psycopg://u@h:port/x casebook check", "must be like sqlite:///data"),
        ("CASEBOOK_LOG_LEVEL=loud casebook check", "LOG_LEVEL: must be 'debug', 'info', 'warning' or 'error'"),
        ("casebook export x.zip", "run `casebook load`"),
        ("casebook check > /dev/full", "the output cannot be written: No space left on device"),
        ("casebook --help > /dev/full", "the output cannot be written: No space left on device"),
        ("casebook openapi > /dev/full", "the output cannot be written: No space left on device"),
        ("casebook schemas seed/small/pack.yaml", "File exists"),
        ("casebook schemas /proc/nope", "/proc/nope: No such file or directory"),
        ("casebook verify-source --source map seed/small/pack.yaml", "source 'map' has no passages"),
        ("casebook load --release abc", "not abc"),
        ("casebook serve --host nowhere.invalid", "cannot listen on host nowhere.invalid, port 8000"),
        ("casebook serve --host 203.0.113.7 --port 9000", "cannot listen on host 203.0.113.7, port 9000"),
        ("touch seed/lessons.yml; casebook check", "lessons.yml: is in no pack"),
    ],
)
def test_an_operators_mistake_is_a_line_that_says_what_to_do(
    tmp_path: Path, environment: dict[str, str], command: str, message: str
) -> None:
    done = run(tmp_path, environment, command)
    assert done.returncode in {1, 2}, done
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "S3cr3t" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if not line.startswith("{") and "in the seed data; nothing" not in line]
    assert len(lines) == 1, done.stderr


def test_a_near_miss_is_refused_even_if_the_files_that_are_read_are_loaded(
    tmp_path: Path, small_seed: Path, environment: dict[str, str]
) -> None:
    assert run(tmp_path, environment, "casebook load").returncode == 0
    (small_seed / "small" / "lessons.yml").write_text("[]")
    for command in ("casebook load", "casebook serve --port 0"):
        assert "did you mean lessons.yaml?" in run(tmp_path, environment, command).stderr


# Output is complete, or what was there before


def test_an_export_that_fails_leaves_the_file_that_was_there(
    tmp_path: Path, small_seed: Path, environment: dict[str, str]
) -> None:
    engine = writable_engine(environment["CASEBOOK_DATABASE_URL"])
    load(engine, small_seed, CATALOGUE)
    engine.dispose()
    (tmp_path / "out").mkdir()
    good = tmp_path / "out" / "good.zip"
    assert run(tmp_path, environment, "casebook export out/good.zip").returncode == 0
    content = good.read_bytes()
    with suppress(MemoryError), replacing(good) as package:
        package.write(b"PK")
        raise MemoryError
    assert [path.name for path in good.parent.iterdir()] == ["good.zip"]
    assert good.read_bytes() == content
    missing = run(tmp_path, environment, "casebook export nope/x.zip")
    assert (missing.returncode, missing.stderr) == (1, "nope/x.zip: No such file or directory\n")
    piped = run(tmp_path, environment, "casebook export /dev/stdout > piped.zip")
    assert piped.returncode == 0, piped.stderr
    assert zipfile.is_zipfile(tmp_path / "piped.zip")


# Settings


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_an_empty_variable_is_unset(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    default = Settings()
    monkeypatch.setenv(f"CASEBOOK_{name}".upper(), "")
    assert Settings() == default


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("log_level", "WARN", "warning"),
        ("log_level", " Warning ", "warning"),
        ("log_level", "CRITICAL", "error"),
        ("log_level", "TRACE", "debug"),
        ("log_format", "JSON", "json"),
        ("log_format", "Text", "text"),
        ("log_format", "console", "text"),
    ],
)
def test_common_names_of_levels_and_formats_are_accepted(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(f"CASEBOOK_{name}".upper(), value)
    assert getattr(Settings(), name) == expected


# Addresses


def test_a_busy_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CasebookError, match=f"host 127.0.0.1, port {port}: another program uses the port"):
            require_address("127.0.0.1", port)
    require_address("127.0.0.1", port)


def test_a_port_without_rights_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(CasebookError, match="port 80: this user may not use the port: take one from 1024 on"):
        require_address("127.0.0.1", 80)


def test_urls_can_be_opened() -> None:
    assert url_of("::", 8000) == "http://[::1]:8000"
    assert url_of("0.0.0.0", 8000) == "http://127.0.0.1:8000"  # noqa: S104 - as it may be given
    assert url_of("::1", 80) == "http://[::1]:80"
    assert (bare_host("[::1]"), bare_host("::1"), bare_host("localhost")) == ("::1", "::1", "localhost")


@pytest.mark.parametrize("host", ["[::1]", "::"])
def test_the_logged_url_answers(tmp_path: Path, environment: dict[str, str], host: str) -> None:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6) as free:
            port = free.getsockname()[1]
    except OSError:
        pytest.skip("this machine has no IPv6")
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen([*CASEBOOK, "serve", "--host", host, "--port", str(port)], env=environment, stderr=log)  # noqa: S603
    url = f"http://[::1]:{port}"
    try:
        for _ in range(200):
            time.sleep(0.1)
            try:
                assert httpx.get(f"{url}/health/live").is_success
                break
            except httpx.ConnectError:
                assert server.poll() is None
    finally:
        server.terminate()
        server.wait(30)
    assert f"Casebook on {url} " in (tmp_path / "log").read_text()
