"""An answer on its way out of the application: held back until it is known whether it is whole, then given its headers."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from starlette.datastructures import MutableHeaders
from starlette.types import Message

from app.api.cache import Kept
from app.api.call import Call
from app.api.conditional import CACHE_CONTROL, NO_STORE, digest_of, etag, tag_of, unmodified, validate
from app.api.cross_origin import METHODS
from app.telemetry.work import WORK

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
        status, headers = start["status"], MutableHeaders(raw=list(start.get("headers", ())))
        whole = first["type"] == "http.response.body" and not first.get("more_body")
        kept = self._finished(status, headers, first.get("body", b"") if whole else None)
        await self._settle(status, kept)
        if kept:
            await self._call.give(kept)
        else:
            await self._call.start(status, headers.raw)
            await self._call.body(first)

    def _finished(self, status: int, headers: MutableHeaders, body: bytes | None) -> Kept | None:
        """Give an answer the headers that all have. The answer as it may be kept; None where not, or it is only begun."""
        headers.setdefault("X-Content-Type-Options", "nosniff")
        if status == 405:
            headers["Allow"] = ", ".join(METHODS)
        if status >= 400:
            headers["Cache-Control"] = NO_STORE
        tag = self._tag(status, headers, body)
        if tag is None:
            headers["Vary"] = _with_origin(headers.get("vary"))
            return None
        version = headers.get("x-data-version", "")
        validate(headers, etag(tag, headers.get("content-encoding", "")), version, self._loaded_at.get(version))
        if body is None or "set-cookie" in headers:
            return None
        template = WORK.get().route
        return Kept(version, tag, headers["etag"].encode(), headers.raw, unmodified(headers.raw), body, template)

    def _tag(self, status: int, headers: MutableHeaders, body: bytes | None) -> str | None:
        """Of what is made of data, and of what says that it is made of the program alone."""
        control = headers.get("cache-control")
        if status != 200 or control == NO_STORE:
            return None
        if version := headers.get("x-data-version"):
            return tag_of(self._call.key, version)
        return digest_of(body) if control == CACHE_CONTROL and body is not None else None


def _with_origin(vary: str | None) -> str:
    return f"{vary}, Origin" if vary and "Origin" not in vary else vary or "Origin"
