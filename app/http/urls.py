"""URLs of the service as clients know them: behind a proxy it may be at a path of its own, such as `/casebook`."""

from functools import lru_cache
from urllib.parse import quote

from starlette.datastructures import URL
from starlette.types import Scope

CACHED_ORIGINS = 256


def route_path(scope: Scope) -> str:
    """Return the path of a request below the root path, whether or not the proxy has removed that."""
    path: str = scope["path"]
    root_path: str = scope.get("root_path", "")
    return path.removeprefix(root_path) if path.startswith(f"{root_path}/") else path


def public_path(scope: Scope, path: str) -> str:
    """Return a path of the service as clients know it, percent-encoded."""
    return quote(scope.get("root_path", "") + path)


def public_url(scope: Scope) -> str:
    """Return the URL that a request came by, without its query: scheme, and host as `Host` has it, else the server's address."""
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    return f"{_origin(scope['scheme'], host, scope['server'])}{scope.get('root_path', '')}{route_path(scope)}"


@lru_cache(CACHED_ORIGINS)
def _origin(scheme: str, host: bytes, server: tuple[str, int] | None) -> str:
    scope = {"scheme": scheme, "server": server, "headers": [(b"host", host)] if host else [], "path": ""}
    return str(URL(scope=scope))
