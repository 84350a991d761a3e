"""How names become slugs and sort keys, and how kinds are spoken of."""

import re
import unicodedata


def plain(name: str) -> str:
    """The name without accents and in one case, so that "Côte" sorts and is found as "cote"."""
    return "".join(mark for mark in unicodedata.normalize("NFKD", name) if not unicodedata.combining(mark)).casefold()


def with_article(noun: str) -> str:
    """The noun as one of many: an actor, a mission."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def slugify(name: str) -> str:
    """The slug that a name makes; empty where it has no letter or digit of ASCII."""
    return re.sub(r"[^a-z0-9]+", "-", plain(name)).strip("-")
