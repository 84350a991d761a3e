"""What breaks around the server and the loader: nothing half-loaded is served, what is seen says why, and it ends by itself."""

import asyncio
import errno
import multiprocessing
import os
import random
import resource
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, create_engine, text

from app.database import open_reader, writable_engine
from app.database.snapshot import MAX_EXPORTS
from app.loader.load import load
from app.main import create_app
from app.model.error import DatabaseError
from app.settings import Settings
from tests.conftest import CATALOGUE, serving, serving_app
from tests.http.test_cache import call_actor, seed
from tests.telemetry.test_metrics_and_logs import free_port

__all__ = ["seed"]
CASEBOOK = str(Path(sys.executable).with_name("casebook"))
PROCESSES = multiprocessing.get_context("fork")
KILLS = 25
"""On each engine."""


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def make(file: Path, seed: Path, name: str) -> None:
    """A database in which the one actor has this name."""
    call_actor(seed, name)
    engine = writable_engine(f"sqlite:///{file}")
    load(engine, seed, CATALOGUE)
    engine.dispose()


def casebook(url: str, seed: Path, *command: str, **how: Any) -> "subprocess.Popen[str]":
    env = {**os.environ, "CASEBOOK_DATABASE_URL": url, "CASEBOOK_SEED_DATA": str(seed), "COLUMNS": "300", "HOME": "/tmp"}  # noqa: S108
    return subprocess.Popen([CASEBOOK, *command], env=env, stderr=subprocess.PIPE, text=True, **how)  # noqa: S603 - our own command


def until(answered: Callable[[], bool]) -> None:
    """Wait for it, whoever is not there yet."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            if answered():
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("it did not happen within 30 s")


# The file under a server


class Shaken:
    """A server over a file, and another file that it can be put back from."""

    def __init__(self, client: httpx.Client, file: Path, other: Path) -> None:
        self.client, self.file, self.other = client, file, other

    def name(self) -> str:
        response = self.client.get("/v1/actors/a")
        assert response.status_code == 200, response.text
        return str(response.json()["name"])

    def is_unready(self) -> None:
        """Says so everywhere, and lives."""
        for path in ("/v1/actors/a", "/v1/actors", "/v1/actors.csv", "/v1/export", "/health/ready"):
            response = self.client.get(path)
            assert (response.status_code, response.headers["retry-after"]) == (503, "5"), path
            assert response.json()["detail"].endswith(": run `casebook load`")
        assert self.client.get("/health/live").status_code == 200

    def put_back(self) -> None:
        new = self.file.with_suffix(".new")
        shutil.copy(self.other, new)
        new.replace(self.file)
        for suffix in ("-wal", "-shm"):
            self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, Path]]:
    file = tmp_path_factory.mktemp("shaken") / "casebook.sqlite3"
    with serving(Settings(database_url=f"sqlite:///{file}")) as base, httpx.Client(base_url=base, timeout=30) as client:
        yield client, file


@pytest.fixture
def shaken(server: tuple[httpx.Client, Path], seed: Path, tmp_path: Path) -> Shaken:
    client, file = server
    for name, made in (("Old name", tmp_path / "old.sqlite3"), ("New name", tmp_path / "new.sqlite3")):
        make(made, seed, name)
    shaken = Shaken(client, file, tmp_path / "old.sqlite3")
    shaken.put_back()
    assert shaken.name() == shaken.name() == "Old name"
    shaken.other = tmp_path / "new.sqlite3"
    return shaken


@pytest.mark.parametrize("size", [None, 0, 100, 4096, 3 * 4096])
def test_a_file_that_is_gone_or_cut_short_is_a_503_until_it_is_put_back(shaken: Shaken, size: int | None) -> None:
    if size is None:
        shaken.file.unlink()
    else:
        os.truncate(shaken.file, size)
    shaken.is_unready()
    shaken.put_back()
    assert shaken.name() == "New name"


def test_a_file_that_is_written_over_is_the_old_release_or_a_503_until_it_is_put_back(shaken: Shaken) -> None:
    with shaken.file.open("r+b") as written:
        written.write(os.urandom(shaken.file.stat().st_size))
    for path in ("/v1/actors/a", "/v1/sources", "/v1/search?q=name", "/v1/actors.csv", "/v1/export", "/health/ready"):
        assert shaken.client.get(path).status_code in (200, 503), path
    response = shaken.client.get("/v1/actors/a")
    assert response.status_code == 503 or response.json()["name"] == "Old name"
    shaken.put_back()
    assert shaken.name() == "New name"


def test_another_file_in_its_place_is_served_from_the_next_request_on(shaken: Shaken) -> None:
    shaken.put_back()
    assert shaken.name() == "New name"


def test_a_file_cut_short_amid_an_export_does_not_kill_the_server(tmp_path: Path) -> None:
    whole, file = tmp_path / "whole.sqlite3", tmp_path / "casebook.sqlite3"
    with casebook(f"sqlite:///{whole}", tmp_path, "synthesize", "--records=3000") as made:
        assert made.wait(60) == 0
    shutil.copy(whole, file)
    port = free_port()
    with casebook(f"sqlite:///{file}", tmp_path, "serve", f"--port={port}") as process:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            until(lambda: client.get("/health/ready").status_code == 200)
            path = "/v1/records.jsonl?include=links&include=citations"  # more than the system keeps for a client that waits
            with pytest.raises(httpx.TransportError), client.stream("GET", path) as response:  # noqa: PT012 - what follows is one
                pieces = response.iter_raw()
                next(pieces)
                os.truncate(file, 100 * 4096)
                list(pieces)
            assert process.poll() is None
            assert client.get("/v1/missions").status_code == 503
            shutil.copy(whole, tmp_path / "new")
            (tmp_path / "new").replace(file)
            assert client.get("/v1/missions").status_code == 200
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.parametrize("path", ["/v1/export", "/v1/actors.xlsx"])
def test_where_there_is_no_room_for_an_export_all_else_is_answered(
    shaken: Shaken, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    for _ in range(MAX_EXPORTS + 1):
        response = shaken.client.get(path)
        assert (response.status_code, response.json()["type"]) == (500, "urn:casebook:problem:internal-error")
    assert shaken.client.get("/v1/actors.csv").status_code == 200


def test_clients_that_leave_give_back_what_their_exports_held(shaken: Shaken) -> None:
    url = shaken.client.base_url
    for path in ("/v1/actors.jsonl", "/v1/actors.csv", "/v1/export") * 5:
        with socket.create_connection((url.host, url.port or 0)) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    until(lambda: {shaken.client.get(path).status_code for path in ("/v1/actors.jsonl", "/v1/export")} == {200})


# The loader


def ends(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Its exit status, and what it said."""
    said = process.communicate(timeout=60)[1]
    return process.returncode, said


