"""Snippets: an excerpt of a record's text, as it was written, and the positions of the matching words in it.

Positions are given apart from the text, without markup, so nothing needs escaping. This module knows no database.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.model.tokenizer import Word, stem, words, words_like
from app.query.fulltext.grammar import Question

MAX_LENGTH = 240
CONTEXT = 60
"""Characters before the first match in an excerpt."""
PREFERRED_PARTS = ("text", "note", "alias", "name")
"""Order of preference among texts with equally many matching words. Names come last, because they are shown anyway."""


class Text(NamedTuple):
    """One text of a record, as it was written."""

    part: str
    field: str
    text: str


Hit = tuple[Word, str]
"""A word of a text, and the word of the query that it matches."""


class Highlighter:
    """Finds the required words of a query in texts."""

    def __init__(self, question: Question) -> None:
        self._stems = {stem(word): word for term in question.required if not term.prefix for word in term.words}
        self._prefix_terms = [term.words for term in question.required if term.prefix]
        self._candidates = words if self._prefix_terms else words_like(self._stems)

    def snippet(self, texts: Sequence[Text]) -> dict[str, Any]:
        """Return the excerpt of the text that has the most distinct words of the query."""
        text_hits = [(text, self._hits(text.text)) for text in texts]
        text, hits = min(
            text_hits, key=lambda pair: (-len({query_word for _, query_word in pair[1]}), PREFERRED_PARTS.index(pair[0].part))
        )
        start, end = _window(text.text, hits)
        positions = [[word.start - start, word.end - start] for word, _ in hits if start <= word.start and word.end <= end]
        return {"field": text.field, "text": text.text[start:end], "matches": positions}

    def _hits(self, text: str) -> list[Hit]:
        return [
            (word, query_word)
            for word in self._candidates(text)
            if (query_word := self._stems.get(stem(word.normalized)) or self._match_prefix_terms(word.normalized))
        ]

    def _match_prefix_terms(self, word: str) -> str | None:
        for *complete_words, prefix in self._prefix_terms:
            if word in complete_words:
                return word
            if word.startswith(prefix):
                return prefix
        return None


def _window(text: str, hits: Sequence[Hit]) -> tuple[int, int]:
    """Return start and end of the excerpt: at most `MAX_LENGTH` characters, cut between words, with the most words matched."""
    if len(text) <= MAX_LENGTH or not hits:
        return 0, min(len(text), MAX_LENGTH)
    best_word, _ = max(hits, key=lambda hit: len(_words_matched(hits, hit[0].start, hit[0].start + MAX_LENGTH - CONTEXT)))
    start = max(0, best_word.start - CONTEXT)
    end = min(len(text), start + MAX_LENGTH)
    if start:
        space = text.find(" ", start, best_word.start)
        start = space + 1 if space >= 0 else best_word.start
    if end < len(text):
        space = text.rfind(" ", best_word.end, end)
        end = space if space >= 0 else max(best_word.end, end)
    return start, end


def _words_matched(hits: Sequence[Hit], start: int, end: int) -> set[str]:
    return {query_word for word, query_word in hits if start <= word.start and word.end <= end}
