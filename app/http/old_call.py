"""One request over HTTP as it came, and the ways to answer it."""

import os
import re
from dataclasses import dataclass
from itertools import count

from starlette.types import Message, Receive, Scope, Send

from app.http.cache_store import Kept, Key, RawHeaders
from app.http.conditional import matching, with_etag
from app.http.middleware.cors import SHARED
from app.http.negotiation import variant
from app.http.old_compressed import AS_IT_IS
from app.telemetry.request_info import CURRENT_REQUEST

IF_NONE_MATCH = b"if-none-match"
ID_HEADER, ID_FORM = b"x-request-id", re.compile(rb"[A-Za-z0-9._-]{1,64}")
PROCESS, NUMBERS = os.urandom(8).hex().encode(), count(1)
"""An id made of these is as unique as one made of chance alone, and costs a tenth."""
NO_SNIFFING = (b"x-content-type-options", b"nosniff")
NOTHING: Message = {"type": "http.response.body", "body": b""}

Given = dict[bytes, bytes]
"""A request's headers; of several of one name the first, as the application reads them."""
Whole = tuple[int, RawHeaders, bytes]
"""An answer in one piece: status, headers, body."""


def given_headers(scope: Scope) -> Given:
    return dict(reversed(scope["headers"]))


def key_of(scope: Scope, given: Given) -> Key:
    """All that decides the bytes of an answer."""
    wanted = variant(given.get(b"accept", b"*/*"), given.get(b"accept-encoding", b""))
    return scope["scheme"], given.get(b"host", b""), scope["path"], scope["query_string"], wanted


def id_of(given: Given) -> bytes:
    """The client's own id where it is one that can stand in a header and a log, else a new one."""
    sent = given.get(ID_HEADER)
    return sent if sent and ID_FORM.fullmatch(sent) else b"%b-%x" % (PROCESS, next(NUMBERS))


def own_headers(given: Given, id_: bytes) -> RawHeaders:
    """Those of the answer that are this request's own."""
    return [(ID_HEADER, id_), *SHARED] if b"origin" in given else [(ID_HEADER, id_)]


def reply(kept: Kept, given: Given, method: str, id_: bytes) -> Whole:
    """A kept answer, or the 304 that says that the client has it already."""
    tags = given.get(IF_NONE_MATCH)
    if tags is not None:
        if tags == kept.etag:
            return 304, kept.not_modified + own_headers(given, id_), b""
        if other := matching(kept.tag, tags):
            return 304, with_etag(kept.not_modified, other) + own_headers(given, id_), b""
    return 200, kept.headers + own_headers(given, id_), b"" if method == "HEAD" else kept.body


@dataclass(slots=True)
class Asked:
    """A request as it came, and when: by `perf_counter`."""

    scope: Scope
    method: str
    given: Given
    key: Key
    at: float


async def send_whole(send: Send, answer: Whole) -> None:
    status, headers, body = answer
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@dataclass(slots=True)
class Call:
    """A request that is the work at hand."""

    scope: Scope
    receive: Receive
    send: Send
    given: Given
    key: Key

    async def start(self, status: int, headers: RawHeaders) -> None:
        """Send the beginning of an answer."""
        own = own_headers(self.given, CURRENT_REQUEST.get().request_id.encode())
        await self.send({"type": "http.response.start", "status": status, "headers": headers + own})

    async def body(self, message: Message) -> None:
        """Send a part of the body, or none of it where none is wanted."""
        await self.send({**message, "body": b""} if self.scope["method"] == "HEAD" else message)

    async def give(self, kept: Kept) -> None:
        """Send a kept answer."""
        await send_whole(self.send, reply(kept, self.given, self.scope["method"], CURRENT_REQUEST.get().request_id.encode()))

    def inner(self) -> Scope:
        """The request as the application answers it: with a body, in the encoding that the key names."""
        method = "GET" if self.scope["method"] == "HEAD" else self.scope["method"]
        headers = [(name, value) for name, value in self.scope["headers"] if name != b"accept-encoding"]
        _, wanted = self.key[-1]
        encoding = (b"accept-encoding", wanted) if wanted else AS_IT_IS
        return {**self.scope, "method": method, "headers": [*headers, encoding]}