def test_a_full_disk_undoes_the_load_and_the_old_release_is_served(shaken: Shaken, seed: Path) -> None:
    call_actor(seed, "Name that is not loaded")
    full = 40_000  # bytes that a file may have
    with casebook(
        f"sqlite:///{shaken.file}", seed, "load", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (full, full))
    ) as process:
        status, said = ends(process)
    assert status == 1
    assert "was not loaded: " in said
    assert "Traceback" not in said
    assert shaken.name() == "Old name"
    make(shaken.file, seed, "Name that is loaded")
    assert shaken.name() == "Name that is loaded"


def loaded_by_another(url: str, seed: str, user: int = os.geteuid(), said: Any = None) -> None:
    """In a process of its own, which may be killed, or be somebody else's."""
    os.seteuid(user)
    try:
        load(writable_engine(url), Path(seed), CATALOGUE)
    except DatabaseError as error:
        said.send(str(error))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can load as somebody who may not write")
def test_a_file_made_read_only_goes_on_being_served_and_a_load_says_why_it_cannot_be(shaken: Shaken, seed: Path) -> None:
    for folder in (*shaken.file.parents, *seed.parents):
        folder.chmod(folder.stat().st_mode | 0o055)
    shaken.file.chmod(0o444)
    call_actor(seed, "Name that is not loaded")
    hears, says = multiprocessing.Pipe()
    process = PROCESSES.Process(target=loaded_by_another, args=(f"sqlite:///{shaken.file}", str(seed), 65534, says))
    process.start()
    process.join(60)
    assert hears.poll(0)
    process.close()
    assert "this user may not write to the file" in hears.recv()
    assert shaken.name() == "Old name"


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_two_loads_at_once_come_one_after_the_other(engine: Engine, seed: Path, tmp_path: Path) -> None:
    load(engine, seed, CATALOGUE)
    other = Path(shutil.copytree(seed, tmp_path / "other"))
    for folder, name in ((seed, "One"), (other, "Other")):
        call_actor(folder, name)
    both = [casebook(url_of(engine), folder, "load") for folder in (seed, other)]
    ended = [ends(process) for process in both]
    assert [status for status, _ in ended] == [0, 0], ended
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM release")) == 3
        assert connection.scalar(text("SELECT name FROM record WHERE kind = 'actor'")) in ("One", "Other")


