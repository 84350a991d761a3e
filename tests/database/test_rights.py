"""SQLite files whose reader and loader are different users: a load is seen whole or not at all, in every mixture of rights."""

import asyncio
import multiprocessing
import os
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.database import Reader, open_reader, writable_engine, writer
from app.database.sqlite import NO_RIGHTS, NO_WAL_FILES
from app.database.writer import BUSY
from app.loader.load import load
from app.model.error import DatabaseError, NotReady
from app.settings import Settings
from tests.conftest import CATALOGUE, call_it

NOBODY = 65534
PROCESSES = multiprocessing.get_context("fork")
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
LOADS = 6
WAL_HEADER = b"\x02\x02"


def make_release(file: Path, seed: Path, name: str) -> None:
    call_it(seed, name)
    engine = writable_engine(f"sqlite:///{file}")
    try:
        load(engine, seed, CATALOGUE)
    finally:
        engine.dispose()


def format_versions(file: Path) -> bytes:
    """Return the write and read version of the file's format: 1 for a rollback journal, 2 for WAL."""
    return file.read_bytes()[18:20]


async def read_names(reader: Reader, seen: set[tuple[str, str]]) -> None:
    """Add the data version and the name of the concept, by two statements of one snapshot."""
    async with reader.snapshot() as snapshot:
        (row,) = await snapshot.rows(text("SELECT name FROM record WHERE kind = 'concept'"))
        (search,) = await snapshot.rows(text("SELECT version FROM release ORDER BY id DESC LIMIT 1"))
        assert search.version == snapshot.data_version
        seen.add((snapshot.data_version, row.name))


def run_as_nobody(pipe: Connection, file: Path, read: Callable[[Reader, Connection], Awaitable[Any]]) -> None:
    os.setresuid(NOBODY, NOBODY, NOBODY)

    async def run() -> Any:
        reader = open_reader(Settings(database_url=f"sqlite:///{file}"))
        try:
            return await read(reader, pipe)
        except NotReady as error:
            return str(error)
        finally:
            await reader.close()

    pipe.send(asyncio.run(run()))


@contextmanager
def nobody(file: Path, read: Callable[[Reader, Connection], Awaitable[Any]]) -> Iterator[Connection]:
    """Run `read` in a process of the user nobody, with one end of a pipe. Its result comes out of the other end."""
    ours, theirs = multiprocessing.Pipe()
    process = PROCESSES.Process(target=run_as_nobody, args=(theirs, file, read))
    process.start()
    yield ours
    process.join(60)
    assert process.exitcode == 0
    process.close()


async def read_until_told(reader: Reader, pipe: Connection) -> set[tuple[str, str]]:
    seen = set[tuple[str, str]]()
    await read_names(reader, seen)
    pipe.send("ready")
    while not pipe.poll():
        await read_names(reader, seen)
    await read_names(reader, seen)
    return seen


async def read_once(reader: Reader, _pipe: Connection) -> set[tuple[str, str]]:
    seen = set[tuple[str, str]]()
    await read_names(reader, seen)
    return seen


@pytest.fixture
def file(small_seed: Path) -> Iterator[Path]:
    """A loaded file in a folder that other users may enter; they may not enter pytest's own."""
    with tempfile.TemporaryDirectory(prefix="casebook-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        make_release(folder / "casebook.sqlite3", small_seed, "Name 0")
        yield folder / "casebook.sqlite3"


@AS_ROOT
@pytest.mark.parametrize("folder_mode", [0o755, 0o555, 0o777])
@pytest.mark.parametrize("file_mode", [0o644, 0o666])
def test_a_load_by_another_user_is_seen_whole_or_not_at_all(
    file: Path, small_seed: Path, folder_mode: int, file_mode: int
) -> None:
    file.parent.chmod(folder_mode)
    file.chmod(file_mode)
    with nobody(file, read_until_told) as pipe:
        assert pipe.recv() == "ready"
        for number in range(1, LOADS):
            make_release(file, small_seed, f"Name {number}")
        pipe.send("stop")
        seen = pipe.recv()
    assert isinstance(seen, set), seen
    assert len(dict(seen)) == len(seen)  # one name a version
    assert f"Name {LOADS - 1}" in dict(seen).values()


@AS_ROOT
def test_a_release_loaded_while_others_read_can_be_opened_when_all_have_left(file: Path, small_seed: Path) -> None:
    with nobody(file, read_until_told) as pipe:
        assert pipe.recv() == "ready"
        make_release(file, small_seed, "New name")
        pipe.send("stop")
        pipe.recv()
    with nobody(file, read_once) as pipe:
        assert [name for _, name in pipe.recv()] == ["New name"]


@AS_ROOT
def test_a_file_in_wal_mode_without_its_files_is_refused_until_the_next_load(file: Path, small_seed: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")  # as versions before this one left it
    with nobody(file, read_once) as pipe:
        assert pipe.recv() == NO_WAL_FILES
    make_release(file, small_seed, "Name 0")
    with nobody(file, read_once) as pipe:
        assert [name for _, name in pipe.recv()] == ["Name 0"]


@AS_ROOT
def test_a_file_that_may_not_be_read_is_refused(file: Path) -> None:
    file.chmod(0o600)
    with nobody(file, read_once) as pipe:
        assert pipe.recv() == NO_RIGHTS


@AS_ROOT
def test_a_load_by_a_user_who_may_not_write_to_the_folder_says_so(file: Path, small_seed: Path) -> None:
    file.chmod(0o666)

    async def try_load(_reader: Reader, _pipe: Connection) -> str:
        engine = writable_engine(f"sqlite:///{file}")
        with pytest.raises(DatabaseError) as refused:
            load(engine, small_seed, CATALOGUE)
        return str(refused.value)

    with nobody(file, try_load) as pipe:
        assert "or not to its folder" in pipe.recv()


def test_a_load_leaves_one_file_that_can_be_read_without_others_beside_it(file: Path, small_seed: Path) -> None:
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert format_versions(file) != WAL_HEADER
    engine = writable_engine(f"sqlite:///{file}", leaves_wal=False)
    load(engine, small_seed, CATALOGUE)
    engine.dispose()
    assert format_versions(file) == WAL_HEADER


def test_a_load_that_waits_for_an_export_keeps_nobody_out(file: Path, small_seed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "WAIT", 0.3)
    seen = set[tuple[str, str]]()

    async def play() -> None:
        reader = open_reader(Settings(database_url=f"sqlite:///{file}"))
        async with reader.snapshot(long=True):
            loading = asyncio.create_task(asyncio.to_thread(make_release, file, small_seed, "New name"))
            while not loading.done():
                await read_names(reader, seen)
                await asyncio.sleep(0)
            with pytest.raises(DatabaseError, match=BUSY[:20]):
                await loading
        await asyncio.to_thread(make_release, file, small_seed, "New name")
        await read_names(reader, seen)
        await reader.close()

    asyncio.run(play())
    assert {name for _, name in seen} == {"Name 0", "New name"}
