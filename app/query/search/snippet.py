"""Where in a record's texts the words of a question are: one excerpt, as it was written, and the places of the words in it.

Makes no markup, so there is nothing to escape. Knows no database.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.model.tokenizer import Word, stem, words, words_like
from app.query.fulltext.grammar import Question

LENGTH = 240
BEFORE = 60
BEST_TOLD = ("text", "note", "alias", "name")
"""Which of texts that hold equally many of the words tells most beside the name, which is shown anyway."""


class Text(NamedTuple):
    """One text of a record, as it was written."""

    part: str
    field: str
    text: str


Hit = tuple[Word, str]
"""A word of a text and the word of the question that it answers."""


class LookedFor:
    """The words of a question, as they are found in texts."""

    def __init__(self, question: Question) -> None:
        self._stems = {stem(word): word for term in question.wanted if not term.prefix for word in term.words}
        self._prefixed = [term.words for term in question.wanted if term.prefix]
        self._words_like = words if self._prefixed else words_like(self._stems)

    def snippet(self, texts: Sequence[Text]) -> dict[str, Any]:
        """The excerpt of the text that holds the most of the words."""
        found = [(text, self._hits(text.text)) for text in texts]
        text, hits = min(found, key=lambda pair: (-len({asked for _, asked in pair[1]}), BEST_TOLD.index(pair[0].part)))
        start, end = _window(text.text, hits)
        within = [[word.start - start, word.end - start] for word, _ in hits if start <= word.start and word.end <= end]
        return {"field": text.field, "text": text.text[start:end], "matches": within}

    def _hits(self, text: str) -> list[Hit]:
        found = self._words_like(text)
        return [
            (word, asked)
            for word in found
            if (asked := self._stems.get(stem(word.normalized)) or self._by_prefix(word.normalized))
        ]

    def _by_prefix(self, word: str) -> str | None:
        for *whole, beginning in self._prefixed:
            if word in whole or word.startswith(beginning):
                return word if word in whole else beginning
        return None


def _window(text: str, hits: Sequence[Hit]) -> tuple[int, int]:
    """The stretch of at most `LENGTH` characters, cut between words, with the most of the question's words."""
    if len(text) <= LENGTH or not hits:
        return 0, min(len(text), LENGTH)
    best = max(hits, key=lambda hit: len(_within(hits, hit[0].start, hit[0].start + LENGTH - BEFORE)))
    start = max(0, best[0].start - BEFORE)
    end = min(len(text), start + LENGTH)
    if start:
        space = text.find(" ", start, best[0].start)
        start = space + 1 if space >= 0 else best[0].start
    if end < len(text):
        space = text.rfind(" ", best[0].end, end)
        end = space if space >= 0 else max(best[0].end, end)
    return start, end


def _within(hits: Sequence[Hit], start: int, end: int) -> set[str]:
    return {asked for word, asked in hits if start <= word.start and word.end <= end}
