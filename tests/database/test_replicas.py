"""Several hosts: reads from a standby, and what clients see when a host goes while they ask."""

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from app.database import writable_engine
from app.loader.load import load
from app.model.error import DatabaseError
from app.settings import Settings
from tests.conftest import CATALOGUE, POSTGRESQL_PROGRAMS, call_it, serving

USER = "pgserver" if os.geteuid() == 0 else None
CLIENTS = 4
PATHS = ["/v1/concepts/peace", "/v1/concepts", "/health/ready", "/v1/search?q=peace", "/v1/concepts.csv"]


def run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs, as a user that it allows."""
    command = [str(POSTGRESQL_PROGRAMS / program), *arguments]
    with tempfile.TemporaryFile() as output:  # a pipe would be held open by the server that is started
        done = subprocess.run(command, user=USER, cwd="/", stdout=output, stderr=output, check=False)  # noqa: S603 - of the wheel
        output.seek(0)
        assert done.returncode == 0, output.read().decode()


@dataclass
class Host:
    """One PostgreSQL: its data, and where its socket is."""

    data: Path
    socket: Path

    def start(self) -> None:
        how = f"-h '' -k {self.socket} -F -c hot_standby_feedback=on"
        run("pg_ctl", "start", "-w", "-D", str(self.data), "-l", str(self.data / "log"), "-o", how)

    def stop(self) -> None:
        """As abruptly as a server can be stopped that is to be started again."""
        run("pg_ctl", "stop", "-m", "immediate", "-D", str(self.data))

    def ask(self, question: str) -> object:
        engine = create_engine(url(self), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            return connection.execute(text(question)).scalar()

    def readers(self) -> object:
        return self.ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'reader'")


def url(*hosts: Host, **query: str) -> str:
    said = {"host": [str(host.socket) for host in hosts], **query}
    return URL.create("postgresql+psycopg", "postgres", database="postgres", query=said).render_as_string()


@dataclass
class Cluster:
    """A primary, its standby, and a server that prefers to read from the standby."""

    primary: Host
    standby: Host
    client: httpx.Client
    seed: Path

    def load(self) -> str:
        engine = writable_engine(url(self.standby, self.primary, target_session_attrs="primary"))
        version = load(engine, self.seed, CATALOGUE).version
        engine.dispose()
        return version

    def version(self) -> str:
        return str(self.client.get(PATHS[0]).headers.get("x-data-version"))


@pytest.fixture(scope="module")
def hosts(postgresql: str) -> Iterator[tuple[Host, Host]]:
    assert postgresql  # by which the user exists that PostgreSQL runs as
    with tempfile.TemporaryDirectory(prefix="casebook-") as folder:
        primary, standby = (Host(Path(folder) / name, Path(folder) / f"at-{name}") for name in ("primary", "standby"))
        primary.socket.mkdir()
        standby.socket.mkdir()
        if USER:
            subprocess.run(["/bin/chown", "-R", USER, folder], check=True)  # noqa: S603 - a folder of ours
        run("initdb", "--auth=trust", "--encoding=utf8", "-U", "postgres", "-D", str(primary.data))
        primary.start()
        copy = ("pg_basebackup", "-h", str(primary.socket), "-U", "postgres", "-D", str(standby.data))
        run(*copy, "--write-recovery-conf", "--checkpoint=fast")
        standby.start()
        yield primary, standby
        for host in (standby, primary):
            host.stop()


@pytest.fixture
def cluster(hosts: tuple[Host, Host], small_seed: Path) -> Iterator[Cluster]:
    primary, standby = hosts
    reading = url(primary, standby, target_session_attrs="prefer-standby", application_name="reader")
    with (
        serving(Settings(database_url=reading, cache_bytes=0, query_seconds=20)) as base,
        httpx.Client(base_url=base, timeout=30) as client,
    ):
        made = Cluster(primary, standby, client, small_seed)
        version = made.load()
        assert soon(lambda: made.version() == version)
        yield made


def soon(true: Callable[[], bool], seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


@dataclass
class Seen:
    """What clients that ask all the time were answered."""

    answers: list[tuple[float, httpx.Response]] = field(default_factory=list)

    def since(self, when: float) -> Counter[int]:
        """By status, of what was asked from then on."""
        return Counter(answer.status_code for asked, answer in self.answers if asked >= when)

    @property
    def refusals(self) -> list[httpx.Response]:
        return [answer for _, answer in self.answers if answer.status_code != 200]


@contextmanager
def asking(cluster: Cluster) -> Iterator[Seen]:
    """Clients that ask as fast as they are answered."""
    seen, ended = Seen(), threading.Event()

    def ask(number: int) -> None:
        with httpx.Client(base_url=cluster.client.base_url, timeout=30) as client:
            while not ended.is_set():
                for path in PATHS[number:] + PATHS[:number]:
                    asked = time.monotonic()
                    seen.answers.append((asked, client.get(path)))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        assert soon(lambda: len(seen.answers) > 40)
        yield seen
    finally:
        ended.set()
        for thread in threads:
            thread.join(timeout=30)


def held_while(cluster: Cluster, host: Host) -> None:
    """Stop a host while clients ask: at most what was in flight is refused, and said to be worth asking again."""
    with asking(cluster) as seen:
        host.stop()
        stopped = time.monotonic()
        time.sleep(1)
    assert len(seen.refusals) <= CLIENTS, seen.since(0)
    for refusal in seen.refusals:
        assert (refusal.status_code, refusal.json()["type"]) == (503, "urn:casebook:problem:not-ready")
        assert int(refusal.headers["retry-after"]) > 0
    assert seen.since(stopped + 0.5).keys() == {200}
    assert seen.since(stopped + 0.5)[200] > CLIENTS


def test_reads_are_from_the_standby(cluster: Cluster) -> None:
    with asking(cluster) as seen:
        assert cluster.standby.readers()
        assert not cluster.primary.readers()
    assert not seen.refusals


def test_reads_go_on_when_the_standby_and_then_the_primary_goes(cluster: Cluster) -> None:
    held_while(cluster, cluster.standby)
    assert cluster.primary.readers()
    cluster.standby.start()
    held_while(cluster, cluster.primary)
    cluster.primary.start()
    call_it(cluster.seed, "Quiet")
    version = cluster.load()
    assert soon(lambda: cluster.version() == version)


def test_reads_go_on_when_connections_died_while_nobody_asked(cluster: Cluster) -> None:
    with asking(cluster):
        pass
    cluster.standby.stop()
    cluster.standby.start()
    assert [cluster.client.get(path).status_code for path in PATHS * 3] == [200] * 15


def test_a_host_that_falls_silent_is_given_up(cluster: Cluster) -> None:
    query = {"target_session_attrs": "prefer-standby", "connect_timeout": "2"}
    reading = Settings(database_url=url(cluster.primary, cluster.standby, **query), cache_bytes=0, query_seconds=1)
    with serving(reading) as base, httpx.Client(base_url=base, timeout=30) as client:
        assert [client.get(path).status_code for path in PATHS] == [200] * 5
        with silent(cluster.standby):
            asked = time.monotonic()
            first, second = client.get(PATHS[0]), client.get(PATHS[0])
            assert time.monotonic() - asked < 10
            assert (first.status_code, second.status_code) in ((200, 200), (503, 200))


@contextmanager
def silent(host: Host) -> Iterator[None]:
    """All of its processes stand still: it takes connections and does not answer."""
    server = (host.data / "postmaster.pid").read_text().split()[0]
    children = subprocess.run(["/usr/bin/pgrep", "-P", server], capture_output=True, text=True, check=True).stdout.split()  # noqa: S603
    processes = [int(process) for process in (server, *children)]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


def test_without_any_host_answers_are_503_until_one_is_back(cluster: Cluster) -> None:
    cluster.standby.stop()
    cluster.primary.stop()
    for path in PATHS:
        answer = cluster.client.get(path)
        assert (answer.status_code, "retry-after" in answer.headers) == (503, True), path
    assert cluster.client.get("/health/live").status_code == 200
    cluster.standby.start()
    assert [cluster.client.get(path).status_code for path in PATHS] == [200] * 5
    cluster.primary.start()


def test_a_standby_that_is_behind_serves_the_release_that_it_has(cluster: Cluster) -> None:
    before = cluster.version()
    cluster.standby.ask("SELECT pg_wal_replay_pause()")
    call_it(cluster.seed, "Calm")
    version = cluster.load()
    for path in PATHS:
        answer = cluster.client.get(path)
        assert answer.status_code == 200
        assert answer.headers.get("x-data-version", before) == before != version
        assert "Calm" not in answer.text
    cluster.standby.ask("SELECT pg_wal_replay_resume()")
    assert soon(lambda: cluster.version() == version)
    assert cluster.client.get(PATHS[0]).json()["name"] == "Calm"


def test_a_standby_is_not_loaded_and_says_where_to_load(cluster: Cluster) -> None:
    engine = writable_engine(url(cluster.standby))
    assert not load(engine, cluster.seed, CATALOGUE).changed
    call_it(cluster.seed, "Still")
    with pytest.raises(DatabaseError, match="set CASEBOOK_LOAD_URL to the primary"):
        load(engine, cluster.seed, CATALOGUE)
    engine.dispose()
