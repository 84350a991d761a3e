"""An answer on its way out of the application: held back until it is known whether it is whole, then given its headers."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from starlette.types import Message

from app.http.cache_store import Kept, Key, RawHeaders
from app.http.conditional import CACHE_CONTROL, NO_STORE, VALIDATING, digest_of, etag, tag_of, unmodified, validators
from app.http.middleware.cors import METHODS
from app.http.old_call import NO_SNIFFING, Call
from app.telemetry.request_info import CURRENT_REQUEST

Settle = Callable[[int, Kept | None], Awaitable[None]]


class Making:
    """`settle` is told the status, and the answer where it may be kept, before the first byte goes out."""

    def __init__(self, call: Call, loaded_at: Mapping[str, datetime], settle: Settle) -> None:
        self._call, self._loaded_at, self._settle = call, loaded_at, settle
        self._start: Message | None = None

    async def take(self, message: Message) -> None:
        """The `send` of the application."""
        if message["type"] == "http.response.start":
            self._start = message
        elif self._start is None:
            await self._call.body(message)
        else:
            start, self._start = self._start, None
            await self._begin(start, message)

    async def _begin(self, start: Message, first: Message) -> None:
        status, headers = start["status"], list(start.get("headers", ()))
        whole = first["type"] == "http.response.body" and not first.get("more_body")
        body = first.get("body", b"") if whole else None
        headers, kept = finished(self._call.key, self._loaded_at, status, headers, body)
        await self._settle(status, kept)
        if kept:
            await self._call.give(kept)
        else:
            await self._call.start(status, headers)
            await self._call.body(first)


def finished(
    key: Key, loaded_at: Mapping[str, datetime], status: int, headers: RawHeaders, body: bytes | None
) -> tuple[RawHeaders, Kept | None]:
    """An answer's headers, and the answer as it may be kept; None where it may not, or is only begun."""
    named = dict(headers)
    tag = _tag(key, status, named, body)
    if tag is None:
        return passing(status, headers), None
    version = named.get(b"x-data-version", b"").decode()
    header = etag(tag, named.get(b"content-encoding", b"").decode())
    own = [(name, value) for name, value in headers if name not in VALIDATING]
    if NO_SNIFFING[0] not in named:
        own.append(NO_SNIFFING)
    headers = own + (validating := validators(header, version, loaded_at.get(version)))
    if body is None or b"set-cookie" in named:
        return headers, None
    if b"content-length" not in named:  # of what was streamed, and is one piece after all
        headers.append((b"content-length", b"%d" % len(body)))
    return headers, Kept(version, tag, header, headers, unmodified(validating), body, CURRENT_REQUEST.get().route)


def _tag(key: Key, status: int, named: Mapping[bytes, bytes], body: bytes | None) -> str | None:
    """Of what is made of data, and of what says that it is made of the program alone."""
    control = named.get(b"cache-control", b"").decode()
    if status != 200 or control == NO_STORE:
        return None
    if version := named.get(b"x-data-version"):
        return tag_of(key, version.decode())
    return digest_of(body) if control == CACHE_CONTROL and body is not None else None


def passing(status: int, headers: RawHeaders) -> RawHeaders:
    """The headers of an answer that nobody is to keep."""
    name, value = NO_SNIFFING
    named = dict(headers)
    own = {b"vary": _with_origin(named.get(b"vary")), name: named.get(name, value)}
    if status == 405:
        own[b"allow"] = ", ".join(METHODS).encode()
    if status >= 400:
        own[b"cache-control"] = NO_STORE.encode()
    return [(name, value) for name, value in headers if name not in own] + list(own.items())


def _with_origin(vary: bytes | None) -> bytes:
    return vary + b", Origin" if vary and b"Origin" not in vary else vary or b"Origin"
