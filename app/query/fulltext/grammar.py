"""The language of `q=`: words, "exact phrases", -exclusions and prefix*; everything else separates words.

A question is parsed to terms, and these compile to FTS5 on SQLite and to a tsquery on PostgreSQL. Each token is of ASCII
letters, digits, `=` and `_`, and quoted, so that no question can be an error of either engine. Knows no table.
"""

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field

from app.model.tokenizer import WORD, exact_token, normalize, stem_token

MAX_CHARACTERS = 1_000
MAX_WORDS = 50
ALLOWED = 'give words, "exact phrases", -exclusions, prefix*'
HELP = (
    'Words to search for: all of them, in any form ("training" finds "trained"), without regard to case and accents; '
    '"exact phrases" word by word, -exclusions and -"excluded phrases", prefix*. '
    f"Anything else separates words. At most {MAX_WORDS} words and {MAX_CHARACTERS} characters."
)
EXAMPLE = '"joint training" -drone'
_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f", '"'))
_TERM = re.compile(
    rf"""(?P<minus>(?<![^\W_])-)?(?:"(?P<phrase>[^"]*)"|(?P<words>{WORD}(?:[-'\u2019]{WORD})*)(?P<star>\*)?)""",
)
"""What a hyphen or an apostrophe joins is a phrase; a hyphen after a letter excludes nothing."""


@dataclass(frozen=True)
class Term:
    """Words in a row, folded; `prefix`: the last is but the beginning of one, and the others are meant to the letter."""

    words: tuple[str, ...]
    prefix: bool = False
    excluded: bool = False

    @property
    def tokens(self) -> list[str]:
        """What to look for in the index, in a row."""
        return [exact_token(word) if self.prefix else stem_token(word) for word in self.words]


@dataclass(frozen=True)
class Question:
    """What `q=` asks for: every wanted term, and none of the excluded ones."""

    wanted: tuple[Term, ...]
    excluded: tuple[Term, ...]

    @property
    def fts5(self) -> str:
        """The question as SQLite takes it."""
        return self._fts5("")

    @property
    def fts5_in_names(self) -> str:
        """The same, where a name has to hold all that is wanted."""
        return self._fts5("{name alias} : ")

    @property
    def tsquery(self) -> str:
        """The question as PostgreSQL takes it."""
        return self._tsquery("")

    @property
    def tsquery_in_names(self) -> str:
        """The same, where names have to hold all that is wanted."""
        return self._tsquery("AB")

    @property
    def phrases(self) -> list[str]:
        """Each term that is wanted as PostgreSQL takes it, by itself."""
        return [_tsquery(term) for term in self.wanted]

    @property
    def tokens(self) -> list[str]:
        """What the index holds for each term that is wanted; nothing for those of which it holds only the parts."""
        return [stem_token(term.words[0]) if len(term.words) == 1 and not term.prefix else "" for term in self.wanted]

    def _fts5(self, where: str) -> str:
        wanted = " AND ".join(map(_fts5, self.wanted))
        wanted = f"{where}({wanted})" if where else wanted
        return f"({wanted}) NOT ({' OR '.join(map(_fts5, self.excluded))})" if self.excluded else wanted

    def _tsquery(self, weights: str) -> str:
        return " & ".join(
            [*(_tsquery(term, weights) for term in self.wanted), *(f"!({_tsquery(term)})" for term in self.excluded)]
        )


def parse(q: str) -> Question:
    """The question that a text asks. ValueError, with what is allowed, where it asks none."""
    if "\x00" in q or "\ufffd" in q:
        raise ValueError(f"must be valid UTF-8 without NUL: {ALLOWED}")
    text = q.translate(_QUOTES)
    if text.count('"') % 2:
        raise ValueError('has a quotation mark (") that is not closed: quote a phrase on both sides')
    terms = [term for found in _TERM.finditer(text) if (term := _term(found)).words]
    if sum(len(term.words) for term in terms) > MAX_WORDS:
        raise ValueError(f"has more than {MAX_WORDS} words")
    if not terms:
        raise ValueError(f"has no word to search for: {ALLOWED}")
    wanted = tuple(term for term in terms if not term.excluded)
    if not wanted:
        raise ValueError("says only what to leave out: give at least one word to search for as well")
    return Question(wanted, tuple(term for term in terms if term.excluded))


def _checked(q: str) -> str:
    parse(q)
    return q


SearchText = Annotated[str, Field(max_length=MAX_CHARACTERS), AfterValidator(_checked)]
"""The type of `q=`."""


def _term(found: re.Match[str]) -> Term:
    words = tuple(normalize(found["phrase"] or found["words"] or ""))
    return Term(words, prefix=bool(found["star"]), excluded=bool(found["minus"]))


def _fts5(term: Term) -> str:
    return f'"{" ".join(term.tokens)}"' + (" *" if term.prefix else "")


def _tsquery(term: Term, weights: str = "") -> str:
    *tokens, last = (f"'{token}'" + (f":{weights}" if weights else "") for token in term.tokens)
    if term.prefix:
        last += "*" if weights else ":*"
    return f"({' <-> '.join([*tokens, last])})"
