"""What every exchange over HTTP has, whatever is asked: an id, safe headers, validators, HEAD as GET without its body, OPTIONS.

And what is asked again is answered from memory, before anything else happens: by what is kept, of the release that is current
now, or by what is just being made for another. Knows nothing of what is asked.
"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.cache import Cache, Kept, Key
from app.api.call import IF_NONE_MATCH, NOTHING, Call, given_headers, key_of, reply
from app.api.conditional import matching, tag_of, unmodified, validate
from app.api.cross_origin import METHODS, cross_origin
from app.api.currency import Currency
from app.api.flights import Flight, Flights
from app.api.making import Making
from app.database import Reader

READING = frozenset(("GET", "HEAD"))
NO_SNIFFING = (b"x-content-type-options", b"nosniff")
LONGEST_KEY = 4_096
PATIENCE = 2
"""How many answers that are made for others one waits for, where each comes to nothing."""


class Exchange:
    """Pure ASGI around the whole of an application: the framework alone costs as much as sending what is kept."""

    def __init__(self, app: ASGIApp, reader: Reader, cache: Cache) -> None:
        self._app, self._reader, self._cache = app, reader, cache
        self._currency, self._flights, self._cross_origin = Currency(reader, cache), Flights(), cross_origin(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = given_headers(scope)
        key = key_of(scope, given)
        kept = self._cache.get(key)
        method = scope["method"]
        if kept is not None and method in READING and (self._currency.holds(kept) or await self._is_current(key, kept)):
            scope["route"] = kept.route
            status, headers, body = reply(kept, given, method)
            self._cache.count(status)
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})
            return
        call = Call(scope, receive, send, given, key)
        await (self._read(call) if method in READING else self._other(call))

    async def _read(self, call: Call) -> None:
        if await self._not_modified(call) or await self._from_another(call):
            return
        self._cache.misses += 1
        shared = self._shareable(call.key) and not self._flights.get(call.key)
        await self._make(call, self._app, self._flights.begin(call.key) if shared else None)

    async def _from_another(self, call: Call) -> bool:
        """Whether an answer that was being made for another request was good for this one as well."""
        for _ in range(PATIENCE):
            flight = self._flights.get(call.key)
            if not flight:
                return False
            await flight.landed()
            kept = self._cache.get(call.key)
            if kept and await self._is_current(call.key, kept):
                call.scope["route"] = kept.route
                self._cache.count(await call.give(kept))
                return True
            if flight.for_one:
                return False
        return False

    async def _is_current(self, key: Key, kept: Kept) -> bool:
        """Whether it is known, where need be by asking, that what is kept is of the current release."""
        return await self._currency.version() is not None and self._cache.get(key) is kept

    async def _not_modified(self, call: Call) -> bool:
        """Answer 304 where the client has what would be made."""
        tags = call.given.get(IF_NONE_MATCH)
        version = await self._currency.version() if tags else None
        header = matching(tag_of(call.key, version), tags) if tags and version else None
        if not header or not version:
            return False
        headers = MutableHeaders()
        validate(headers, header, version, self._reader.loaded_at.get(version))
        await call.start(304, unmodified(headers.raw))
        await call.body(NOTHING)
        self._cache.count(304)
        return True

    async def _other(self, call: Call) -> None:
        """OPTIONS; any other method the application refuses."""
        if call.scope["method"] != "OPTIONS":
            await self._make(call, self._app)
        elif b"access-control-request-method" in call.given:
            call.given.pop(b"origin", None)  # what answers this says by itself who may ask
            await self._make(call, self._cross_origin)
        else:
            await call.start(204, [(b"allow", ", ".join(METHODS).encode()), NO_SNIFFING])
            await call.body(NOTHING)

    async def _make(self, call: Call, app: ASGIApp, flight: Flight | None = None) -> None:
        """Have an answer made, and let those who wait for it go on as soon as it is known what it is."""

        async def settle(status: int, kept: Kept | None) -> None:
            is_kept = kept is not None and await self._keep(call.key, kept)
            if flight and status < 500:
                flight.land(for_one=not is_kept)

        inner = call.inner()
        try:
            await app(inner, call.receive, Making(call, inner, self._reader.loaded_at, settle).take)
        finally:
            if flight:
                flight.land()

    async def _keep(self, key: Key, kept: Kept) -> bool:
        if not self._shareable(key):
            return False
        if kept.version not in ("", self._cache.version):
            await self._currency.version()
        return self._cache.keep(key, kept)

    def _shareable(self, key: Key) -> bool:
        """Whether all that decides the bytes is in the key, and it is not over-long."""
        _scheme, host, *_ = key
        return self._cache.limit > 0 and host != b"" and sum(map(len, key)) <= LONGEST_KEY
