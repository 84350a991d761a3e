"""A page of a list as clients get it: the envelope that all lists share, and where the next page is.

Knows nothing of what is listed.
"""

from functools import lru_cache
from string import punctuation
from typing import Any
from urllib.parse import quote_from_bytes, unquote

from fastapi import Request, Response
from starlette.datastructures import URL

from app.database import Snapshot
from app.http.responses import json_response
from app.query.lists.facets import Counts
from app.query.lists.pages import Page
from app.query.lists.parameters import PageParameters

ORIGINS = 256
"""How many of the names that clients know the server by are remembered."""


def list_response(request: Request, snapshot: Snapshot, made: Page, given: PageParameters, **more: Any) -> Response:
    """A page as the envelope that all lists share, and what comes with it."""
    next_url, headers = next_page(request, made.next_cursor)
    missing = {} if made.missing is None else {"missing": made.missing}
    facets = {} if made.facets is None else _facets(made.facets)
    at = {"limit": given.limit, "next": next_url, "total": made.total, "total_is_exact": made.total_is_exact}
    body = {"data": made.items} | missing | facets | {"page": at} | more
    return json_response(body | {"meta": {"data_version": snapshot.data_version}}, snapshot.data_version, **headers)


def _facets(facets: dict[str, Counts]) -> dict[str, Any]:
    shown = {name: [{"value": values[0], "count": number} for values, number in counts.rows] for name, counts in facets.items()}
    return {"facets": shown, "facets_are_exact": all(counts.are_exact for counts in facets.values())}


def next_page(request: Request, cursor: str | None) -> tuple[str | None, dict[str, str]]:
    """The URL of the next page, also as a `Link` header (RFC 8288)."""
    if cursor is None:
        return None, {}
    scope = request.scope
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    asked = quote_from_bytes(scope["query_string"], punctuation).split("&")
    kept = [part for part in asked if part and unquote(part.partition("=")[0]) != "cursor"]
    url = f"{_origin(scope['scheme'], host, scope['server'])}{scope['path']}?{'&'.join([*kept, f'cursor={cursor}'])}"
    return url, {"Link": f'<{url}>; rel="next"'}


@lru_cache(ORIGINS)
def _origin(scheme: str, host: bytes, server: tuple[str, int] | None) -> str:
    """The beginning of the URL that a request came by: what the client says of it, where that is a host's name."""
    given = {"scheme": scheme, "server": server, "headers": [(b"host", host)] if host else [], "path": ""}
    return str(URL(scope=given))
