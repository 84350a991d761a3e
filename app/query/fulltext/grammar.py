"""The syntax of `q=`: words, "quoted phrases", -exclusions and prefix*; any other character separates words.

`parse` turns the text into a `Question`, the parsed query, which compiles to an FTS5 expression for SQLite and to a tsquery for
PostgreSQL. Each token consists of ASCII letters, digits, `=` and `_` and is quoted, so no input can cause a syntax error in
either engine. This module knows no table.
"""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field

from app.model.tokenizer import WORD, exact_token, normalize, stem_token

MAX_CHARACTERS = 1_000
MAX_WORDS = 50
HELP = (
    'Words to search for. Records must contain all of them, in any form ("training" finds "trained"); case and accents are '
    'ignored. A "quoted phrase" matches consecutive words, -word and -"a phrase" exclude records, and prefix* matches the '
    f"beginning of a word. Other characters separate words. At most {MAX_WORDS} words and {MAX_CHARACTERS} characters."
)
EXAMPLE = '"joint training" -drone'
_SYNTAX_HINT = 'give words, "quoted phrases", -exclusions or prefix*'
_CURLY_TO_STRAIGHT_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f", '"'))
# Words joined by a hyphen or an apostrophe are a phrase. A hyphen right after a letter or digit excludes nothing.
_TERM = re.compile(
    rf"""(?P<minus>(?<![^\W_])-)?(?:"(?P<phrase>[^"]*)"|(?P<words>{WORD}(?:[-'\u2019]{WORD})*)(?P<star>\*)?)""",
)


@dataclass(frozen=True)
class Term:
    """One or more consecutive normalized words.

    With `prefix`, the last word is the beginning of a word, and the words before it match exactly, without stemming.
    """

    words: tuple[str, ...]
    prefix: bool = False
    excluded: bool = False

    @property
    def tokens(self) -> list[str]:
        """The consecutive index tokens that match the term."""
        return [exact_token(word) if self.prefix else stem_token(word) for word in self.words]


@dataclass(frozen=True)
class Question:
    """A parsed `q=`: records match if they contain every required term and no excluded term."""

    required: tuple[Term, ...]
    excluded: tuple[Term, ...]

    @property
    def fts5(self) -> str:
        """The FTS5 expression for SQLite."""
        return self._to_fts5(columns="")

    @property
    def fts5_in_names(self) -> str:
        """The FTS5 expression that requires all terms in names and aliases. Excluded terms may be anywhere."""
        return self._to_fts5(columns="{name alias} : ")

    @property
    def tsquery(self) -> str:
        """The tsquery for PostgreSQL."""
        return self._to_tsquery(weights="")

    @property
    def tsquery_in_names(self) -> str:
        """The tsquery that requires all terms in names and aliases (weights A and B). Excluded terms may be anywhere."""
        return self._to_tsquery(weights="AB")

    @property
    def phrases(self) -> list[str]:
        """One tsquery for each required term, for ranking on PostgreSQL."""
        return [_term_to_tsquery(term) for term in self.required]

    @property
    def tokens(self) -> list[str]:
        """The index token of each required term, or an empty string for phrases and prefixes, which are no single token."""
        return [stem_token(term.words[0]) if len(term.words) == 1 and not term.prefix else "" for term in self.required]

    def _to_fts5(self, columns: str) -> str:
        required = " AND ".join(map(_term_to_fts5, self.required))
        required = f"{columns}({required})" if columns else required
        return f"({required}) NOT ({' OR '.join(map(_term_to_fts5, self.excluded))})" if self.excluded else required

    def _to_tsquery(self, weights: str) -> str:
        required = [_term_to_tsquery(term, weights) for term in self.required]
        excluded = [f"!({_term_to_tsquery(term)})" for term in self.excluded]
        return " & ".join([*required, *excluded])


def parse(q: str) -> Question:
    """Parse the text of `q=`. Raise ValueError, with a message for the client, if there is nothing to search for."""
    if "\x00" in q or "\ufffd" in q:
        raise ValueError("must be valid UTF-8 without NUL characters")
    text = q.translate(_CURLY_TO_STRAIGHT_QUOTES)
    if text.count('"') % 2:
        raise ValueError('contains an unclosed quotation mark ("): close the phrase or remove the mark')
    terms = [term for match in _TERM.finditer(text) if (term := _to_term(match)).words]
    if sum(len(term.words) for term in terms) > MAX_WORDS:
        raise ValueError(f"contains more than {MAX_WORDS} words")
    if not terms:
        raise ValueError(f"contains no word to search for: {_SYNTAX_HINT}")
    required = tuple(term for term in terms if not term.excluded)
    if not required:
        raise ValueError("contains only exclusions: give at least one word to search for")
    return Question(required, tuple(term for term in terms if term.excluded))


def _check(q: str) -> str:
    parse(q)
    return q


SearchText = Annotated[str, Field(max_length=MAX_CHARACTERS), AfterValidator(_check)]
"""The type of the parameter `q=`."""


def _to_term(match: re.Match[str]) -> Term:
    words = tuple(normalize(match["phrase"] or match["words"] or ""))
    return Term(words, prefix=bool(match["star"]), excluded=bool(match["minus"]))


def _term_to_fts5(term: Term) -> str:
    return f'"{" ".join(term.tokens)}"' + (" *" if term.prefix else "")


def _term_to_tsquery(term: Term, weights: str = "") -> str:
    *tokens, last = (f"'{token}'" + (f":{weights}" if weights else "") for token in term.tokens)
    if term.prefix:
        last += "*" if weights else ":*"
    return f"({' <-> '.join([*tokens, last])})"
