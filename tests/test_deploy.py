"""The files of `deploy` hold together, as far as can be told without running containers."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import make_url

from app.settings import PREFIX, ROOT, Settings

DEPLOY = ROOT / "deploy"
COMPOSED: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSED["services"]
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
PASSWORD = re.compile(r"\$\{(\w+):\?\}")


def test_every_setting_is_one_that_exists() -> None:
    named = {name for service in SERVICES.values() for name in service.get("environment", {}) if name.startswith(PREFIX)}
    passwords = set(PASSWORD.findall((DEPLOY / "compose.yaml").read_text()))
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


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    here = (DEPLOY / "nginx.conf").read_text().replace("/var/cache/nginx", str(tmp_path))
    here = re.sub(r"server \w+:8000", "server 127.0.0.1:8000", here)  # it looks names up
    (tmp_path / "site.conf").write_text(here)
    whole = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; include {tmp_path}/site.conf; }}"
    (tmp_path / "nginx.conf").write_text(whole)
    done = subprocess.run([str(NGINX), "-t", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
