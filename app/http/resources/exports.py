"""A list whole, streamed in constant memory: CSV, JSON Lines, and a spreadsheet."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from typing import IO, Any

import orjson
from fastapi import Request, Response
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.database import Reader, Snapshot
from app.http.about import NOTICE
from app.http.formats.tabular import cell, csv_lines
from app.http.middleware.admission import leave_turn
from app.http.query_params import asked
from app.model.error import InvalidQuery, Problem
from app.model.resource import Resource
from app.query.lists.pages import chosen_fields, everything
from app.query.lists.parameters import Parameters
from app.query.lists.rows import Item, Readable

SHEET_ROWS = 1_048_575
PIECE = 64 * 1024


@dataclass(frozen=True)
class Format:
    """One way to write a whole list."""

    suffix: str
    media_type: str
    write: Callable[[AsyncIterator[list[Any]], Sequence[str], Snapshot], AsyncIterator[bytes]]
    nests: bool = False
    """Whether it is JSON, which can hold what `include` adds, and is given items as such."""
    reads_all: bool = False
    """Whether it needs every field, whichever are to be shown."""


async def export(request: Request, reader: Reader, resource: Resource, known: Parameters, format_: Format) -> Response:
    """The whole list in a format. Whatever is wrong with the query is said before the first byte."""
    given = asked(known.export, request)
    if getattr(given, "include", None) and not format_.nests:
        raise InvalidQuery(Problem(loc=("query", "include"), msg="needs a format that nests: JSON Lines (.jsonl)"))
    fields = chosen_fields(resource, given.fields)
    if format_.reads_all:
        given = given.model_copy(update={"fields": []})
    async with AsyncExitStack() as opened:
        leave_turn(request)
        snapshot = await opened.enter_async_context(reader.snapshot(long=True))
        chunks = everything(snapshot, resource, known, given, as_json=format_.nests)
        first = await anext(chunks)
        version = snapshot.data_version
        held = opened.pop_all()
    body = format_.write(_all(first, chunks), fields, snapshot)
    file = f"{resource.name}-{version}-unofficial.{format_.suffix}"  # CSV and JSON Lines have no other place that says so
    headers = {"X-Data-Version": version, "Content-Disposition": f'attachment; filename="{file}"'}
    return Streamed(held, body, headers=headers, media_type=format_.media_type)


class Streamed(StreamingResponse):
    """Lets go of the snapshot at the end, whatever becomes of the answer: a body that nobody began to read would not."""

    def __init__(self, held: AsyncExitStack, body: AsyncIterator[bytes], **how: Any) -> None:
        super().__init__(body, **how)
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._held:
            await super().__call__(scope, receive, send)


async def _all(first: list[Any], more: AsyncIterator[list[Any]]) -> AsyncGenerator[list[Any], None]:
    """The chunks, with other requests answered between them."""
    yield first
    async for chunk in more:
        await asyncio.sleep(0)
        yield chunk


async def _csv(chunks: AsyncIterator[list[Item]], fields: Sequence[str], _snapshot: Snapshot) -> AsyncIterator[bytes]:
    yield csv_lines([fields])
    async for chunk in chunks:
        yield csv_lines([made[name] for name in fields] for made in chunk)


async def _jsonl(chunks: AsyncIterator[list[Readable]], _fields: Sequence[str], _snapshot: Snapshot) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        yield b"".join(orjson.dumps(made, option=orjson.OPT_APPEND_NEWLINE) for made in chunk)


async def _xlsx(chunks: AsyncIterator[list[Item]], fields: Sequence[str], snapshot: Snapshot) -> AsyncIterator[bytes]:
    """Rows go to a file as they come; a spreadsheet can only be sent when it is closed."""
    import xlsxwriter  # noqa: PLC0415 - time of a start, for one format

    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile(dir=folder) as file, ExitStack() as opened:
        plain = {"strings_to_formulas": False, "strings_to_urls": False}
        book = xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": folder, **plain})
        book.set_properties({"title": f"Casebook {snapshot.data_version}", "comments": NOTICE})
        sheet = book.add_worksheet()
        opened.callback(sheet.row_data_fh.close)  # nothing else closes it where the client leaves
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, fields, book.add_format({"bold": True}))
        row = 0
        async for chunk in chunks:
            for made in chunk[: SHEET_ROWS - row]:
                row += 1
                sheet.write_row(row, 0, [cell(made[field]) for field in fields])
        await asyncio.to_thread(book.close)
        async for piece in pieces(file):
            yield piece


async def pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    """What was written to a file, with other requests answered between them."""
    file.seek(0)
    while piece := file.read(PIECE):
        await asyncio.sleep(0)
        yield piece


CSV = Format("csv", "text/csv", _csv)
JSON_LINES = Format("jsonl", "application/x-ndjson", _jsonl, nests=True)
SPREADSHEET = Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _xlsx)
FORMATS = (CSV, JSON_LINES, SPREADSHEET)
