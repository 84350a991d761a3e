"""What the service tells of itself: probes, metrics, logs, traces, and the second port."""

import io
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from logging.config import dictConfig
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import jsonschema
import pytest
from alembic.script import ScriptDirectory
from fastapi import Request, Response
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families
from pydantic import ValidationError
from rich.logging import RichHandler
from sqlalchemy import Engine, text
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send
from typer.testing import CliRunner

from app.cli import cli
from app.database import Snapshot
from app.database.schema_version import head
from app.http import tracing
from app.http.middleware.metrics import MetricsMiddleware
from app.http.middleware.request_id import METHODS, RequestIDMiddleware
from app.loader.load import load
from app.loader.migrate import migrate
from app.main import create_app
from app.model.error import NotReady
from app.settings import ROOT, Settings
from app.telemetry.exposition import render_metrics
from app.telemetry.logs import JSONLines, TextLines, log_config
from app.telemetry.request_info import CURRENT_REQUEST, NO_ROUTE, RequestInfo
from app.telemetry.request_metrics import BOUNDS, RequestMetrics
from app.telemetry.worker_files import WORKER_TIMEOUT, WorkerFiles
from tests.conftest import CATALOGUE, SEED_DATA, serving, serving_app, settings_of
from tests.test_contract import DOCUMENT

ISAF, TEMPLATE = "/v1/missions/isaf", "/v1/missions/{slug}"


# Probes


def test_a_live_process_says_so_and_no_cache_may_say_it_later(client: httpx.Client, statements: list[str]) -> None:
    response = client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "live"})
    assert response.headers["cache-control"] == "no-store"
    assert statements == []


def test_a_ready_server_says_what_it_looked_at(client: httpx.Client, statements: list[str]) -> None:
    response = client.get("/health/ready")
    assert len(statements) <= 3, statements
    assert response.status_code == 200
    assert response.json()["checks"] == {"database": "ok", "migrated": "ok", "release": "ok"}
    assert response.json()["data_version"] == client.get(ISAF).headers["x-data-version"]
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers


