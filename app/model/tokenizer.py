"""How text becomes words, and words become what the search index holds.

One reading for texts and questions on both engines, so that both find the same: no tokenizer, stemmer or list of stop words
of a database has a say. Knows neither the index nor the grammar of questions.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version

from app.model.naming import plain

STEMMER = f"English Snowball {version('snowballstemmer')}"
WORD = r"[^\W_](?:[^\W_]|[\u0300-\u036f])*(?:['\u2019][sS](?![^\W_]))?"
"""Letters and digits with the accents set on them, and a possessive."""
ANY_WORD, NOTHING = re.compile(WORD), re.compile(r"(?!)")
LONGEST = 64
SHORT = 4
"""A stem of so few letters need not be the beginning of its word, as that of "dying" is not."""
EXACT = "="


@dataclass(frozen=True)
class Word:
    """One word of a text: where it stands, and how it reads without accents, in one case."""

    start: int
    end: int
    normalized: str


def words(text: str) -> Iterator[Word]:
    """The words of a text, in order."""
    return _read(text, ANY_WORD)


def _read(text: str, pattern: re.Pattern[str]) -> Iterator[Word]:
    for found in pattern.finditer(text):
        normalize = _folded(found[0])
        if normalize:
            yield Word(found.start(), found.end(), normalize)


def words_like(stems: Iterable[str]) -> Callable[[str], Iterator[Word]]:
    """What reads the words of a text that could have one of these stems, and perhaps others: they begin alike.

    A stem is the beginning of its words but for the last letters. Finding the beginnings is many times faster than reading
    every word; texts with other letters than those of ASCII are read whole.
    """
    beginnings = "|".join(sorted({stem[:-2] if len(stem) > SHORT else stem[:1] for stem in stems if stem.isascii()}))
    like = _like(beginnings) if beginnings else NOTHING
    return lambda text: _read(text, like if text.isascii() else ANY_WORD)


def normalize(text: str) -> list[str]:
    """The words of a text as they read without accents, in one case."""
    return [word for part in text.split() for word in _words_of(part)]


@lru_cache(maxsize=20_000)
def stem_token(word: str) -> str:
    """What the index holds for every form of a folded word."""
    return _ascii(stem(word))


@lru_cache(maxsize=20_000)
def exact_token(word: str) -> str:
    """What the index holds for just this form, of which prefixes can be asked for."""
    return EXACT + _ascii(word)


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The stem of a folded word. A stemmer a word, for it keeps its state between calls."""
    # Imported here, for it brings the stemmers of all languages, which a server that nobody asks for words has no use for.
    from snowballstemmer.english_stemmer import EnglishStemmer  # type: ignore[import-untyped] # noqa: PLC0415 - it comes without types

    return str(EnglishStemmer().stemWord(word))


@lru_cache(maxsize=20_000)
def _words_of(part: str) -> tuple[str, ...]:
    """The folded words of what stands between spaces, which no word spans: texts say the same things again and again."""
    return tuple(word.normalized for word in words(part))


@lru_cache(maxsize=1_000)
def _like(beginnings: str) -> re.Pattern[str]:
    """Words of ASCII, as `WORD` has them, that begin in one of these ways."""
    possessive = "(?<=[A-Za-z0-9]')s(?![A-Za-z0-9])"
    return re.compile(rf"(?<![A-Za-z0-9])(?!{possessive})(?:{beginnings})[A-Za-z0-9]*(?:'s(?![A-Za-z0-9]))?", re.IGNORECASE)


@lru_cache(maxsize=20_000)
def _folded(word: str) -> str:
    bare = re.sub(r"['\u2019]s$", "", plain(word))
    return "".join(mark for mark in bare if mark.isalnum())[:LONGEST]


def _ascii(word: str) -> str:
    """In ASCII, each other character as six hexadecimal digits: engines differ in which characters they call letters."""
    return word if word.isascii() else "".join(mark if mark.isascii() else f"_{ord(mark):06x}" for mark in word)
