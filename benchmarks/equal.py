"""Whether contestants answer alike: figures for different work are worth nothing, so the first difference ends the benchmark."""

import csv
import io
from collections.abc import Sequence
from itertools import islice
from typing import Any

import orjson

from benchmarks.questions import Question
from benchmarks.servers import Server

EXPORTED = ("jsonl", "csv")
COMPARED = 10_000


def same_answers(casebook: Server, raw: Server, asked: Question) -> None:
    """SystemExit where an answer by hand differs from Casebook's, whatever the order of its keys."""
    for path in asked.paths:
        ours, theirs = casebook.get(path), raw.get(path)
        if (ours[0], theirs[0]) != (200, 200):
            raise SystemExit(f"{path}: answered {ours[0]} and, by hand, {theirs[0]}: {ours[1][:500]!r}")
        _compare(path, _opaque(ours[1]), _opaque(theirs[1]))
    _follow(casebook, raw, asked.paths[0])


def same_rows(casebook: Server, datasette: Server, asked: Question, theirs: Sequence[str], *, ranked: bool) -> None:
    """SystemExit where Datasette answers with other records, in another order, or with another total, if Casebook's is exact.

    `ranked`: whether it ranks as Casebook does; where it has a search of its own, only that it answers.
    """
    for ours, other in zip(asked.paths, theirs, strict=True):
        status, body, _ = datasette.get(other)
        if status != 200:
            raise SystemExit(f"{other}: Datasette answered {status}: {body[:500]!r}")
        made, answer = orjson.loads(body), orjson.loads(casebook.get(ours)[1])
        rows = made["rows"] if isinstance(made, dict) else made
        if not ranked or (not rows and not answer["data"]):
            continue
        total = made.get("filtered_table_rows_count") if isinstance(made, dict) else rows[0].get("total")
        exact = "data" in answer and answer["page"]["total_is_exact"]
        wanted = [item["id"] for item in answer["data"]] if "data" in answer else [answer["id"]]
        _compare(other, (wanted, answer["page"]["total"] if exact else total), ([row["id"] for row in rows], total))


def same_exports(casebook: Server, raw: Server, command_line: dict[str, bytes]) -> None:
    """SystemExit where a whole list differs between Casebook, the one by hand and the command line: in length or at first."""
    for suffix in EXPORTED:
        path = f"/v1/missions.{suffix}"
        ours = casebook.get(path)[1]
        for theirs in (raw.get(path)[1], command_line[suffix]):
            _compare(f"lines of {path}", ours.count(b"\n"), theirs.count(b"\n"))
            for one, other in zip(_rows(suffix, ours), _rows(suffix, theirs), strict=True):
                _compare(path, one, other)


def _follow(casebook: Server, raw: Server, path: str) -> None:
    """Cursors are each server's own affair, but must lead to the same page."""
    bodies = [orjson.loads(server.get(path)[1]) for server in (casebook, raw)]
    if bodies[0].get("page", {}).get("next"):
        nexts = [body["page"]["next"].partition("/v1/")[2] for body in bodies]
        ours, theirs = (server.get(f"/v1/{url}")[1] for server, url in zip((casebook, raw), nexts, strict=True))
        _compare(f"the page after {path}", _opaque(ours), _opaque(theirs))


def _opaque(body: bytes) -> Any:
    """An answer, of whose next page only is kept whether there is one."""
    made = orjson.loads(body)
    if "page" in made:
        made["page"]["next"] = made["page"]["next"] is not None
    return made


def _rows(suffix: str, body: bytes) -> list[Any]:
    """The first rows, so many that a list of any length is compared in bearable time."""
    lines = list(islice(io.BytesIO(body), COMPARED))
    if suffix == "csv":
        return list(csv.reader(line.decode() for line in lines))
    return list(map(orjson.loads, lines))


def _compare(what: str, ours: Any, theirs: Any) -> None:
    if ours != theirs:
        raise SystemExit(f"{what}: the answers differ\n{_first_difference(ours, theirs)}")


def _first_difference(ours: Any, theirs: Any, place: str = "") -> str:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        pairs = [(key, ours.get(key, "nothing"), theirs.get(key, "nothing")) for key in {**ours, **theirs}]
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = [(str(n), one, other) for n, (one, other) in enumerate(zip(ours, theirs, strict=True))]
    else:
        return f"at {place}: {str(ours)[:500]}\nand by hand: {str(theirs)[:500]}"
    return next(_first_difference(one, other, f"{place}/{key}") for key, one, other in pairs if one != other)
