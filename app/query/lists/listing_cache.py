"""The listings whose statements are cached: bounded in bytes, for a client can ask for lists in any number of shapes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable

from app.query.lists.listing import Listing

MAX_BYTES = 48 * 1024 * 1024
"""Maximum size of all cached listings of the process."""


class ListingCache:
    """Listings by what decides their statements. Over `max_bytes`, the least recently used ones are dropped."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._listings: OrderedDict[Hashable, Listing] = OrderedDict()
        self._sizes: dict[Hashable, int] = {}
        self._latest: Hashable = None
        self.bytes = 0
        """The size of all listings when each was last returned."""

    def get(self, key: Hashable, build: Callable[[], Listing]) -> Listing:
        """Return the listing of a key, built now if it is not cached."""
        self._measure(self._latest)  # statements are compiled when they are run: after it was returned
        listing = self._listings.get(key)
        if listing is None:
            listing = self._listings[key] = build()
        self._listings.move_to_end(key)
        self._measure(key)
        self._latest = key
        while self.bytes > self._max_bytes and len(self._listings) > 1:
            dropped, _ = self._listings.popitem(last=False)
            self.bytes -= self._sizes.pop(dropped)
        return listing

    def _measure(self, key: Hashable) -> None:
        if key in self._listings:
            size = self._listings[key].size
            self.bytes += size - self._sizes.get(key, 0)
            self._sizes[key] = size


LISTINGS = ListingCache(MAX_BYTES)
