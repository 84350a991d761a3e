"""Slugs and sort keys made from names."""

import re
import unicodedata


def plain(name: str) -> str:
    """Return the name without accents and case, so that "Côte" sorts and is found as "cote"."""
    return "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char)).casefold()


def with_article(noun: str) -> str:
    """Return the noun with its indefinite article: an actor, a mission."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def slugify(name: str) -> str:
    """Return the slug of a name; empty if the name has no ASCII letter or digit once accents are removed."""
    return re.sub(r"[^a-z0-9]+", "-", plain(name)).strip("-")
