"""The exceptions of Casebook, as one tree.

CasebookError
├── InvalidQuery         invalid parameters: a list of `Problem`
├── NotFound             no record of that name; has near matches
├── Moved                the name is an alias or a former slug of a record
├── NotReady             the database cannot be read, or holds no release
│   └── TooSlow          a statement exceeded its time limit
├── SeedError            mistakes in seed_data: a list of `Mistake`
└── DatabaseError        this version cannot use the database; the message says what to do

Knows nothing of HTTP.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

MAX_REPEATED = 500
"""Characters of each part of a mistake."""
MOST_TOLD = 20
"""The number of problems reported for one query. A client that made more has repeated the same one."""


class CasebookError(Exception):
    """The base class of all exceptions of Casebook."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One invalid parameter: its location, what is wrong, and what would be valid."""

    loc: tuple[str, ...]
    msg: str
    did_you_mean: str | None = None
    allowed: Sequence[str] = field(default=())


class InvalidQuery(CasebookError):
    """A query has invalid parameters. `problems` holds the first `MOST_TOLD` of them."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems[:MOST_TOLD]
        super().__init__("; ".join(f"{problem.loc[-1]}: {problem.msg}" for problem in self.problems))


class NotFound(CasebookError):
    """No record has the name; `near` lists similar names."""

    def __init__(self, message: str, near: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.near = tuple(near)


class Moved(CasebookError):
    """`name` is an alias, a former slug or another spelling; `slug` is the current one."""

    def __init__(self, name: str, slug: str) -> None:
        super().__init__(slug)
        self.name, self.slug = name, slug


class NotReady(CasebookError):
    """The database cannot be read at the moment."""


class TooSlow(NotReady):
    """A statement exceeded its time limit."""


class DatabaseError(CasebookError):
    """This version of Casebook cannot use the database."""


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One mistake in seed_data: its file, record and field, and what is wrong."""

    file: str
    record: str = ""
    field: str = ""
    msg: str

    def __post_init__(self) -> None:
        """Shorten what repeats a text of the file, which may be of any length."""
        for name in ("record", "field", "msg"):
            text = getattr(self, name)
            if len(text) > MAX_REPEATED:
                object.__setattr__(self, name, f"{text[:MAX_REPEATED]}…")


class SeedError(CasebookError):
    """The seed data has mistakes; `mistakes` holds all of them."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__(f"{len(mistakes)} mistake{'s' if len(mistakes) != 1 else ''} in the seed data")
        self.mistakes = tuple(mistakes)


def nearest(word: str, words: Iterable[str], count: int = 1) -> list[str]:
    """Return the words most similar to `word`, ignoring case, the most similar first."""
    by_lower = {candidate.lower(): candidate for candidate in words}
    return [by_lower[match] for match in get_close_matches(word.lower(), by_lower, n=count, cutoff=0.6)]
