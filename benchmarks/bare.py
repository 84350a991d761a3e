"""Bare ASGI that sends constant bytes, those of an answer of Casebook's, headers and all: what no server in Python does faster.

`/3` answers with what was recorded under that number in the folder that BENCH_ANSWERS names.
"""

import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

OF_THE_SERVER = frozenset(("date", "transfer-encoding", "connection"))


def record(folder: Path, number: int, body: bytes, headers: Mapping[str, str]) -> None:
    """Have an answer sent again."""
    kept = [(name, value) for name, value in headers.items() if name not in OF_THE_SERVER]
    (folder / f"{number}.json").write_text(json.dumps({"headers": kept, "body": body.decode()}))


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    start, body = _answer(scope["path"])
    await send(start)
    await send(body)


@cache
def _answer(path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    recorded = json.loads((Path(os.environ["BENCH_ANSWERS"]) / f"{path[1:]}.json").read_text())
    headers = [(name.encode(), value.encode()) for name, value in recorded["headers"]]
    body = {"type": "http.response.body", "body": recorded["body"].encode()}
    return {"type": "http.response.start", "status": 200, "headers": headers}, body


async def _lifespan(receive: Any, send: Any) -> None:
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{message['type']}.complete"})
    await send({"type": "lifespan.shutdown.complete"})
