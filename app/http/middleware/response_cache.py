"""A response cache with conditional requests and single flight.

Stored responses are served until another release is loaded, by this or any other process. How a response is made, and from what
tables, is not known here: it is stored if it says that it was made from a data version, or from no data at all.
"""

import asyncio
from datetime import datetime
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.database import Reader
from app.http.conditional import (
    CACHE_CONTROL,
    NO_STORE,
    VALIDATOR_HEADERS,
    CacheKey,
    RawHeaders,
    digest_of,
    etag,
    is_unmodified_since,
    matching_etag,
    not_modified_headers,
    tag_of,
    validators,
)
from app.http.negotiation import variant
from app.http.response_store import ResponseStore, StoredResponse
from app.model.error import NotReady
from app.telemetry.request_info import CURRENT_REQUEST, HIT, MISS, NOT_MODIFIED

IDENTITY = b"identity"
MAX_FLIGHTS = 2
"""Maximum number of flights that a request waits for, if the response of each turns out not to be stored."""


class Release(NamedTuple):
    """The current release, as far as it concerns responses."""

    version: str
    loaded_at: datetime | None


class ResponseCacheMiddleware:
    """Serves GET requests from a store, or lets one of several equal requests be processed and serves its response to all."""

    def __init__(self, app: ASGIApp, *, reader: Reader, store: ResponseStore) -> None:
        self.app, self._reader, self._store = app, reader, store
        self._flights: dict[CacheKey, asyncio.Event] = {}
        """The responses that are being made for the store."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        headers = dict(reversed(scope["headers"]))  # of a repeated header the first counts, as in Starlette
        key = _key(scope, headers)
        if_none_match = headers.get(b"if-none-match")
        response = await self._stored(key)
        if response is None and if_none_match is not None and await self._answer_unmodified(key, if_none_match, send):
            return
        if if_none_match is None and (since := headers.get(b"if-modified-since")):
            if_none_match = await self._etag_if_unmodified(key, since)
        if response is None:
            response = await self._from_flight(key)
        if response is None:
            await self._process(key, if_none_match, scope, receive, send)
        else:
            await _serve(response, if_none_match, send)

    async def _stored(self, key: CacheKey) -> StoredResponse | None:
        """Return the stored response if it is of the current release."""
        response = self._store.get(key)
        if response is None or not response.version:
            return response
        release = await self._release()
        return response if release and release.version == response.version and self._store.get(key) is response else None

    async def _release(self) -> Release | None:
        """Return the current release, None if the database does not answer. Stored responses of another one are dropped."""
        try:
            version = await self._reader.current_version()
        except NotReady:
            return None
        release = Release(version, self._reader.loaded_at.get(version))
        self._store.renew(*release)
        return release

    async def _answer_unmodified(self, key: CacheKey, if_none_match: bytes, send: Send) -> bool:
        """Answer 304 without a response to compare with: its tag follows from the key and the data version."""
        release = await self._release()
        header = matching_etag(tag_of(key, release.version), if_none_match) if release else None
        if release is None or header is None:
            return False
        CURRENT_REQUEST.get().cache = NOT_MODIFIED
        await _send(send, 304, not_modified_headers(validators(header, *release)), b"")
        return True

    async def _etag_if_unmodified(self, key: CacheKey, since: bytes) -> bytes | None:
        """Return the current `ETag` if nothing was loaded after a time, so that the request goes on as if it had sent that."""
        release = await self._release()
        if release is None or release.loaded_at is None or not is_unmodified_since(since, release.loaded_at):
            return None
        return etag(tag_of(key, release.version), key[-1][1].decode())

    async def _from_flight(self, key: CacheKey) -> StoredResponse | None:
        """Wait for the response that is being made for an equal request, if any."""
        for _ in range(MAX_FLIGHTS):
            flight = self._flights.get(key)
            if flight is None:
                return None
            await flight.wait()
            response = await self._stored(key)
            if response:
                return response
        return None

    async def _process(self, key: CacheKey, if_none_match: bytes | None, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the request processed, and let those go on that wait for its response."""
        info = CURRENT_REQUEST.get()
        info.cache = MISS
        flight = self._flights.setdefault(key, asyncio.Event()) if self._store.accepts(key) else None

        def land() -> None:
            if flight and self._flights.get(key) is flight:
                del self._flights[key]
                flight.set()

        held: list[Message] = []

        async def send_finalized(message: Message) -> None:
            """Hold the start of the response back until its first body part tells whether it is complete."""
            if message["type"] == "http.response.start":
                held.append(message)
                return
            if held:
                start, body = held.pop(), None if message.get("more_body") else message.get("body", b"")
                headers, response = self._finalized(key, start, body)
                if response and self._store.accepts(key):
                    await self._put(key, response)
                land()
                if response and if_none_match is not None and matching_etag(response.tag, if_none_match):
                    await _serve(response, if_none_match, send)
                    return
                await send({**start, "headers": headers})
            await send(message)

        # The encoding in the key is the only one that the compression middleware may choose.
        headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        scope["headers"] = [*headers, (b"accept-encoding", key[-1][1] or IDENTITY)]
        try:
            await self.app(scope, receive, send_finalized)
        finally:
            land()

    def _finalized(self, key: CacheKey, start: Message, body: bytes | None) -> tuple[RawHeaders, StoredResponse | None]:
        """Return the headers of a response with its validators, and the response to store. A streamed one has no `body` here."""
        headers: RawHeaders = list(start["headers"])
        by_name = dict(headers)
        tag = _tag(key, start["status"], by_name, body)
        if tag is None:
            return _uncacheable(start["status"], headers), None
        version = by_name.get(b"x-data-version", b"").decode()
        etag_header = etag(tag, by_name.get(b"content-encoding", b"").decode())
        validating = validators(etag_header, version, self._reader.loaded_at.get(version))
        headers = [(name, value) for name, value in headers if name not in VALIDATOR_HEADERS] + validating
        if body is None or b"set-cookie" in by_name:
            return headers, None
        if b"content-length" not in by_name:
            headers.append((b"content-length", b"%d" % len(body)))
        not_modified, route = not_modified_headers(validating), CURRENT_REQUEST.get().route
        return headers, StoredResponse(version, tag, etag_header, headers, not_modified, body, route)

    async def _put(self, key: CacheKey, response: StoredResponse) -> None:
        if response.version not in ("", self._store.version):
            await self._release()
        self._store.put(key, response)


