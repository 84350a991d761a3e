"""The addresses that a server listens on: checked before it starts, and as URLs that can be opened."""

import errno
import socket

from app.model.error import CasebookError

ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - to be shown as an address to open
ADVICE = {
    errno.EADDRINUSE: "another program uses the port: stop it, or take another with --port",
    errno.EACCES: "this user may not use the port: take one from 1024 on with --port",
    errno.EADDRNOTAVAIL: "this machine has no such address: take one of its own with --host",
}


def bare_host(host: str) -> str:
    """Return a host without the brackets that an IPv6 address has in a URL."""
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def url_of(host: str, port: int) -> str:
    """Return a URL at which the server answers on this machine."""
    host = ANY_ADDRESS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def require_address(host: str, port: int) -> None:
    """Raise CasebookError, with what to do, if no server can listen on the host and port."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, socket.SOCK_STREAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as uvicorn does
            listener.bind(address)
    except (OSError, UnicodeError) as error:
        code = error.errno if isinstance(error, OSError) else None
        if isinstance(error, socket.gaierror | UnicodeError):
            reason = "the host is not known: give an address of this machine with --host, such as 127.0.0.1"
        else:
            reason = ADVICE.get(code or 0) or str(error)
        raise CasebookError(f"cannot listen on host {host}, port {port}: {reason}") from None
