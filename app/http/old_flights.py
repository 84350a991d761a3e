"""Equal questions asked at the same time: the first is answered, and the others wait to see what becomes of it.

Knows nothing of answers, nor of HTTP.
"""

from asyncio import Event
from collections.abc import Hashable


class Flights:
    """The answers that are being made for others as well, one a key."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, Flight] = {}

    def get(self, key: Hashable) -> "Flight | None":
        """The one to wait for."""
        return self._under_way.get(key)

    def begin(self, key: Hashable) -> "Flight":
        """A new one, which must land whatever happens."""
        flight = self._under_way[key] = Flight(self._under_way, key)
        return flight


class Flight:
    """One answer that is being made."""

    def __init__(self, under_way: "dict[Hashable, Flight]", key: Hashable) -> None:
        self._under_way, self._key, self._landed = under_way, key, Event()
        self.for_one = False
        """Whether what came of it is no use to others, so that each has an answer of its own made."""

    async def landed(self) -> None:
        """Wait until it has come to something or to nothing."""
        await self._landed.wait()

    def land(self, *, for_one: bool = False) -> None:
        """Let the others go on. Only the first call counts."""
        if not self._landed.is_set():
            del self._under_way[self._key]
            self.for_one = for_one
            self._landed.set()
