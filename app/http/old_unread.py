"""Requests that can be refused by their first line: to read the rest, and to make of it what an application takes, is most of
what a refusal costs.
"""

import re

ALONE = re.compile(
    rb"GET (/v1/[!\"$&-~]*) HTTP/1\.1\r\n"
    rb"(?:(?!(?i:connection:(?! ?keep-alive\r)|content-length|transfer-encoding"
    rb"|if-none-match|origin|x-request-id))[!-~][\t -~]*\r\n)*\r\n"
)
"""One whole request and no more, in the form that all agree on: its target, without a fragment or what is quoted, and headers
none of which decides whether there is a body, who asks, what is known, or what becomes of the connection."""


def target_of(received: bytes) -> tuple[str, bytes] | None:
    """Path and query of what can be refused unread."""
    found = ALONE.fullmatch(received)
    if found is None:
        return None
    path, _, query = found[1].partition(b"?")
    return path.decode("ascii"), query
