"""What every exchange over HTTP has, whatever is asked: an id, safe headers, validators, HEAD as GET without its body, OPTIONS.

And what is asked again is answered from memory, before anything else happens: by what is kept, of the release that is current
now, or by what is just being made for another. Knows nothing of what is asked.
"""

from collections.abc import Callable
from functools import lru_cache
from time import perf_counter

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.cache import Cache, Kept, Key
from app.api.call import (
    IF_NONE_MATCH,
    NO_SNIFFING,
    NOTHING,
    Call,
    Given,
    Whole,
    given_headers,
    id_of,
    key_of,
    own_headers,
    reply,
    send_whole,
)
from app.api.conditional import matching, tag_of, unmodified, validators
from app.api.cross_origin import METHODS, cross_origin
from app.api.currency import Currency
from app.api.flights import Flight, Flights
from app.api.making import Making, passing
from app.api.observed import Observed
from app.api.problem import overloaded
from app.database import Reader
from app.telemetry.tally import Tally
from app.telemetry.work import HIT, MISS, NOT_MODIFIED, WORK, Work

READING = frozenset(("GET", "HEAD"))
LONGEST_KEY = 4_096
PATIENCE = 2
"""How many answers that are made for others one waits for, where each comes to nothing."""


class Exchange:
    """Pure ASGI around the whole of an application: the framework alone costs as much as sending what is kept.

    `template_of` finds the template of a path that nothing was routed for, `name_span` is told of it. Where each request is to
    be a log line, each is work at hand; else what is kept, or what the application `refuses`, is only counted.
    """

    def __init__(  # noqa: PLR0913 - what it is wired with
        self,
        app: ASGIApp,
        reader: Reader,
        cache: Cache,
        tally: Tally,
        template_of: Callable[[str], str],
        *,
        refuses: Callable[[str], bool] = lambda _path: False,
        name_span: Callable[[Work], None] | None = None,
        access_log: bool = False,
    ) -> None:
        self._refuses = refuses
        self._app, self._reader, self._cache, self._tally = app, reader, cache, tally
        self._currency, self._flights, self._cross_origin = Currency(reader, cache), Flights(), cross_origin(app)
        self._observed = Observed(self._answer, tally, template_of, name_span=name_span, access_log=access_log)
        self._only_counts = not access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif answer := self.at_once(scope) or await self._soon(scope):
            await send_whole(send, answer)
        else:
            await self._observed(scope, receive, send)

    def at_once(self, scope: Scope) -> Whole | None:
        """The answer for which nothing has to be waited, counted as sent: what is kept, or that there is too much to do."""
        method = scope["method"]
        if method not in READING or not self._only_counts:
            return None
        started, given = perf_counter(), given_headers(scope)
        key = key_of(scope, given)
        kept = self._cache.get(key)
        if kept is not None:
            return self._reply(kept, given, method, started) if self._currency.holds(kept) else None
        if self._refuses(scope["path"]) and IF_NONE_MATCH not in given and not self._flights.get(key):
            return self._refusal(scope, given, started)
        return None

    async def _soon(self, scope: Scope) -> Whole | None:
        """What is kept, where it has to be asked whether it is of the current release."""
        method = scope["method"]
        if method not in READING or not self._only_counts:
            return None
        started, given = perf_counter(), given_headers(scope)
        kept = await self._current(key_of(scope, given))
        return self._reply(kept, given, method, started) if kept else None

    def _reply(self, kept: Kept, given: Given, method: str, started: float) -> Whole:
        answer = reply(kept, given, method, id_of(given))
        self._tally.count_kept(method, kept.template, answer[0], perf_counter() - started)
        return answer

    def _refusal(self, scope: Scope, given: Given, started: float) -> Whole:
        """What is too much is to cost what is answered no time."""
        path = scope["path"]
        status, headers, body = _overloaded(path) if len(path) <= LONGEST_KEY else _overloaded.__wrapped__(path)
        self._tally.count_refused(scope["method"], status, perf_counter() - started)
        return status, headers + own_headers(given, id_of(given)), b"" if scope["method"] == "HEAD" else body

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = given_headers(scope)
        call = Call(scope, receive, send, given, key_of(scope, given))
        await (self._read(call) if scope["method"] in READING else self._other(call))

    async def _current(self, key: Key) -> Kept | None:
        """What is kept under a key, where it is known, if need be by asking, that it is of the current release."""
        kept = self._cache.get(key)
        if kept is None or self._currency.holds(kept):
            return kept
        known = await self._currency.version() is not None
        return kept if known and self._cache.get(key) is kept else None

    async def _read(self, call: Call) -> None:
        work = WORK.get()
        kept = await self._current(call.key)
        if kept or not await self._not_modified(call):
            kept = kept or await self._from_another(call)
            if kept:
                work.template = kept.template
                await call.give(kept)
            else:
                work.cache = MISS
                shared = self._shareable(call.key) and not self._flights.get(call.key)
                await self._make(call, self._app, self._flights.begin(call.key) if shared else None)
        work.cache = work.cache or (NOT_MODIFIED if work.status == 304 else HIT)

    async def _from_another(self, call: Call) -> Kept | None:
        """An answer that was being made for another request, and is good for this one as well."""
        for _ in range(PATIENCE):
            flight = self._flights.get(call.key)
            if not flight:
                break
            await flight.landed()
            kept = await self._current(call.key)
            if kept or flight.for_one:
                return kept
        return None

    async def _not_modified(self, call: Call) -> bool:
        """Answer 304 where the client has what would be made."""
        tags = call.given.get(IF_NONE_MATCH)
        version = await self._currency.version() if tags else None
        header = matching(tag_of(call.key, version), tags) if tags and version else None
        if not header or not version:
            return False
        await call.start(304, unmodified(validators(header, version, self._reader.loaded_at.get(version))))
        await call.body(NOTHING)
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

        inner = WORK.get().scope = call.inner()
        try:
            await app(inner, call.receive, Making(call, self._reader.loaded_at, settle).take)
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


@lru_cache(256)
def _overloaded(path: str) -> Whole:
    response = overloaded(Request({"type": "http", "path": path}))
    return response.status_code, passing(response.status_code, response.raw_headers), bytes(response.body)