def _tag(key: CacheKey, status: int, by_name: dict[bytes, bytes], body: bytes | None) -> str | None:
    """Return the tag of a response from data, or from no data at all. Others have none."""
    cache_control = by_name.get(b"cache-control", b"").decode()
    if status != 200 or cache_control == NO_STORE:
        return None
    if version := by_name.get(b"x-data-version"):
        return tag_of(key, version.decode())
    return digest_of(body) if cache_control == CACHE_CONTROL and body is not None else None


def _uncacheable(status: int, headers: RawHeaders) -> RawHeaders:
    """Return the headers of a response that has no tag; an error is not to be stored by others either."""
    vary = dict(headers).get(b"vary", b"")
    replaced: dict[bytes, bytes] = {b"vary": vary if b"Origin" in vary else b", ".join(filter(None, (vary, b"Origin")))}
    if status >= 400:
        replaced[b"cache-control"] = NO_STORE.encode()
    return [(name, value) for name, value in headers if name not in replaced] + list(replaced.items())


def _key(scope: Scope, headers: dict[bytes, bytes]) -> CacheKey:
    wanted = variant(headers.get(b"accept", b"*/*"), headers.get(b"accept-encoding", b""))
    return scope["scheme"], headers.get(b"host", b""), scope["path"], scope["query_string"], wanted


async def _serve(response: StoredResponse, if_none_match: bytes | None, send: Send) -> None:
    info = CURRENT_REQUEST.get()
    info.template = response.route
    header = None if if_none_match is None else matching_etag(response.tag, if_none_match)
    if header is None:
        info.cache = HIT
        await _send(send, 200, response.headers, response.body)
    else:
        info.cache = NOT_MODIFIED
        headers = [(name, header if name == b"etag" else value) for name, value in response.not_modified]
        await _send(send, 304, headers, b"")


async def _send(send: Send, status: int, headers: RawHeaders, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
