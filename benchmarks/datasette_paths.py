"""The same questions as Datasette is asked them: its own table pages, and canned queries."""

import json
from collections.abc import Sequence
from urllib.parse import quote, urlencode

from app.model.tokenizer import normalize, stem_token
from benchmarks.questions import Question

ROWS = {"_size": "20", "_shape": "objects"}


def pages(asked: Question, stem: str) -> Sequence[str]:
    """Its table pages, over the flat tables."""
    return [_page(asked.name, f"/{stem}-pages", keys) for keys in asked.keys]


def canned(asked: Question, stem: str) -> Sequence[str]:
    """Its canned queries, over Casebook's own file."""
    return [_canned(asked.name, f"/{stem}", keys) for keys in asked.keys]


def _page(name: str, database: str, keys: dict[str, str]) -> str:
    table, asked = f"{database}/missions", dict(ROWS)
    match name:
        case "detail":
            return f"{table}/{quote(keys['slug'], safe='')}.json?{urlencode({'_shape': 'objects'})}"
        case "relation filter":
            through = {"table": "met", "column": "challenge", "value": keys["challenge"]}
            asked["_through"] = json.dumps(through)
        case "search":
            table = f"{database}/records"
            asked |= {"_search": keys["q"], "_facet": "kind"}
            return f"{table}.json?{urlencode(asked)}&_facet=verification"
        case "facet":
            asked |= {"established__gte": keys["year"], "_facet": "status"}
            return f"{table}.json?{urlencode(asked)}&_facet=mission_type"
        case _:
            asked |= {"_next": _tilde(keys["after"])} if keys["after"] else {}
    return f"{table}.json?{urlencode(asked)}"


def _canned(name: str, database: str, keys: dict[str, str]) -> str:
    query = {"detail": "detail", "relation filter": "related", "search": "search", "facet": "facet"}.get(name, "list")
    given = dict(keys)
    if query == "search":
        given["q"] = " AND ".join(f'"{stem_token(word)}"' for word in normalize(keys["q"]))
    return f"{database}/{query}.json?{urlencode(given | {'_shape': 'array'})}"


def _tilde(value: str) -> str:
    """As Datasette spells keys in its own URLs."""
    return "".join(mark if mark.isalnum() or mark in "-_" else f"~{ord(mark):02X}" for mark in value)