def not_ready(settings: Settings) -> dict[str, str]:
    """The checks of a server that is not ready, whose answer is as documented."""
    with serving(settings) as base:
        response = httpx.get(f"{base}/health/ready")
        assert httpx.get(f"{base}/health/live").status_code == 200
    problem = response.json()
    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert int(response.headers["retry-after"]) > 0
    assert response.headers["cache-control"] == "no-store"
    schema = DOCUMENT["components"]["schemas"]["ProblemOut"] | {"components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(schema).validate(problem)
    checks: dict[str, str] = problem["checks"]
    assert all(found in problem["detail"] for found in checks.values() if found not in ("ok", "not known"))
    return checks


def test_a_server_becomes_ready_step_by_step_and_says_what_is_missing(engine: Engine) -> None:
    with engine.connect():  # there is a database, and nothing in it
        pass
    checks = not_ready(settings_of(engine))
    assert (checks["database"], checks["release"]) == ("ok", "not known")
    assert "no schema" in checks["migrated"]
    migrate(engine)
    checks = not_ready(settings_of(engine))
    assert (checks["database"], checks["migrated"]) == ("ok", "ok")
    assert "no release" in checks["release"]
    load(engine, SEED_DATA, CATALOGUE)
    with serving(settings_of(engine)) as base:
        assert httpx.get(f"{base}/health/ready").status_code == 200
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        response = httpx.get(f"{base}/health/ready")
    assert response.status_code == 503
    assert response.json()["checks"]["release"] == "ok"
    assert "9999" in response.json()["checks"]["migrated"]
    assert head() in response.json()["checks"]["migrated"]


def test_a_database_that_cannot_be_reached_is_named_as_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite3").write_bytes(b"not a database" * 100)
    for url in (f"sqlite:///{tmp_path}/none.sqlite3", f"sqlite:///{tmp_path}/x.sqlite3", "postgresql+psycopg://x@127.0.0.1:1/x"):
        checks = not_ready(Settings(database_url=url))
        assert checks["database"] != "ok"
        assert (checks["migrated"], checks["release"]) == ("not known", "not known")


def test_a_database_that_does_not_answer_in_time_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql+psycopg://x@127.0.0.1:{silent.getsockname()[1]}/x"
        with serving(Settings(database_url=url, query_seconds=0.3)) as base:
            response = httpx.get(f"{base}/health/ready")
    assert response.status_code == 503
    assert "0.3 s" in response.json()["checks"]["database"]
    assert response.elapsed.total_seconds() < 3


def test_the_revision_that_the_files_of_the_migrations_say_is_alembics() -> None:
    assert head() == ScriptDirectory(str(ROOT / "migrations")).get_current_head()


# Metrics


def metrics(source: httpx.Client | str) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels."""
    if isinstance(source, httpx.Client):
        response = source.get("/metrics")
        assert response.status_code == 200
        source = response.text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(source)
        for sample in family.samples
    }


@pytest.fixture
def own(database_url: str) -> Iterator[httpx.Client]:
    """A client of a server that nobody else asks."""
    with serving(Settings(database_url=database_url)) as url, httpx.Client(base_url=url, timeout=30) as made:
        yield made


@pytest.fixture(scope="module")
def bare() -> Iterator[httpx.Client]:
    """A client of a server without a database: whatever is asked, it counts."""
    with serving(Settings(database_url="sqlite:////nowhere/none.sqlite3")) as url, httpx.Client(base_url=url, timeout=30) as made:
        yield made


def test_requests_are_counted_by_method_template_and_status(own: httpx.Client) -> None:
    tag = own.get(ISAF).headers["etag"]
    for path in ("/v1/missions/unok", "/v1/missions/nope", "/v1/missions.csv", "/assets/docs.css", "/openapi.json", "/nope"):
        own.get(path)
    own.get(ISAF, headers={"If-None-Match": tag})
    own.head(ISAF)
    own.options(ISAF)
    own.post(ISAF)
    own.request("PROPFIND", ISAF)
    counted = {key[1:]: value for key, value in metrics(own).items() if key[0] == "casebook_requests_total"}
    assert counted == {
        ("GET", TEMPLATE, "200"): 2,
        ("GET", TEMPLATE, "404"): 1,
        ("GET", TEMPLATE, "304"): 1,
        ("GET", "/v1/missions.{format}", "200"): 1,
        ("GET", "/openapi.json", "200"): 1,
        ("GET", NO_ROUTE, "200"): 1,  # a file
        ("GET", NO_ROUTE, "404"): 1,
        ("HEAD", TEMPLATE, "200"): 1,
        ("OPTIONS", NO_ROUTE, "204"): 1,
        ("POST", TEMPLATE, "405"): 1,
        ("other", TEMPLATE, "405"): 1,
    }


TEMPLATES = {*DOCUMENT["paths"], "/metrics", "/assets/{path}", "/assets/vendor/{path}", "/docs", "/redoc", "/openapi.json"}


def test_no_client_can_invent_a_label(bare: httpx.Client) -> None:
    for part in ("a", "%00", "isaf/x/y", "v1/{slug}", "%2e%2e/metrics", '"}'):
        for method in ("GET", "PUT", "TRACE", "PURGE", "M-SEARCH"):
            bare.request(method, f"/v1/{part}")
            bare.request(method, f"/v1/missions/{part}")
    labels = [key[1:] for key in metrics(bare) if key[0] == "casebook_requests_total"]
    assert {method for method, _, _ in labels} <= METHODS | {"other"}
    assert {template for _, template, _ in labels} <= TEMPLATES | {NO_ROUTE}


def test_latency_is_a_histogram_by_template(bare: httpx.Client) -> None:
    for _ in range(3):
        bare.get("/v1/lessons")
    found = metrics(bare)
    buckets = [value for key, value in found.items() if key[0].endswith("_bucket") and "/v1/lessons" in key]
    assert len(buckets) == len(BOUNDS) + 1
    assert buckets == sorted(buckets)
    assert buckets[-1] == found["casebook_request_seconds_count", "/v1/lessons"] == 3
    assert 0 < found["casebook_request_seconds_sum", "/v1/lessons"] < 30


@pytest.mark.parametrize(("seconds", "bucket"), [(0, 0), (BOUNDS[0], 0), (BOUNDS[0] * 1.01, 1), (10, 13), (11, 14)])
def test_a_duration_is_counted_in_the_bucket_whose_bound_it_does_not_pass(seconds: float, bucket: int) -> None:
    tally = RequestMetrics()
    tally.count(RequestInfo("1", "GET", {}, template="/", seconds=seconds))
    ((_, numbers),) = tally.by_labels.items()
    assert numbers.buckets.index(1) == bucket


def test_sql_is_counted_by_template(own: httpx.Client, statements: list[str]) -> None:
    own.get("/v1/missions")
    statements.clear()
    own.get(ISAF)
    asked = len(statements)
    found = metrics(own)
    assert found["casebook_sql_statements_total", TEMPLATE] == 2 == asked
    assert 0 < found["casebook_sql_seconds_total", TEMPLATE] < found["casebook_request_seconds_sum", TEMPLATE]
    assert found["casebook_sql_statements_total", "/v1/missions"] == 2


def test_the_release_is_told_with_its_version_and_age(own: httpx.Client) -> None:
    version = own.get(ISAF).headers["x-data-version"]
    found = metrics(own)
    assert found["casebook_release_info", version] == 1
    assert 0 <= found["casebook_release_age_seconds",] < 3600


def test_metrics_are_to_be_had_where_the_database_is_not(bare: httpx.Client) -> None:
    assert bare.get("/v1/missions").status_code == 503
    found = metrics(bare)
    assert found["casebook_requests_total", "GET", "/v1/missions", "503"] >= 1
    assert not [key for key in found if "release" in key[0]]


def test_metrics_come_in_the_format_that_is_asked_for_and_are_not_kept(bare: httpx.Client) -> None:
    response = bare.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert response.headers["content-type"].startswith("application/openmetrics-text")
    families = openmetrics.text_string_to_metric_families(response.text)  # type: ignore[no-untyped-call] # it has no types
    assert {family.name for family in families} >= {"casebook_requests", "casebook_workers"}
    response = bare.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    assert response.headers["cache-control"] == "no-store"


def test_the_metrics_are_not_in_the_document_for_clients() -> None:
    assert "/metrics" not in DOCUMENT["paths"]


def test_a_cache_in_front_says_what_it_did_in_two_words() -> None:
    async def cache(scope: Scope, receive: Receive, send: Send) -> None:
        work = CURRENT_REQUEST.get()
        work.template, work.cache = TEMPLATE, scope["path"].strip("/")
        await Response(status_code=304 if work.cache == "not_modified" else 200)(scope, receive, send)

    tally = RequestMetrics(cache_evictions=2, cache_bytes=1000)
    with serving_app(RequestIDMiddleware(MetricsMiddleware(cache, metrics=tally))) as base:
        for what in ("hit", "hit", "miss", "not_modified"):
            httpx.get(f"{base}/{what}")
    found = metrics(render_metrics("", tally, None)[0].decode())
    assert found["casebook_requests_total", "GET", TEMPLATE, "200"] == 3
    assert found["casebook_cache_hits_total", TEMPLATE] == 2
    assert found["casebook_cache_misses_total", TEMPLATE] == 1
    assert found["casebook_cache_not_modified_total", TEMPLATE] == 1
    assert (found["casebook_cache_evictions_total",], found["casebook_cache_bytes",]) == (2, 1000)


# Several workers


def test_any_worker_tells_what_all_of_them_counted(database_url: str, tmp_path: Path) -> None:
    settings = Settings(database_url=database_url, workers_folder=tmp_path)
    key = ("casebook_requests_total", "GET", TEMPLATE, "200")
    with (
        serving(settings) as one,
        serving(settings) as other,
        httpx.Client(base_url=one, timeout=30) as first,
        httpx.Client(base_url=other, timeout=30) as second,
    ):
        for client in (first, first, second):
            client.get(ISAF)
        seen = [metrics(client)[key] for client in (second, first, second, first)]
        assert seen == sorted(seen)
        assert seen[-1] == 3
        assert metrics(second)["casebook_workers",] == 2


def test_what_a_dead_worker_counted_still_counts_and_what_it_held_does_not(tmp_path: Path) -> None:
    dead, living = RequestMetrics(cache_evictions=1, cache_bytes=10), RequestMetrics(cache_evictions=2, cache_bytes=20)
    dead.count(RequestInfo("1", "GET", {}, template="/", status=200, seconds=1, sql_seconds=0.5, sql_statements=2, cache="miss"))
    WorkerFiles(dead, tmp_path).write()
    (file,) = tmp_path.glob("*.json")
    long_ago = time.time() - 2 * WORKER_TIMEOUT
    os.utime(file, (long_ago, long_ago))
    whole = WorkerFiles(living, tmp_path).combined()
    assert whole.by_labels == dead.by_labels
    assert (whole.cache_evictions, whole.cache_bytes, whole.workers) == (3, 20, 1)


def test_a_worker_that_cannot_tell_the_others_still_tells_what_it_counted_itself(tmp_path: Path) -> None:
    living = RequestMetrics(cache_evictions=2)
    workers = WorkerFiles(living, tmp_path / "gone")
    assert (workers.combined().cache_evictions, workers.combined().workers) == (2, 1)


# Logs


@contextmanager
def logged() -> Iterator[list[dict[str, Any]]]:
    """The lines of JSON that are logged meanwhile, read back."""
    written, lines = io.StringIO(), list[dict[str, Any]]()
    handler, root = logging.StreamHandler(written), logging.getLogger()
    handler.setFormatter(JSONLines())
    handler.addFilter(lambda record: record.name != "httpx")  # the client's own
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        lines += map(json.loads, written.getvalue().splitlines())


class Broken:
    """A reader with a fault."""

    concurrency = 1

    def __init__(self) -> None:
        self.loaded_at: dict[str, Any] = {}

    @asynccontextmanager
    async def snapshot(self, *, long: bool = False) -> AsyncIterator[Snapshot]:
        raise RuntimeError("something is broken" if not long else "")
        yield

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_fault_is_logged_once_with_its_request_and_told_with_the_id_alone(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    monkeypatch.setattr("app.main.open_reader", lambda _settings: Broken())
    with logged() as lines, serving(Settings()) as base:
        response = httpx.request(method, f"{base}{ISAF}?secret", headers={"X-Request-ID": "abc-1"})
        response = httpx.request(method, f"{base}{ISAF}", headers={"X-Request-ID": "abc-2"})
    assert response.status_code == 500
    assert response.headers["x-request-id"] == "abc-2"
    assert response.headers["cache-control"] == "no-store"
    if method == "GET":
        assert response.json()["type"] == "urn:casebook:problem:internal-error"
    assert "broken" not in response.text
    (line,) = [line for line in lines if line["level"] == "error"]
    assert (line["request_id"], line["route"], line["method"]) == ("abc-2", TEMPLATE, method)
    assert line["exception"].startswith("Traceback")
    assert line["exception"].endswith("RuntimeError: something is broken")
    assert line["time"].endswith("+00:00")


def test_the_traceback_of_a_statement_shows_nothing_that_was_searched_for(database_url: str) -> None:
    settings = Settings(database_url=database_url)
    app = create_app(settings)
    statement = text("SELECT nonsense FROM release WHERE version = :it")

    async def broken(request: Request) -> Response:
        try:
            async with app.state.reader.snapshot() as snapshot:
                await snapshot.rows(statement.bindparams(it=request.query_params["q"]))
        except NotReady as error:
            raise RuntimeError from error
        return Response()

    app.add_route("/broken", broken)
    with logged() as lines, serving_app(app) as base:
        assert httpx.get(f"{base}/broken?q=secret").status_code == 500
    (line,) = [line for line in lines if line["level"] == "error"]
    assert "SELECT nonsense" in line["exception"]
    assert "secret" not in line["exception"]


def test_a_fault_amid_an_answer_ends_the_connection_and_is_logged_once() -> None:
    async def broken(_request: Request) -> Response:
        async def body() -> AsyncIterator[bytes]:
            yield b"half"
            raise RuntimeError("something is broken")

        return StreamingResponse(body())

    settings = Settings(database_url="sqlite://")
    app = create_app(settings)
    app.add_api_route("/broken", broken, response_class=Response)
    with logged() as lines, serving_app(app) as base:
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(f"{base}/broken", headers={"X-Request-ID": "abc-3"})
        found = metrics(httpx.get(f"{base}/metrics").text)
    (line,) = [line for line in lines if line["level"] == "error"]
    assert (line["request_id"], line["route"], line["status"]) == ("abc-3", "/broken", 200)
    assert "something is broken" in line["exception"]
    assert found["casebook_requests_total", "GET", "/broken", "200"] == 1


def test_an_unready_database_is_logged_with_its_reason_and_request(tmp_path: Path) -> None:
    with logged() as lines, serving(Settings(database_url=f"sqlite:///{tmp_path}/none.sqlite3")) as base:
        httpx.get(f"{base}/v1/missions?q=something+secret", headers={"X-Request-ID": "abc-4"})
        httpx.get(f"{base}/health/ready")
    one, other = [line for line in lines if line["level"] == "warning"]
    assert (one["request_id"], one["route"]) == ("abc-4", "/v1/missions")
    assert "unable to open database file" in one["message"]
    assert "cannot be read" in other["message"]


def test_requests_are_lines_only_where_that_is_set_and_never_with_what_was_searched(database_url: str) -> None:
    for access_log in (False, True):
        with logged() as lines, serving(Settings(database_url=database_url, access_log=access_log)) as base:
            httpx.get(f"{base}/v1/missions?q=secret", headers={"X-Request-ID": "abc-5"})
        about = [line for line in lines if line.get("request_id")]
        assert "secret" not in str(lines)
        assert len(about) == access_log
    (line,) = about
    assert line["message"] == "GET /v1/missions 200"
    assert line["duration_ms"] > 0
    del line["time"], line["duration_ms"]
    assert line == {
        "level": "info",
        "logger": "casebook.access",
        "message": "GET /v1/missions 200",
        "request_id": "abc-5",
        "route": "/v1/missions",
        "method": "GET",
        "status": 200,
    }


def test_a_line_of_text_names_the_request_that_it_belongs_to() -> None:
    record = logging.LogRecord("x", logging.INFO, "x.py", 1, "made of %s", ("parts",), None)
    assert TextLines().format(record) == "made of parts"
    token = CURRENT_REQUEST.set(RequestInfo("abc-6", "GET", {}, template="/v1"))
    assert TextLines().format(record) == "made of parts  request_id=abc-6 route=/v1 method=GET"
    record.msg, record.args = "GET /v1 200", ()
    assert TextLines().format(record) == "GET /v1 200  request_id=abc-6"
    CURRENT_REQUEST.reset(token)


def test_any_text_can_be_logged_as_one_line_of_json() -> None:
    record = logging.LogRecord("x", logging.INFO, "x.py", 1, 'a\nb "c" \udcff é', (), None)
    line = JSONLines().format(record)
    assert "\n" not in line
    assert json.loads(line)["message"] == 'a\nb "c" \udcff é'


def test_a_terminal_gets_text_and_everything_else_json(monkeypatch: pytest.MonkeyPatch) -> None:
    def handler(form: Any, terminal: bool) -> logging.Handler:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
        config = log_config(form, "warning")
        assert config["root"]["level"] == "WARNING"
        before = logging.getLogger().handlers[:], logging.getLogger().level
        try:
            dictConfig(config)
            (made,) = logging.getLogger().handlers
        finally:
            logging.getLogger().handlers[:], logging.getLogger().level = before
        return made

    assert isinstance(handler("auto", True), RichHandler)
    assert isinstance(handler("auto", False).formatter, JSONLines)
    assert isinstance(handler("json", True).formatter, JSONLines)
    assert isinstance(handler("text", False), RichHandler)


def test_settings_of_logs_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEBOOK_LOG_LEVEL", "WARNING")
    assert Settings().log_level == "warning"
    monkeypatch.setenv("CASEBOOK_LOG_LEVEL", "loud")
    with pytest.raises(ValidationError):
        Settings()


# Traces


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The spans that arrive at a collector, which the environment names."""
    spans: list[Any] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                spans.extend(span for scope in resource.scope_spans for span in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"http://127.0.0.1:{server.server_port}/v1/traces")
        yield spans
        server.shutdown()


def test_spans_named_by_template_arrive_without_queries(collector: list[Any], database_url: str) -> None:
    with serving(Settings(database_url=database_url)) as base:
        tag = httpx.get(base + ISAF).headers["etag"]
        httpx.get(base + ISAF, headers={"If-None-Match": tag})
        httpx.get(f"{base}/v1/missions?q=secret")
    assert [span.name for span in collector] == [f"GET {TEMPLATE}", f"GET {TEMPLATE}", "GET /v1/missions"]
    attributes = [{each.key: each.value for each in span.attributes} for span in collector]
    assert [each["http.route"].string_value for each in attributes] == [TEMPLATE, TEMPLATE, "/v1/missions"]
    assert [each["http.response.status_code"].int_value for each in attributes] == [200, 304, 200]
    assert "secret" not in str(collector)


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"},
        {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:1", "OTEL_TRACES_EXPORTER": "none"},
    ],
)
def test_without_a_wish_nothing_is_traced(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert tracing.tracing() == tracing.OFF


def test_a_wish_for_traces_that_cannot_be_met_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setattr(tracing, "find_spec", lambda _name: None)
    with logged() as lines:
        assert tracing.tracing() == tracing.OFF
    assert "casebook-api[telemetry]" in lines[0]["message"]


# The second port, and the whole as it is run


PORTS = count(20_000 + os.getpid() * 7 % 12_000)
"""Below those that the system gives to whoever asks for any, so that nobody else is given one before it is listened at."""


def free_port() -> int:
    for port in PORTS:
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("numbers do not end")


@pytest.mark.parametrize("workers", [1, 2])
def test_probes_and_metrics_have_a_port_of_their_own_where_one_is_set(file_url: str, workers: int) -> None:
    main, admin = free_port(), free_port()
    casebook = str(Path(sys.executable).with_name("casebook"))
    command = [casebook, "serve", f"--port={main}", f"--admin-port={admin}", f"--workers={workers}"]
    environment = {**os.environ, "CASEBOOK_DATABASE_URL": file_url, "CASEBOOK_ACCESS_LOG": "true"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        try:
            with httpx.Client(timeout=30) as client:
                for port in (admin, main):
                    _until_ready(client, f"http://127.0.0.1:{port}/health/ready", process)
                assert client.get(f"http://127.0.0.1:{main}{ISAF}").status_code == 200
                assert client.get(f"http://127.0.0.1:{main}/health/ready").status_code == 200
                assert client.get(f"http://127.0.0.1:{admin}{ISAF}").status_code == 404
                refused = client.get(f"http://127.0.0.1:{main}/metrics", headers={"Host": f"127.0.0.1:{admin}"})
                assert (refused.status_code, refused.headers["content-type"]) == (404, "application/problem+json")
                asked = ("casebook_requests_total", "GET", TEMPLATE, "200")
                for _ in range(100):  # another worker tells within a second
                    found = metrics(client.get(f"http://127.0.0.1:{admin}/metrics").text)
                    if asked in found:
                        break
                    time.sleep(0.1)
                assert found[asked] == 1
        finally:
            process.send_signal(signal.SIGTERM)
            _, written = process.communicate(timeout=60)
    lines = [json.loads(line) for line in written.splitlines()]
    assert {line["logger"] for line in lines} >= {"casebook", "casebook.access", "uvicorn.error"}
    (line,) = [line for line in lines if line.get("route") == TEMPLATE and line["status"] == 200]
    assert line["duration_ms"] > 0


def test_the_second_port_is_another_than_the_first() -> None:
    result = CliRunner().invoke(cli, ["serve", "--port=9000", "--admin-port=9000"])
    assert result.exit_code == 2
    assert "first port" in result.output


def _until_ready(client: httpx.Client, url: str, process: subprocess.Popen[str]) -> None:
    for _ in range(1800):
        assert process.poll() is None
        try:
            if client.get(url).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"nothing answers at {url}")
