"""Whether what is kept is still of the current release: looked at after a request came, whichever process loads."""

from asyncio import get_running_loop

from app.database import Reader
from app.http.cache_store import Cache, Kept
from app.model.error import NotReady


class Currency:
    """One look is for all requests that had come by then.

    Those are the ones whose turn comes before that of `_stale`: a loop takes its turns in the order in which they were asked
    for, and a request asks for one when it comes. What is answered while it is read had begun to come: the loop reads from the
    connections that had something to read when it asked for all of them, before the look.
    """

    def __init__(self, reader: Reader, cache: Cache) -> None:
        self._reader, self._cache, self._looked = reader, cache, False
        self.loaded_at = reader.loaded_at

    def holds(self, kept: Kept) -> bool:
        """Whether it can be told at once that what is kept is of the current release."""
        if self._looked or not kept.version:
            return True
        if self._reader.version_now() != self._cache.version:
            return False
        self._looked = True
        get_running_loop().call_soon(self._stale)
        return True

    def now(self) -> str | None:
        """The current release's version; what is kept of another is let go of. None where it cannot be told at once."""
        version = self._reader.version_now()
        if version:
            self._cache.renew(version, self._reader.loaded_at.get(version))
        return version

    async def version(self) -> str | None:
        """The same, also where it has to be asked for. None where it cannot be told."""
        if version := self.now():
            return version
        try:
            version = await self._reader.current_version()
        except NotReady:
            return None
        self._cache.renew(version, self._reader.loaded_at.get(version))
        return version

    def _stale(self) -> None:
        self._looked = False
