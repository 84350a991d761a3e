"""The files of `deploy` hold together, as far as can be told without running containers."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from sqlalchemy import make_url
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Receive, Scope, Send

from app.main import create_app
from app.settings import PREFIX, ROOT, Settings
from tests.conftest import serving, serving_app
from tests.database.test_faults import until
from tests.telemetry.test_metrics_and_logs import free_port

DEPLOY = ROOT / "deploy"
COMPOSED: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSED["services"]
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
PASSWORD = re.compile(r"\$\{(\w+):\?\}")


def test_every_setting_is_one_that_exists() -> None:
    named = {name for service in SERVICES.values() for name in service.get("environment", {}) if name.startswith(PREFIX)}
    passwords = set(PASSWORD.findall((DEPLOY / "compose.yaml").read_text()))
    named |= set(re.findall(rf"^Environment=({PREFIX}\w+)", (DEPLOY / "casebook.service").read_text(), re.MULTILINE))
    assert named - passwords <= {PREFIX + name.upper() for name in Settings.model_fields}
    assert set(re.findall(r"\\getenv \w+ (\w+)", (DEPLOY / "roles.sql").read_text())) <= SERVICES["primary"]["environment"].keys()


def test_the_databases_are_those_of_the_services_and_roles() -> None:
    roles = (DEPLOY / "roles.sql").read_text()
    for service, setting in (("one", "CASEBOOK_DATABASE_URL"), ("two", "CASEBOOK_DATABASE_URL"), ("load", "CASEBOOK_LOAD_URL")):
        url = make_url(PASSWORD.sub("secret", SERVICES[service]["environment"][setting]))
        hosts = [url.host] if url.host else list(url.query["host"])
        assert set(hosts) <= SERVICES.keys()
        assert f"ROLE {url.username} LOGIN" in roles
        assert f"DATABASE {url.database} " in roles


def test_every_file_volume_and_service_that_is_named_is_there() -> None:
    for service in SERVICES.values():
        assert set(service.get("depends_on", ())) <= SERVICES.keys()
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert (DEPLOY / source).is_file() if source.startswith(".") else source in COMPOSED["volumes"]
    assert set(re.findall(r"server (\w+):8000;", (DEPLOY / "nginx.conf").read_text())) <= SERVICES.keys()


def test_the_shell_scripts_are_such() -> None:
    for script in DEPLOY.glob("*.sh"):
        subprocess.run(["/bin/bash", "-n", str(script)], check=True)  # noqa: S603 - ours


@contextmanager
def proxied(folder: Path, upstream: str, *changes: tuple[str, str], ready: str = "/health/live") -> Iterator[str]:
    """Our configuration of nginx, with changes, in front of a server; its URL."""
    here = (DEPLOY / "nginx.conf").read_text().replace("/var/cache/nginx", str(folder))
    here, port = re.sub(r"server \w+:8000", f"server {httpx.URL(upstream).netloc.decode()}", here), free_port()
    for before, after in changes:
        assert before in here
        here = here.replace(before, after)
    (folder / "site.conf").write_text(here.replace("listen 80;", f"listen 127.0.0.1:{port};"))
    whole = f"daemon off; master_process off; pid {folder}/pid; error_log stderr; events {{}} "
    (folder / "nginx.conf").write_text(whole + f"http {{ access_log off; include {folder}/site.conf; }}")
    with subprocess.Popen([str(NGINX), "-c", str(folder / "nginx.conf")]) as process:  # noqa: S603
        try:
            until(lambda: httpx.get(f"http://127.0.0.1:{port}{ready}").status_code == 200)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_the_proxy_keeps_answers_and_asks_by_their_tag_whether_they_hold(loaded: Callable[[str], str], tmp_path: Path) -> None:
    asked: list[str | None] = []
    app = create_app(Settings(database_url=loaded("sqlite")))

    async def for_seconds(scope: Scope, receive: Receive, send: Send) -> None:
        """Answers are good for three seconds in place of a minute."""

        async def shorter(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                headers["cache-control"] = headers["cache-control"].replace("max-age=60", "max-age=3")
                message = {**message, "headers": headers.raw}
            await send(message)

        if scope.get("path") != "/v1/missions":
            await app(scope, receive, send)
            return
        asked.append(Headers(scope=scope).get("if-none-match"))
        await app(scope, receive, shorter)

    with serving_app(for_seconds) as upstream, proxied(tmp_path, upstream) as base, httpx.Client(base_url=base) as client:
        first, second = client.get("/v1/missions"), client.get("/v1/missions")
        assert (first.headers["x-cache"], second.headers["x-cache"], asked) == ("MISS", "HIT", [None])
        time.sleep(4)
        third = client.get("/v1/missions")
        assert first.content == second.content == third.content
        until(lambda: asked == [None, first.headers["etag"]])


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_a_client_of_the_proxy_cannot_say_that_it_is_another(loaded: Callable[[str], str], tmp_path: Path) -> None:
    app = create_app(Settings(database_url=loaded("sqlite"), rate_limit="2/hour"))
    with serving_app(app, forwarded_allow_ips="*") as upstream, proxied(tmp_path, upstream) as base:
        asked = [httpx.get(f"{base}/v1/missions?limit={n}", headers={"X-Forwarded-For": f"192.0.2.{n}"}) for n in range(1, 4)]
    assert [answer.status_code for answer in asked] == [200, 200, 429]


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ", b""),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Long: y\r\n" * 40_000, b"HTTP/1.1 400"),
        (b"GET /" + b"x" * 300_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 414"),
        (b"POST /v1 HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", b"HTTP/1.1 413"),
    ],
    ids=["a head that never ends", "many headers", "a long target", "a large body"],
)
def test_the_proxy_has_the_limits_that_the_server_leaves_to_it(
    loaded: Callable[[str], str], tmp_path: Path, sent: bytes, status: bytes
) -> None:
    with serving(Settings(database_url=loaded("sqlite"))) as upstream, proxied(tmp_path, upstream, ("10s", "1s")) as base:
        url = httpx.URL(base)
        with socket.create_connection((url.host, url.port or 80), timeout=10) as client:
            with suppress(ConnectionError):  # it may be closed before all is sent
                client.sendall(sent)
            received = bytearray()
            with suppress(ConnectionError):
                while part := client.recv(100_000):  # TimeoutError, if the proxy does not close it
                    received += part
    assert bytes(received).startswith(status)
    assert bool(received) is bool(status)


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_behind_the_proxy_the_service_can_have_a_path_of_its_own(loaded: Callable[[str], str], tmp_path: Path) -> None:
    """The change to the configuration is the one that docs/operations.md shows."""
    app = create_app(Settings(database_url=loaded("sqlite"), trust_forwarded_prefix=True))
    below = ("location / {", "location /casebook/ {"), ("http://casebook;", "http://casebook/;")
    prefix = ('X-Forwarded-Prefix "";', "X-Forwarded-Prefix /casebook;")
    with serving_app(app) as upstream, proxied(tmp_path, upstream, *below, prefix, ready="/casebook/health/live") as base:
        page = httpx.get(f"{base}/casebook/v1/missions?limit=1").json()["page"]
        assert page["next"].startswith(f"{base}/casebook/v1/missions?")
        assert httpx.get(page["next"]).status_code == 200
        docs = httpx.get(f"{base}/casebook/docs").text
        for path in re.findall(r'(?:href|src)="(assets[^"]+)"', docs):
            assert httpx.get(f"{base}/casebook/{path}").status_code == 200, path
