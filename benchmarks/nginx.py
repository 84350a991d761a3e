"""nginx in front of Casebook, with the cache of deploy/nginx.conf."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.servers import HOST, ROOT, Server, free_port, running

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
SITE = ROOT / "deploy" / "nginx.conf"
MAIN = """
daemon off;
user root; # so that workers of a master run by root can enter the folder; any other user's master ignores it
worker_processes {workers};
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    sendfile on; # as in the container image that deploy/compose.yaml uses
    include {folder}/site.conf;
}}
"""


def require_nginx() -> None:
    if NGINX is None:
        raise SystemExit("nginx is measured as well, and is not installed: with Debian's packages, `apt-get install nginx-light`")


@contextmanager
def nginx(upstream: Server, ready: str, *, workers: int = 1) -> Iterator[Server]:
    """Run nginx with a cache of its own in front of a server."""
    port = free_port()
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "site.conf").write_text(_site(folder, port, upstream.port))
        (folder / "nginx.conf").write_text(MAIN.format(workers=workers, folder=folder))
        command = [str(NGINX), "-p", name, "-e", "stderr", "-c", str(folder / "nginx.conf")]
        with running(command, port, ready) as server:
            yield server


def require_cache_hit(proxy: Server, path: str) -> None:
    """Raise SystemExit if nginx does not answer a second request for the path from its cache."""
    for status in (proxy.get(path).headers.get("x-cache") for _ in range(2)):
        if status == "HIT":
            return
    raise SystemExit(f"{path}: nginx has not cached it: {status}")


def _site(folder: Path, port: int, upstream_port: int) -> str:
    """Return the configuration of deploy/nginx.conf with the address, the upstream servers and the folder of this run."""
    site = SITE.read_text().replace("/var/cache/nginx", str(folder)).replace("listen 80;", f"listen {HOST}:{port};")
    return re.sub(r"server \w+:8000;", f"server {HOST}:{upstream_port};", site)
