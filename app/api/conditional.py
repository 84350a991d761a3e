"""Validators and freshness (RFC 9110, 8.8 and 13; RFC 9111): an answer is the same as long as the data version is.

A matching `If-None-Match` is answered 304 before any question is asked of the data.
"""

import hashlib
import re
from email.utils import format_datetime

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.about import NOTICE
from app.catalog.error import NotReady
from app.database import Reader

CACHE_CONTROL = "public, max-age=60, stale-while-revalidate=86400"
VARY = "Accept, Accept-Encoding"
TAG = re.compile(r'(?:W/)?"([^"]*)"')
ENCODINGS = ("", "-gzip", "-br", "-zstd")


class Conditional:
    """Around the compression, so that each encoding of an answer has a strong tag of its own."""

    def __init__(self, app: ASGIApp, reader: Reader) -> None:
        self.app, self.reader = app, reader

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        given = TAG.findall(Headers(scope=scope).get("if-none-match", ""))
        if given and (matching := await self._matching(scope, given)):
            await self._not_modified(send, matching)
            return

        async def validated(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                version = headers.get("x-data-version")
                if message["status"] == 200 and version:
                    encoding = headers.get("content-encoding")
                    self._freshness(headers, version, _tag(scope, version) + (f"-{encoding}" if encoding else ""))
                elif message["status"] >= 400:
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self.app(scope, receive, validated)

    async def _matching(self, scope: Scope, given: list[str]) -> str | None:
        try:
            tag = _tag(scope, await self.reader.current_version())
        except NotReady:
            return None
        return next((tag + encoding for encoding in ENCODINGS if tag + encoding in given), None)

    async def _not_modified(self, send: Send, tag: str) -> None:
        headers = MutableHeaders()
        version = tag.partition("-")[0]
        headers["X-Data-Version"] = version
        self._freshness(headers, version, tag)
        await send({"type": "http.response.start", "status": 304, "headers": headers.raw})
        await send({"type": "http.response.body", "body": b""})

    def _freshness(self, headers: MutableHeaders, version: str, tag: str) -> None:
        headers["ETag"] = f'"{tag}"'
        headers["Cache-Control"] = CACHE_CONTROL
        headers["Vary"] = VARY
        headers["X-Notice"] = NOTICE
        if version in self.reader.loaded_at:
            headers["Last-Modified"] = format_datetime(self.reader.loaded_at[version], usegmt=True)


def _tag(scope: Scope, version: str) -> str:
    """The data version, and a digest of everything else that decides the bytes: URL (it stands in `page.next`) and `Accept`."""
    headers = Headers(scope=scope)
    parts = (
        scope["scheme"],
        headers.get("host", ""),
        scope["path"],
        scope["query_string"].decode("latin-1"),
        headers.get("accept", ""),
    )
    return f"{version}-{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()[:16]}"
