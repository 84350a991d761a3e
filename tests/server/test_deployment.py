"""The files of `deploy` hold together, as far as can be told without running containers."""

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from tests.conftest import serving_app
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
def proxied(folder: Path, upstream: str) -> Iterator[str]:
    """Our configuration of nginx in front of a server; its URL."""
    here = (DEPLOY / "nginx.conf").read_text().replace("/var/cache/nginx", str(folder))
    here, port = re.sub(r"server \w+:8000", f"server {httpx.URL(upstream).netloc.decode()}", here), free_port()
    (folder / "site.conf").write_text(here.replace("listen 80;", f"listen 127.0.0.1:{port};"))
    whole = f"daemon off; master_process off; pid {folder}/pid; error_log stderr; events {{}} "
    (folder / "nginx.conf").write_text(whole + f"http {{ access_log off; include {folder}/site.conf; }}")
    with subprocess.Popen([str(NGINX), "-c", str(folder / "nginx.conf")]) as process:  # noqa: S603
        try:
            until(lambda: httpx.get(f"http://127.0.0.1:{port}/health/live").status_code == 200)
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
