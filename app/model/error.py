"""What can go wrong, as one tree.

    CasebookError
    ├── InvalidQuery         parameters that cannot be answered: a list of `Problem`
    ├── NotFound             no record of that name, with near matches
    ├── Moved                an alias or former slug of a record
    ├── NotReady             no usable database, or no release in it
    │   └── TooSlow          a statement ran past its time limit
    ├── SeedError            mistakes in seed_data: a list of `Mistake`
    └── DatabaseError        a database that this version cannot use; the message says what to do

Knows nothing of HTTP.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

MOST_TOLD = 20
"""Of so many mistakes in one query a client is told: who made more has made the same one again and again."""


class CasebookError(Exception):
    """The root of the tree."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One parameter that is wrong: where, why, and what would be right."""

    loc: tuple[str, ...]
    msg: str
    did_you_mean: str | None = None
    allowed: Sequence[str] = field(default=())


class InvalidQuery(CasebookError):
    """Parameters that cannot be answered: the first `MOST_TOLD`."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems[:MOST_TOLD]
        super().__init__("; ".join(f"{problem.loc[-1]}: {problem.msg}" for problem in self.problems))


class NotFound(CasebookError):
    """Nothing has that name; `near` lists the names nearest to it."""

    def __init__(self, what: str, near: Sequence[str] = ()) -> None:
        super().__init__(what)
        self.near = tuple(near)


class Moved(CasebookError):
    """The name is an alias or a former slug; `slug` is the current one."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


class NotReady(CasebookError):
    """The database cannot answer now."""


class TooSlow(NotReady):
    """A statement ran past its time limit."""


class DatabaseError(CasebookError):
    """A database that this version of Casebook cannot use."""


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One mistake in seed_data: file, record, field, and what is wrong."""

    file: str
    record: str = ""
    field: str = ""
    msg: str


class SeedError(CasebookError):
    """Mistakes in seed_data, all of them."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__(f"{len(mistakes)} mistake{'s' if len(mistakes) != 1 else ''} in the seed data")
        self.mistakes = tuple(mistakes)


def nearest(word: str, words: Iterable[str], count: int = 1) -> list[str]:
    """The words most like `word` in either case, the best first."""
    by_lower = {known.lower(): known for known in words}
    return [by_lower[near] for near in get_close_matches(word.lower(), by_lower, n=count, cutoff=0.6)]
