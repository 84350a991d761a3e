"""What every exchange over HTTP has, whatever is asked: an id, safe headers, validators, HEAD as GET without its body, OPTIONS.

And what is asked again is answered from memory, before anything else happens: by what is kept, of the release that is current
now, or by what is just being made for another. Knows nothing of what is asked.
"""

from asyncio import Future, get_running_loop
from collections.abc import Callable
from time import perf_counter

from starlette.types import ASGIApp, Receive, Scope, Send

from app.database import Reader
from app.http.cache_store import Cache, Kept, Key
from app.http.conditional import matching, tag_of, unmodified, validators
from app.http.middleware.admission import Turns
from app.http.middleware.cors import BEFOREHAND, METHODS
from app.http.old_at_once import READING, AtOnce, Client
from app.http.old_call import (
    IF_NONE_MATCH,
    NO_SNIFFING,
    NOTHING,
    Call,
    Whole,
    given_headers,
    key_of,
    send_whole,
)
from app.http.old_currency import Currency
from app.http.old_flights import Flight, Flights
from app.http.old_making import Making
from app.http.old_observed import Observed
from app.http.old_unwaited import Unwaited
from app.telemetry.request_info import CURRENT_REQUEST, HIT, MISS, NOT_MODIFIED, RequestInfo
from app.telemetry.request_metrics import Tally

PATIENCE = 2
"""How many answers that are made for others one waits for, where each comes to nothing."""


class Exchange:
    """Pure ASGI around the whole of an application: the framework alone costs as much as sending what is kept.

    `template_of` finds the template of a path that nothing was routed for, `name_span` is told of it. `turns` are what the
    application waits for, `unwaited` what it answers without waiting. Where each request is to be a log line, each is work at
    hand; else what is kept or refused is only counted.
    """

    def __init__(  # noqa: PLR0913 - what it is wired with
        self,
        app: ASGIApp,
        reader: Reader,
        cache: Cache,
        tally: Tally,
        template_of: Callable[[str], str],
        *,
        turns: Turns | None = None,
        unwaited: Unwaited | None = None,
        name_span: Callable[[RequestInfo], None] | None = None,
        access_log: bool = False,
    ) -> None:
        self._app, self._reader, self._cache, self._tally = app, reader, cache, tally
        self._currency, self._flights = Currency(reader, cache), Flights()
        self._observed = Observed(self._answer, tally, template_of, name_span=name_span, access_log=access_log)
        self._at_once = AtOnce(cache, self._currency, self._flights, tally, turns, unwaited)
        self.at_once: Callable[[Scope, Client], Whole | bool] = _never if access_log else self._at_once.answer
        """The answer, or whether it is told in its turn: where no task is needed for it. None is told where one is after all."""
        self.unread: Callable[[bytes], Whole | None] = _none if access_log else self._at_once.unread
        """The refusal of a request as it was received, where it need not be read for that."""
        self._only_counts = not access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif answer := await self._told(scope):
            await send_whole(send, answer)
        else:
            await self._observed(scope, receive, send)

    async def _told(self, scope: Scope) -> Whole | None:
        """What is answered at once; or what is kept, where it has to be asked whether it is of the current release."""
        method = scope["method"]
        if not self._only_counts or method not in READING:
            return None
        caller = Caller()
        answer = self.run_sync(scope, caller)
        if answer is not False:
            return await caller.told if answer is True else answer
        started, given = perf_counter(), given_headers(scope)
        kept = await self._current(key_of(scope, given))
        return self._at_once.reply(kept, given, method, started) if kept else None

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
        work = CURRENT_REQUEST.get()
        kept = await self._current(call.key)
        if kept or not await self._not_modified(call):
            kept = kept or await self._from_another(call)
            if kept:
                work.template = kept.template
                await call.give(kept)
            else:
                work.cache = MISS
                shared = self._cache.takes(call.key) and not self._flights.get(call.key)
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
        else:
            beforehand = BEFOREHAND if b"access-control-request-method" in call.given else []
            await call.start(204, [(b"allow", ", ".join(METHODS).encode()), NO_SNIFFING, *beforehand])
            await call.body(NOTHING)

    async def _make(self, call: Call, app: ASGIApp, flight: Flight | None = None) -> None:
        """Have an answer made, and let those who wait for it go on as soon as it is known what it is."""

        async def settle(status: int, kept: Kept | None) -> None:
            is_kept = kept is not None and await self._keep(call.key, kept)
            if flight and status < 500:
                flight.land(for_one=not is_kept)

        inner = CURRENT_REQUEST.get().scope = call.inner()
        try:
            await app(inner, call.receive, Making(call, self._reader.loaded_at, settle).take)
        finally:
            if flight:
                flight.land()

    async def _keep(self, key: Key, kept: Kept) -> bool:
        if not self._cache.takes(key):
            return False
        if kept.version not in ("", self._cache.version):
            await self._currency.version()
        return self._cache.keep(key, kept)


class Caller:
    """A task that waits to be told; gone where it was cancelled."""

    def __init__(self) -> None:
        self.told: Future[Whole | None] = get_running_loop().create_future()

    @property
    def has_gone(self) -> bool:
        return self.told.done()

    def tell(self, answer: Whole | None) -> None:
        if not self.has_gone:
            self.told.set_result(answer)


def _never(_scope: Scope, _client: Client) -> bool:
    return False


def _none(_received: bytes) -> None:
    return None
