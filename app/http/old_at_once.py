"""What is answered without a task of its own: what is kept, what is too much, and what is made with nothing to wait for.

A task, the messages of ASGI and the floors of a framework cost more than most answers that are made on SQLite do.
"""

from functools import lru_cache, partial
from time import perf_counter
from typing import Protocol

from starlette.requests import Request
from starlette.types import Scope

from app.http.cache_store import LONGEST_KEY, Cache, Kept, Key
from app.http.conditional import matching, tag_of
from app.http.errors import overloaded
from app.http.middleware.admission import Turns
from app.http.old_call import IF_NONE_MATCH, Asked, Given, Whole, given_headers, id_of, key_of, own_headers, reply
from app.http.old_currency import Currency
from app.http.old_flights import Flights
from app.http.old_making import finished, passing
from app.http.old_unread import target_of
from app.http.old_unwaited import Ask, Unwaited
from app.telemetry.request_info import CURRENT_REQUEST, MISS, RequestInfo
from app.telemetry.request_metrics import Tally

READING = frozenset(("GET", "HEAD"))
HAS_TO_WAIT = "casebook.has_to_wait"
"""That it was tried to answer this without waiting."""


class Client(Protocol):
    """Who asked."""

    @property
    def has_gone(self) -> bool:
        """Whether nobody waits for the answer any more."""

    def tell(self, answer: Whole | None) -> None:
        """The answer; none where it has to be called for as ASGI has it."""


class AtOnce:
    """Answers of an exchange, given or told instead of sent."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it is wired with
        self, cache: Cache, currency: Currency, flights: Flights, tally: Tally, turns: Turns | None, unwaited: Unwaited | None
    ) -> None:
        self._cache, self._currency, self._flights, self._tally = cache, currency, flights, tally
        self._turns, self._unwaited = turns, unwaited

    def answer(self, scope: Scope, client: Client) -> Whole | bool:
        """The answer, counted as sent, or whether it is told in its turn."""
        method = scope["method"]
        if method not in READING:
            return False
        at, given = perf_counter(), given_headers(scope)
        key = key_of(scope, given)
        kept = self._cache.get(key)
        if kept is None:
            return self._turns is not None and self._in_turn(self._turns, Asked(scope, method, given, key, at), client)
        return self._currency.holds(kept) and self.reply(kept, given, method, at)

    def unread(self, received: bytes) -> Whole | None:
        """The refusal of what was received, counted as sent, where it is refused whatever else it says."""
        if self._turns is None or self._unwaited is None or not self._turns.are_taken:
            return None
        at, target = perf_counter(), target_of(received)
        if target is None or self._cache.knows(*target):
            return None
        return self._refused("GET", target[0], {}, at)

    def reply(self, kept: Kept, given: Given, method: str, at: float) -> Whole:
        """What is kept, as it is told to one who asked at that time."""
        answer = reply(kept, given, method, id_of(given))
        self._tally.count_kept(method, kept.template, answer[0], perf_counter() - at)
        return answer

    def _is_known(self, asked: Asked) -> bool:
        """Whether it may need no making: it is just being made, or the client may have it."""
        if self._flights.get(asked.key):
            return True
        tags = asked.given.get(IF_NONE_MATCH)
        if tags is None:
            return False
        version = self._currency.now()
        return version is None or matching(tag_of(asked.key, version), tags) is not None

    def _in_turn(self, turns: Turns, asked: Asked, client: Client) -> Whole | bool:
        """The refusal, where there is too much to do."""
        if self._is_known(asked):
            return False
        if turns.refuses(asked.scope["path"]):
            return self._refused(asked.method, asked.scope["path"], asked.given, asked.at)
        ask = self._unwaited.asking(asked) if self._unwaited and HAS_TO_WAIT not in asked.scope else None
        if ask is None:
            return False
        turns.wait(partial(self._turn, asked, ask, client))
        return True

    def _refused(self, method: str, path: str, given: Given, at: float) -> Whole:
        """What is too much is to cost what is answered no time."""
        status, headers, body = _overloaded(path) if len(path) <= LONGEST_KEY else _overloaded.__wrapped__(path)
        self._tally.count_refused(method, status, perf_counter() - at)
        return status, headers + own_headers(given, id_of(given)), b"" if method == "HEAD" else body

    def _turn(self, asked: Asked, ask: Ask, client: Client, in_time: bool) -> bool:
        """A turn, over when it returns."""
        if client.has_gone:
            self._tally.count_refused(asked.method, 0, perf_counter() - asked.at)
            return False
        kept = self._cache.get(asked.key)  # it may have been made for another meanwhile
        if kept is not None and self._currency.holds(kept):
            client.tell(self.reply(kept, asked.given, asked.method, asked.at))
        elif in_time:
            client.tell(self._made(asked, ask))
        else:
            client.tell(self._refused(asked.method, asked.scope["path"], asked.given, asked.at))
        return False

    def _made(self, asked: Asked, ask: Ask) -> Whole | None:
        work = RequestInfo(id_of(asked.given).decode(), asked.method, asked.scope, cache=MISS)
        at_hand = CURRENT_REQUEST.set(work)
        try:
            status, headers, body = ask()
            headers, kept = finished(asked.key, self._currency.loaded_at, status, headers, body)
        except Exception:  # it is made once more, as usual, and fails where it is logged
            asked.scope[HAS_TO_WAIT] = True
            return None
        finally:
            CURRENT_REQUEST.reset(at_hand)
        own_id = work.request_id.encode()
        if kept is None:
            answer = status, headers + own_headers(asked.given, own_id), b"" if asked.method == "HEAD" else body
        else:
            self._keep(asked.key, kept)
            answer = reply(kept, asked.given, asked.method, own_id)
        work.status, work.seconds = answer[0], perf_counter() - asked.at
        self._tally.count(work)
        return answer

    def _keep(self, key: Key, kept: Kept) -> None:
        if self._cache.takes(key):
            if kept.version not in ("", self._cache.version):
                self._currency.now()
            self._cache.keep(key, kept)


@lru_cache(256)
def _overloaded(path: str) -> Whole:
    response = overloaded(Request({"type": "http", "path": path}))
    return response.status_code, passing(response.status_code, response.raw_headers), bytes(response.body)
