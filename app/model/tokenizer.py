"""Tokenization of texts and queries: into words, and from words into the tokens of the search index.

Texts and queries are tokenized here for both engines, so that both return the same results: no tokenizer, stemmer or stop-word
list of a database is involved. Knows neither the index nor the query grammar.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version

from app.model.naming import plain

STEMMER = f"English Snowball {version('snowballstemmer')}"
WORD = r"[^\W_](?:[^\W_]|[\u0300-\u036f])*(?:['\u2019][sS](?![^\W_]))?"
"""Letters and digits with their combining accents, and a possessive 's."""
ANY_WORD, NO_WORD = re.compile(WORD), re.compile(r"(?!)")
MAX_WORD_LENGTH = 64
MAX_SHORT_STEM = 4
"""Stems of up to this length need not be the beginning of their words: that of "dying" is "die"."""
EXACT_PREFIX = "="
"""Sets tokens of exact words apart from tokens of stems."""


@dataclass(frozen=True)
class Word:
    """A word of a text: its place, and its normalized form."""

    start: int
    end: int
    normalized: str


def words(text: str) -> Iterator[Word]:
    """Yield the words of a text in order."""
    return _find_words(text, ANY_WORD)


def _find_words(text: str, pattern: re.Pattern[str]) -> Iterator[Word]:
    for match in pattern.finditer(text):
        normalized = _normalize_word(match[0])
        if normalized:
            yield Word(match.start(), match.end(), normalized)


def words_like(stems: Iterable[str]) -> Callable[[str], Iterator[Word]]:
    """Return a function that yields the words of a text that may have one of the stems: all that do, and perhaps others.

    A stem begins like its words, except for the last letters. Finding words by their beginnings is many times faster than
    stemming every word. In texts that are not ASCII, every word is yielded.
    """
    beginnings = "|".join(sorted({stem[:-2] if len(stem) > MAX_SHORT_STEM else stem[:1] for stem in stems if stem.isascii()}))
    pattern = _words_beginning_with(beginnings) if beginnings else NO_WORD
    return lambda text: _find_words(text, pattern if text.isascii() else ANY_WORD)


def normalize(text: str) -> list[str]:
    """Return the words of a text without accents and case."""
    return [word for chunk in text.split() for word in _normalize_chunk(chunk)]


@lru_cache(maxsize=20_000)
def stem_token(word: str) -> str:
    """Return the token that the index holds for all forms of a normalized word."""
    return _to_ascii(stem(word))


@lru_cache(maxsize=20_000)
def exact_token(word: str) -> str:
    """Return the token that the index holds for exactly this normalized word. Prefixes are searched among these tokens."""
    return EXACT_PREFIX + _to_ascii(word)


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return the stem of a normalized word."""
    # Imported on first use: the package has stemmers of all languages, which a server without a search need not load.
    from snowballstemmer.english_stemmer import EnglishStemmer  # type: ignore[import-untyped] # noqa: PLC0415 - it comes without types

    # A new stemmer for each word, since a stemmer keeps state between calls.
    return str(EnglishStemmer().stemWord(word))


@lru_cache(maxsize=20_000)
def _normalize_chunk(chunk: str) -> tuple[str, ...]:
    """Return the normalized words of a chunk between spaces. No word spans a space, and texts repeat the same chunks often."""
    return tuple(word.normalized for word in words(chunk))


@lru_cache(maxsize=1_000)
def _words_beginning_with(beginnings: str) -> re.Pattern[str]:
    """Return the pattern of ASCII words as `WORD` has them, limited to those with one of the beginnings."""
    possessive = "(?<=[A-Za-z0-9]')s(?![A-Za-z0-9])"
    return re.compile(rf"(?<![A-Za-z0-9])(?!{possessive})(?:{beginnings})[A-Za-z0-9]*(?:'s(?![A-Za-z0-9]))?", re.IGNORECASE)


@lru_cache(maxsize=20_000)
def _normalize_word(word: str) -> str:
    without_possessive = re.sub(r"['\u2019]s$", "", plain(word))
    return "".join(char for char in without_possessive if char.isalnum())[:MAX_WORD_LENGTH]


def _to_ascii(word: str) -> str:
    """Return the word with each other character as `_` and six hexadecimal digits: engines disagree on what is a letter."""
    return word if word.isascii() else "".join(char if char.isascii() else f"_{ord(char):06x}" for char in word)
