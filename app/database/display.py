"""Masking of secrets in everything that is said about a database: its URL, and the messages of its driver."""

import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from sqlalchemy import URL

MASK = "***"
SHORTEST_PART = 4
HARMLESS = frozenset({
    "application_name", "client_encoding", "connect_timeout", "dbname", "gssencmode", "host", "hostaddr", "keepalives",
    "keepalives_count", "keepalives_idle", "keepalives_interval", "load_balance_hosts", "port", "service", "sslmode",
    "sslrootcert", "target_session_attrs", "tcp_user_timeout", "user",
})  # fmt: skip
"""Parameters of a URL whose values are shown. All others are masked: `password`, `sslpassword`, `options`, unknown ones."""


def display_url(url: URL) -> str:
    """Return a URL for messages, without its password and without the values of parameters that may hold secrets."""
    query = {name: values if name in HARMLESS else MASK for name, values in url.query.items()}
    return url.set(query=query).render_as_string(hide_password=True).replace(quote_plus(MASK), MASK)


def mask_secrets(message: str, url: URL) -> str:
    """Return a message of the driver without the secrets of the URL, in one line: drivers quote what they cannot use."""
    spellings = {spelling for secret in _secrets(url) for spelling in (secret, quote(secret, safe=""), quote_plus(secret))}
    for spelling in sorted(filter(None, spellings), key=len, reverse=True):
        message = message.replace(spelling, MASK)
    return " ".join(message.split())


def _secrets(url: URL) -> Iterator[str]:
    if url.password:
        yield str(url.password)
    for name, values in url.query.items():
        if name not in HARMLESS:
            for value in (values,) if isinstance(values, str) else values:
                yield value
                # The server splits `options` and quotes their values. Short ones would be found in anything.
                yield from (part for part in re.split(r"[\s=]+", value) if len(part) >= SHORTEST_PART)
