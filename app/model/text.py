"""The one spelling of a text, and the characters that no text may contain because nobody can see them.

A name with a zero-width space or a bidirectional control looks like another name, and PostgreSQL cannot store a NUL.
"""

import unicodedata

LINE_MARKS = "\n\t"
BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2028\u2029\u2800\u3164\uffa0\ufffd")
"""Characters that look like nothing though Unicode calls them letters, marks or symbols, and the mark of lost characters."""
VISIBLE_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
"""Characters of the category Cf that are drawn: the signs of Arabic, Syriac and Kaithi numbers."""
JOINERS = frozenset("\u200c\u200d")
"""Zero-width characters that spell words in Arabic and Indic scripts."""
FIRST_JOINED = "\u0600"


def normalize_text(text: str) -> str:
    """Return the text in Unicode's form NFC, so that "ô" is one character however it was typed."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def unseen_character(text: str, allowed: str = LINE_MARKS) -> str | None:
    """Return the first character that cannot be seen, such as `U+200B ZERO WIDTH SPACE`; None if there is none."""
    if text.isascii() and text.isprintable():
        return None
    for position, char in enumerate(text):
        if char not in allowed and _is_unseen(char, text[:position][-1:]):
            return f"U+{ord(char):04X} {unicodedata.name(char, 'control character')}"
    return None


def _is_unseen(char: str, previous: str) -> bool:
    if char in JOINERS:
        return previous < FIRST_JOINED or not unicodedata.category(previous).startswith(("L", "M"))
    category = unicodedata.category(char)
    is_noncharacter = category == "Cn" and (ord(char) & 0xFFFE == 0xFFFE or "\ufdd0" <= char <= "\ufdef")
    return (
        char in BLANK or category in {"Cc", "Cs", "Co"} or is_noncharacter or (category == "Cf" and char not in VISIBLE_FORMATS)
    )
