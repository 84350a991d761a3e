"""The example of CONTRIBUTING.md, 'Add a kind in four steps', works as it is written there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.database.schema_version import head
from app.settings import ROOT

SECTION = re.compile(r"^## Add a kind in four steps$(.*?)^## ", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"(?P<prose>.*?)^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`([\w/.-]+\.(?:py|yaml))`")


def documented_files() -> dict[str, str]:
    """Return the code of the section by the first file that the text above it names, after the heading if there is one.

    Commands are left out.
    """
    section = SECTION.search((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert section is not None
    files = {}
    for block in BLOCK.finditer(section[1]):
        if block["language"] != "sh":
            file = FILE.search(block["prose"].rpartition("**")[2])
            assert file is not None, block["prose"]
            files[file[1]] = block["code"]
    return files


def with_resource(module: str, excerpt: str) -> str:
    """Return the module of RESOURCES with the import and the line that the excerpt adds between two others."""
    import_line, assignment = excerpt.rstrip("\n").split("\n\n")
    added = f"    {import_line.rpartition(' ')[2]},"
    lines = [line for line in assignment.splitlines() if re.fullmatch(r"    \w+,", line)]
    neighbours = "\n".join(line for line in lines if line != added)
    assert added in lines
    assert module.count(neighbours) == 1
    imports, rest = module.split("\n\nRESOURCES = ")
    return f"{imports}\n{import_line}\n\nRESOURCES = {rest}".replace(neighbours, "\n".join(lines))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the kind of the example."""
    copy = tmp_path_factory.mktemp("contributing")
    for folder in ("app", "migrations", "seed_data", "tests"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name, code in documented_files().items():
        file = copy / name
        file.write_text(with_resource(file.read_text(), code) if file.exists() else code, encoding="utf-8")
    return copy


def run(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the copy, whose modules come before those that are installed."""
    environment = os.environ | {"CASEBOOK_DATABASE_URL": f"sqlite:///{project / 'casebook.sqlite3'}", "PYTHONPATH": str(project)}
    return subprocess.run(  # noqa: S603 - ours
        [sys.executable, *command], cwd=project, env=environment, capture_output=True, text=True, check=False
    )


def test_the_documented_files_are_complete_and_the_migration_is_the_next_one() -> None:
    assert list(documented_files()) == [
        "app/kinds/technology.py",
        "app/kinds/__init__.py",
        f"migrations/versions/{int(head()) + 1:04}_technology.py",  # a new migration takes the number of the example
        "seed_data/ssr-article/technologies.yaml",
    ]


@pytest.mark.parametrize("command", ["check", "load"])
def test_casebook_accepts_the_kind(project: Path, command: str) -> None:
    done = run(project, "-c", "from app.cli import cli; cli()", command)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_migrated_schema_is_that_of_the_models(project: Path, tmp_path: Path) -> None:
    done = run(project, "-m", "tests.added_kind", "schema", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_kind_is_sorted_along_an_index(project: Path, tmp_path: Path) -> None:
    done = run(project, "-m", "tests.added_kind", "sort", str(tmp_path), "technologies", "use")
    assert done.returncode == 0, done.stdout + done.stderr
