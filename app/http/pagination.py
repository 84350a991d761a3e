"""A page of a list as a response: the envelope that all lists share, and the URL of the next page."""

from string import punctuation
from typing import Any
from urllib.parse import quote_from_bytes, unquote

from fastapi import Request, Response

from app.database import Snapshot
from app.http.responses import json_response
from app.http.urls import public_url
from app.query.lists.facets import Counts
from app.query.lists.pages import Page
from app.query.lists.parameters import PageParameters


def list_response(request: Request, snapshot: Snapshot, page: Page, params: PageParameters, **members: Any) -> Response:
    """Return a page in the envelope of all lists, with further `members` before `meta`."""
    next_url, headers = next_page(request, page.next_cursor)
    missing = {} if page.missing is None else {"missing": page.missing}
    facets = {} if page.facets is None else _facets(page.facets)
    position = {"limit": params.limit, "next": next_url, "total": page.total, "total_is_exact": page.total_is_exact}
    content = {"data": page.items} | missing | facets | {"page": position} | members
    return json_response(content | {"meta": {"data_version": snapshot.data_version}}, snapshot.data_version, **headers)


def _facets(facets: dict[str, Counts]) -> dict[str, Any]:
    by_name = {name: [{"value": value, "count": count} for (value,), count in counts.rows] for name, counts in facets.items()}
    return {"facets": by_name, "facets_are_exact": all(counts.are_exact for counts in facets.values())}


def next_page(request: Request, cursor: str | None) -> tuple[str | None, dict[str, str]]:
    """Return the URL of the next page and a `Link` header with it (RFC 8288); None and no header on the last page."""
    if cursor is None:
        return None, {}
    parts = quote_from_bytes(request.scope["query_string"], punctuation).split("&")
    others = [part for part in parts if part and unquote(part.partition("=")[0]) != "cursor"]
    url = f"{public_url(request.scope)}?{'&'.join([*others, f'cursor={cursor}'])}"
    return url, {"Link": f'<{url}>; rel="next"'}
