"""Mutations of every shipped seed file: read, or refused by mistakes that name the file; never a traceback.

Run more of them with `python -m tests.loader.test_seed_fuzzing 2000`.
"""

import csv
import io
import random
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from app.loader import files
from app.loader.layout import seed_files
from app.loader.load import checked_rows
from app.loader.yaml_text import parse_yaml
from app.model.error import MAX_REPEATED, SeedError
from tests.conftest import CATALOGUE, SEED_DATA

FILES = [file.relative_to(SEED_DATA) for file in seed_files(SEED_DATA)]
RUNS = 10
"""Mutations of each file in the suite."""
ODD = [
    "\0",
    "\x1b",
    "\ufeff",
    "\u200b",
    "\u202e",
    "\ud7ff",
    "\r",
    "'",
    '"',
    ":",
    "- ",
    "{",
    "[",
    "&a ",
    "*a",
    "!!int ",
    ";",
    ",",
    "\t",
    "\U0001f600",
]
VALUES = [
    "",
    "[]",
    "{}",
    "[[a]]",
    "{a: {b: c}}",
    "true",
    "-1",
    "1e999",
    "9" * 400,
    "null",
    "2001-13",
    "9999-12-31",
    "0000",
    "x" * 20_000,
    "a:b",
]

REFERENCE = re.compile(
    r"^no |^is required|^'.*' is (not in|already used)|is not a predicate|has a value already|(defined|is a source) already"
    r"|citation template|is cited by passages"
)
"""Mistakes of another file than the one that was changed: what it refers to is gone, or has another name."""

Mutation = Callable[[random.Random, bytes], bytes]


def _lines(change: Callable[[random.Random, list[bytes], int], None]) -> Mutation:
    """Return a mutation that changes the lines of a file, given the number of one of them."""

    def mutate(rng: random.Random, content: bytes) -> bytes:
        lines = content.splitlines(keepends=True)
        change(rng, lines, rng.randrange(len(lines)))
        return b"".join(lines)

    return mutate


def _delete(_rng: random.Random, lines: list[bytes], at: int) -> None:
    del lines[at]


def _duplicate(rng: random.Random, lines: list[bytes], at: int) -> None:
    lines.insert(rng.randrange(len(lines)), lines[at])


def _indent(rng: random.Random, lines: list[bytes], at: int) -> None:
    lines[at] = b" " * rng.randrange(4) + lines[at].lstrip()


def _swap_words(rng: random.Random, lines: list[bytes], at: int) -> None:
    other = rng.randrange(len(lines))
    lines[at], lines[other] = lines[other], lines[at]


def _set_value(rng: random.Random, lines: list[bytes], at: int) -> None:
    key, colon, _ = lines[at].partition(b": ")
    lines[at] = key + (colon or b" ") + rng.choice(VALUES).encode() + b"\n"


def _set_cell(rng: random.Random, lines: list[bytes], at: int) -> None:
    cells = next(csv.reader([lines[at].decode()]), [])
    if cells:
        swapped = rng.choice(cells)
        cells[rng.randrange(len(cells))] = rng.choice([*VALUES, *ODD, swapped])
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerow(cells)
        lines[at] = out.getvalue().encode()


def _truncate(rng: random.Random, content: bytes) -> bytes:
    return content[: rng.randrange(len(content))]


def _insert(rng: random.Random, content: bytes) -> bytes:
    at = rng.randrange(len(content))
    return content[:at] + rng.choice(ODD).encode() + content[at:]


def _flip(rng: random.Random, content: bytes) -> bytes:
    at = rng.randrange(len(content))
    return content[:at] + bytes([rng.randrange(256)]) + content[at + 1 :]


def _nest(rng: random.Random, content: bytes) -> bytes:
    at, brackets = rng.randrange(len(content)), rng.choice([b"[", b"{a: ", b"- "])
    return content[:at] + brackets * rng.choice([3, 100, 5_000]) + content[at:]


MUTATIONS: list[Mutation] = [
    *map(_lines, (_delete, _duplicate, _indent, _swap_words, _set_value, _set_cell)),
    _truncate, _insert, _flip, _nest,
]  # fmt: skip


def check_mutations(folder: Path, name: Path, runs: int, seed: int) -> int:
    """Check the seed in `folder` with mutations of one of its files. Return the number of those that were refused."""
    rng, file, refused = random.Random(f"{name} {seed}"), folder / name, 0  # noqa: S311 - to be repeatable
    content = file.read_bytes()
    for run in range(runs):
        mutation = MUTATIONS[run % len(MUTATIONS)]
        changed = mutation(rng, content)
        file.write_bytes(changed)
        try:
            checked_rows(folder, CATALOGUE)
        except SeedError as error:
            refused += 1
            _check_refusal(error, folder, name)
        except Exception as error:
            raise AssertionError(f"{name}, run {run} of seed {seed}: {error!r}") from error
        finally:
            file.write_bytes(content)
    return refused


def _check_refusal(refusal: SeedError, folder: Path, name: Path) -> None:
    """Check that mistakes name the file that was changed, or are of references to it, and are in our own words."""
    own = {name.as_posix(), f"{name.parent.as_posix()}/pack.yaml"}
    if name.name == "mappings.yaml":  # rows are read by it
        own |= {file.as_posix() for file in FILES if file.parent == name.parent and file.suffix == ".csv"}
    assert refusal.mistakes
    for mistake in refusal.mistakes:
        assert mistake.file in own or REFERENCE.search(mistake.msg), mistake
        assert (folder / mistake.file).is_file()
        assert len(mistake.msg) <= MAX_REPEATED + 1
        assert "Input should" not in mistake.msg


@pytest.mark.parametrize("name", FILES, ids=Path.as_posix)
def test_a_mutated_file_is_read_or_refused_by_name(seed_copy: Path, monkeypatch: pytest.MonkeyPatch, name: Path) -> None:
    monkeypatch.setattr(files, "parse_yaml", cache(parse_yaml))  # the other files are the same each time
    assert check_mutations(seed_copy, name, RUNS, seed=1)


if __name__ == "__main__":
    setattr(files, "parse_yaml", cache(parse_yaml))  # noqa: B010 - as a test patches it
    total = 0
    with tempfile.TemporaryDirectory() as parent:
        copy = Path(shutil.copytree(SEED_DATA, Path(parent) / "seed_data"))
        runs = -(-int(sys.argv[1]) // len(FILES))
        for mutated in FILES:
            count = check_mutations(copy, mutated, runs, seed=2)
            total += count
            sys.stdout.write(f"{mutated}: {count} of {runs} refused\n")
    sys.stdout.write(f"{runs * len(FILES)} mutations, {total} refused\n")
