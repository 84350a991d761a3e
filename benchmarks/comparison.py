"""Comparison of the contestants' responses: figures for different work mean nothing, so the first difference ends the run."""

import csv
import io
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import orjson

from benchmarks.servers import Request, Server
from benchmarks.workloads import Workload

EXPORT_SUFFIXES = ("jsonl", "csv")
MAX_COMPARED_ROWS = 10_000
"""Of an export, so that one of any length is compared in bearable time."""


def require_same_responses(casebook: Server, handwritten: Server, workload: Workload) -> None:
    """Raise SystemExit if a response by hand differs from Casebook's in anything but the order of keys and the cursors."""
    for path in workload.paths:
        expected, actual = casebook.get(path), handwritten.get(path)
        if (expected.status, actual.status) != (200, 200):
            statuses = f"answered {expected.status} and, by hand, {actual.status}"
            raise SystemExit(f"{path}: {statuses}: {expected.body[:500]!r}")
        _require_equal(path, _without_cursor(expected.body), _without_cursor(actual.body))
    _require_same_next_page(casebook, handwritten, workload.paths[0])


def require_same_records(
    casebook: Server, other: Server, workload: Workload, requests: Sequence[Request], *, counted: bool = True
) -> None:
    """Raise SystemExit if another server returns other records, in another order, or with another total if Casebook's is exact.

    Without `counted` the other server returns no total.
    """
    for path, request in zip(workload.paths, requests, strict=True):
        expected, content = orjson.loads(casebook.get(path).body), orjson.loads(_successful_body(other, request))
        rows = content["rows"] if isinstance(content, dict) else content
        if not rows and not expected["data"]:
            continue
        is_list = "data" in expected
        items = expected["data"] if is_list else [expected]
        _require_equal(str(request), [item["id"] for item in items], [row["id"] for row in rows])
        if counted and is_list and expected["page"]["total_is_exact"]:
            total = content["filtered_table_rows_count"] if isinstance(content, dict) else rows[0]["total"]
            _require_equal(f"total of {request}", expected["page"]["total"], total)


def require_success(server: Server, requests: Sequence[Request]) -> None:
    """Raise SystemExit if a request fails; to be called where a server ranks by itself, so that records cannot be compared."""
    for request in requests:
        _successful_body(server, request)


def require_same_exports(casebook: Server, handwritten: Server, command_line: Mapping[str, bytes]) -> None:
    """Raise SystemExit if an export of Casebook, of the server by hand and of the command line differ in length or first rows."""
    for suffix in EXPORT_SUFFIXES:
        path = f"/v1/missions.{suffix}"
        expected = casebook.get(path).body
        for actual in (handwritten.get(path).body, command_line[suffix]):
            _require_equal(f"lines of {path}", expected.count(b"\n"), actual.count(b"\n"))
            for expected_row, row in zip(_rows(suffix, expected), _rows(suffix, actual), strict=True):
                _require_equal(path, expected_row, row)


def _successful_body(server: Server, request: Request) -> bytes:
    response = server.send(request)
    if response.status != 200:
        raise SystemExit(f"{request}: status {response.status}: {response.body[:500]!r}")
    return response.body


def _require_same_next_page(casebook: Server, handwritten: Server, path: str) -> None:
    """Follow the cursors, which may differ but must lead to the same page."""
    servers = (casebook, handwritten)
    urls = [orjson.loads(server.get(path).body).get("page", {}).get("next") for server in servers]
    if urls[0]:
        paths = [f"/v1/{url.partition('/v1/')[2]}" for url in urls]
        expected, actual = (_without_cursor(server.get(path).body) for server, path in zip(servers, paths, strict=True))
        _require_equal(f"the page after {path}", expected, actual)


def _without_cursor(body: bytes) -> Any:
    """Return a body in which `page.next` says only whether there is a next page."""
    content = orjson.loads(body)
    if "page" in content:
        content["page"]["next"] = content["page"]["next"] is not None
    return content


def _rows(suffix: str, body: bytes) -> list[Any]:
    lines = list(islice(io.BytesIO(body), MAX_COMPARED_ROWS))
    if suffix == "csv":
        return list(csv.reader(line.decode() for line in lines))
    return list(map(orjson.loads, lines))


def _require_equal(subject: str, expected: Any, actual: Any) -> None:
    if expected != actual:
        raise SystemExit(f"{subject}: the responses differ\n{_first_difference(expected, actual)}")


def _first_difference(expected: Any, actual: Any, place: str = "") -> str:
    if isinstance(expected, dict) and isinstance(actual, dict):
        pairs = [(key, expected.get(key, "nothing"), actual.get(key, "nothing")) for key in {**expected, **actual}]
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        pairs = [(str(index), one, other) for index, (one, other) in enumerate(zip(expected, actual, strict=True))]
    else:
        return f"at {place}: {str(expected)[:500]}\nelsewhere: {str(actual)[:500]}"
    return next(_first_difference(one, other, f"{place}/{key}") for key, one, other in pairs if one != other)
