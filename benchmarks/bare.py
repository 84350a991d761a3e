"""Bare ASGI that sends constant bytes, those of a response of Casebook's with its headers: the limit of a server in Python.

The path `/3` is answered with the response that was recorded as number 3 in the folder that BENCH_RESPONSES names.
"""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.servers import Response

SET_BY_SERVER = frozenset(("date", "transfer-encoding", "connection"))


def record(folder: Path, number: int, response: Response) -> None:
    """Write a response to the folder, without the headers that the server sets by itself."""
    headers = [(name, value) for name, value in response.headers.items() if name not in SET_BY_SERVER]
    (folder / f"{number}.json").write_text(json.dumps({"headers": headers, "body": response.body.decode()}))


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await acknowledge_lifespan(receive, send)
        return
    start, body = _messages(scope["path"])
    await send(start)
    await send(body)


async def acknowledge_lifespan(receive: Any, send: Any) -> None:
    """Complete startup and shutdown, for neither of which a bare application has anything to do."""
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{message['type']}.complete"})
    await send({"type": "lifespan.shutdown.complete"})


@cache
def _messages(path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    recorded = json.loads((Path(os.environ["BENCH_RESPONSES"]) / f"{path[1:]}.json").read_text())
    headers = [(name.encode(), value.encode()) for name, value in recorded["headers"]]
    body = {"type": "http.response.body", "body": recorded["body"].encode()}
    return {"type": "http.response.start", "status": 200, "headers": headers}, body
