"""The requests to Datasette for each workload: to its own table pages, and to canned queries."""

import json
from collections.abc import Sequence
from urllib.parse import quote, urlencode

from app.model.tokenizer import normalize, stem_token
from benchmarks.servers import Request
from benchmarks.workloads import PAGE, Workload

OBJECTS = {"_shape": "objects"}
CANNED = {"detail": "detail", "relation filter": "related", "search": "search", "facet": "facet"}
"""The canned query of a workload; all others are lists."""


def table_page_requests(workload: Workload, file_stem: str) -> Sequence[Request]:
    """Return the requests to table pages, over the flat tables."""
    return [Request(_table_page(workload.name, f"/{file_stem}-flat", params)) for params in workload.params]


def canned_query_requests(workload: Workload, file_stem: str) -> Sequence[Request]:
    """Return the requests to canned queries, over Casebook's own file."""
    return [Request(_canned_query(workload.name, f"/{file_stem}", params)) for params in workload.params]


def _table_page(workload: str, database: str, params: dict[str, str]) -> str:
    table, query = f"{database}/missions", {"_size": str(PAGE), **OBJECTS}
    match workload:
        case "detail":
            return f"{table}/{quote(params['slug'], safe='')}.json?{urlencode(OBJECTS)}"
        case "relation filter":
            query["_through"] = json.dumps({"table": "met", "column": "challenge", "value": params["challenge"]})
        case "search":
            query |= {"_search": params["q"], "_facet": "kind"}
            return f"{database}/records.json?{urlencode(query)}&_facet=verification"
        case "facet":
            query |= {"established__gte": params["year"], "_facet": "status"}
            return f"{table}.json?{urlencode(query)}&_facet=mission_type"
        case _:
            query |= {"_next": _tilde_encoded(params["after"])} if params["after"] else {}
    return f"{table}.json?{urlencode(query)}"


def _canned_query(workload: str, database: str, params: dict[str, str]) -> str:
    name, binds = CANNED.get(workload, "list"), dict(params)
    if name == "search":
        binds["q"] = " AND ".join(f'"{stem_token(word)}"' for word in normalize(params["q"]))
    return f"{database}/{name}.json?{urlencode(binds | {'_shape': 'array'})}"


def _tilde_encoded(value: str) -> str:
    """Return a key as Datasette writes it in its own URLs."""
    return "".join(character if character.isalnum() or character in "-_" else f"~{ord(character):02X}" for character in value)