def test_a_load_that_is_killed_leaves_all_of_the_old_release_or_all_of_the_new(engine: Engine, seed: Path) -> None:
    url, chance, outcomes = url_of(engine), random.Random(7), Counter[str]()  # noqa: S311 - moments, not secrets

    def loading(seconds: float) -> float:
        """Have another process load, for so long at most; how long it took."""
        begun = time.monotonic()
        process = PROCESSES.Process(target=loaded_by_another, args=(url, str(seed)))
        process.start()
        process.join(seconds)
        took = time.monotonic() - begun
        process.kill()
        process.join()
        process.close()
        return took

    first = loading(60)
    call_actor(seed, "Another name")
    later = loading(60)
    for number in range(KILLS):
        call_actor(seed, f"Name {number}")
        is_first = number < KILLS // 2  # so that it is killed amid the migration as well
        if is_first:
            empty(engine)
        loading(chance.random() * 1.5 * (first if is_first else later))
        names = whole(engine)
        possible = {"none": [], "old": [f"Name {number - 1}"], "new": [f"Name {number}"]}
        assert names in possible.values(), (number, names)
        outcomes.update(what for what, left in possible.items() if left == names)
        if number >= KILLS // 2 - 1:
            load(engine, seed, CATALOGUE)
            assert whole(engine) == [f"Name {number}"]
    assert outcomes.keys() == {"none", "old", "new"}, outcomes


def empty(engine: Engine) -> None:
    """As a database is before it is first loaded."""
    engine.dispose()
    if engine.dialect.name == "sqlite":
        for file in Path(str(engine.url.database)).parent.glob("*.sqlite3*"):
            file.unlink()
        return
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))


def whole(engine: Engine) -> list[str]:
    """The names of the actors, where there is a release; the release's counts have to be right, and the file sound."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
            there = connection.scalar(text("SELECT count(*) FROM sqlite_master WHERE name = 'release'"))
        else:
            there = connection.scalar(text("SELECT count(*) FROM pg_tables WHERE tablename = 'release'"))
        if not there or not connection.scalar(text("SELECT count(*) FROM release")):
            return []
        return list(connection.scalars(text("SELECT name FROM record WHERE kind = 'actor'")))


# The clock, and PostgreSQL


def test_a_clock_that_was_set_back_does_not_hide_a_release(engine: Engine, seed: Path) -> None:
    load(engine, seed, CATALOGUE)
    with engine.begin() as connection:
        connection.execute(text("UPDATE release SET loaded_at = '2999-01-01 00:00:00'"))
    with serving(Settings(database_url=url_of(engine))) as base, httpx.Client(base_url=base, timeout=30) as client:
        assert client.get("/v1/actors/a").json()["name"] == "Old name"
        call_actor(seed, "New name")
        load(engine, seed, CATALOGUE)
        assert client.get("/v1/actors/a").json()["name"] == "New name"
        assert client.get("/metrics").status_code == 200


def test_a_connection_that_is_lost_once_all_is_asked_harms_no_answer(loaded: Callable[[str], str]) -> None:
    url = loaded("postgresql")
    admin = create_engine(url, isolation_level="AUTOCOMMIT")

    async def play() -> None:
        reader = open_reader(Settings(database_url=url))
        for _ in range(12):
            async with reader.snapshot() as snapshot:
                version = snapshot.data_version
                ((backend,),) = await snapshot.rows(text("SELECT pg_backend_pid()"))
                with admin.connect() as connection:
                    assert connection.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": backend})
            assert await reader.current_version() == version
        await reader.close()

    asyncio.run(play())
    admin.dispose()


def test_a_postgresql_that_restarts_under_load_is_a_503_for_as_long_as_it_takes(loaded: Callable[[str], str]) -> None:
    url = loaded("postgresql")
    stop, statuses = threading.Event(), list[int]()
    with (
        serving_app(create_app(Settings(database_url=url, cache_bytes=0))) as base,
        httpx.Client(base_url=base, timeout=30) as client,
    ):

        def keep_asking() -> None:
            while not stop.is_set():
                statuses.append(client.get("/v1/actors").status_code)

        with ThreadPoolExecutor(4) as threads:
            asking = [threads.submit(keep_asking) for _ in range(4)]
            until(lambda: statuses.count(200) > 20)
            crash(url)
            before = len(statuses)
            until(lambda: 200 in statuses[before + 20 :])
            stop.set()
            for one in asking:
                one.result()
        assert set(statuses) <= {200, 503}
        assert client.get("/health/ready").status_code == 200


def crash(url: str) -> None:
    """Kill one of its processes, so that PostgreSQL ends all others and recovers, as after a crash."""
    engine = writable_engine(url)
    with engine.connect() as connection:
        os.kill(int(connection.scalar(text("SELECT pg_backend_pid()")) or 0), 9)
        connection.invalidate()
    engine.dispose()
