"""The wheel is all that a user needs: installed alone and run in an empty folder, it builds its database and serves it."""

import os
import re
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from app.settings import PREFIX, ROOT

PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith((PREFIX, "PYTHON"))}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel in it, and with the dependencies of the environment that runs the tests.

    A `.pth` file adds the folder of the dependencies behind that of the wheel. The `.pth` file of an editable install, which is
    among them, is not read, so that `app` can only be the wheel's.
    """
    wheels, environment = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("environment")
    run([*PIP, "wheel", "--no-index", "--no-deps", "--no-build-isolation", f"--wheel-dir={wheels}", str(ROOT)], wheels)
    (wheel,) = wheels.glob("casebook_api-*.whl")
    venv.create(environment, symlinks=True)
    run([*PIP, f"--python={environment}", "install", "--no-index", "--no-deps", str(wheel)], wheels)
    (site_packages,) = environment.glob("lib/python*/site-packages")
    dependencies = Path(httpx.__file__).parent.parent
    (site_packages / "dependencies.pth").write_text(f"{dependencies}\n")
    return environment


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def serving(command: Path, folder: Path) -> Iterator[str]:
    """The URL of a server that is started in a folder, as its log names it; it may not accept connections yet."""
    process = subprocess.Popen(  # noqa: S603 - ours
        [command, "serve", "--port=0"], cwd=folder, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True
    )
    with process:
        assert process.stderr is not None
        try:
            log = []
            for line in process.stderr:
                log.append(line)
                if url := re.search(r"http://127\.0\.0\.1:\d+", line):
                    yield url[0]
                    return
            pytest.fail(f"ended with status {process.wait()}: {''.join(log)}")
        finally:
            process.terminate()
            sys.stderr.write(process.stderr.read())  # pytest shows it where the test fails


def test_code_and_data_are_those_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    code = "import app, app.settings; print(app.__file__, app.settings.ROOT, sep='\\n')"
    for place in run([str(installed / "bin" / "python"), "-c", code], tmp_path).splitlines():
        assert Path(place).is_relative_to(installed)


def test_the_command_prints_its_version(installed: Path, tmp_path: Path) -> None:
    assert re.fullmatch(r"casebook \d+\.\d+\.\d+\n", run([str(installed / "bin" / "casebook"), "--version"], tmp_path))


def test_the_database_is_built_from_the_data_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    casebook = str(installed / "bin" / "casebook")
    assert "seed_data is right" in run([casebook, "check"], tmp_path)
    run([casebook, "load"], tmp_path)
    assert (tmp_path / "data" / "casebook.sqlite3").is_file()


def test_a_server_started_in_an_empty_folder_answers(installed: Path, tmp_path: Path) -> None:
    transport = httpx.HTTPTransport(retries=7)  # at growing intervals, a minute in all
    with serving(installed / "bin" / "casebook", tmp_path) as url, httpx.Client(base_url=url, transport=transport) as client:
        response = client.get("/v1/missions/isaf", timeout=60)
        assert (response.status_code, response.json()["id"]) == (200, "mission:isaf")
        assert client.get("/docs").status_code == 200
