"""Exports: a complete list, streamed in constant memory, as CSV, JSON Lines or a spreadsheet."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import IO, Any

import orjson
from anyio import CancelScope
from fastapi import Request, Response
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.database import Reader, Snapshot
from app.http.about import NOTICE
from app.http.formats.tabular import cell, csv_lines
from app.http.middleware.admission import release_slot
from app.model.error import InvalidQuery, Problem
from app.model.resource import Resource
from app.query.lists.pages import chosen_fields, everything
from app.query.lists.parameters import ExportParameters, Parameters
from app.query.lists.rows import Item, Readable

MAX_SHEET_ROWS = 1_048_575
PIECE_BYTES = 64 * 1024
TEXT_SCHEMA: Mapping[str, Any] = {"type": "string"}


@dataclass(frozen=True)
class Format:
    """A file format for a complete list."""

    suffix: str
    media_type: str
    write: Callable[[AsyncIterator[list[Any]], Sequence[str], Snapshot], AsyncIterator[bytes]]
    """Turns chunks of items into pieces of the file, given the names of the fields."""
    is_json: bool = False
    """True if items are written as JSON, which has room for what `include` embeds."""
    needs_all_fields: bool = False
    """True if it reads every field, whichever are to be written."""
    schema: Mapping[str, Any] = field(default_factory=lambda: TEXT_SCHEMA)
    """Schema of the file, for OpenAPI."""


async def export(  # noqa: PLR0913, PLR0917 - the request, the list and the format
    request: Request, reader: Reader, resource: Resource, parameters: Parameters, format_: Format, params: ExportParameters
) -> Response:
    """Return the complete list in a format. Raise InvalidQuery before the first byte."""
    if getattr(params, "include", None) and not format_.is_json:
        raise InvalidQuery(Problem(loc=("query", "include"), msg="works with JSON Lines only (.jsonl)"))
    fields = chosen_fields(resource, params.fields)
    if format_.needs_all_fields:
        params = params.model_copy(update={"fields": []})
    release_slot(request)
    async with AsyncExitStack() as stack:
        snapshot = await stack.enter_async_context(reader.snapshot(long=True))
        chunks = everything(snapshot, resource, parameters, params, as_json=format_.is_json)
        first = await anext(chunks)
        version = snapshot.data_version
        opened = stack.pop_all()
    # CSV and JSON Lines have no other place to say that they are unofficial.
    file = f"{resource.name}-{version}-unofficial.{format_.suffix}"
    headers = {"X-Data-Version": version, "Content-Disposition": f'attachment; filename="{file}"'}
    body = format_.write(_resumed(first, chunks), fields, snapshot)
    return SnapshotResponse(opened, body, headers=headers, media_type=format_.media_type)


class SnapshotResponse(StreamingResponse):
    """A streamed response that closes what it reads from, also if the client leaves before the first byte."""

    def __init__(self, opened: AsyncExitStack, body: AsyncIterator[bytes], **options: Any) -> None:
        super().__init__(body, **options)
        self._opened = opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._opened:
            await super().__call__(scope, receive, send)


async def _resumed(first: list[Any], rest: AsyncIterator[list[Any]]) -> AsyncGenerator[list[Any], None]:
    """Yield all chunks, and let other requests run between them."""
    yield first
    async for chunk in rest:
        await asyncio.sleep(0)
        yield chunk


async def _csv(chunks: AsyncIterator[list[Item]], fields: Sequence[str], _snapshot: Snapshot) -> AsyncIterator[bytes]:
    yield csv_lines([fields])
    async for chunk in chunks:
        yield csv_lines([item[name] for name in fields] for item in chunk)


async def _jsonl(chunks: AsyncIterator[list[Readable]], _fields: Sequence[str], _snapshot: Snapshot) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        yield b"".join(orjson.dumps(item, option=orjson.OPT_APPEND_NEWLINE) for item in chunk)


async def _xlsx(chunks: AsyncIterator[list[Item]], fields: Sequence[str], snapshot: Snapshot) -> AsyncIterator[bytes]:
    """Write rows to a file as they come; a spreadsheet can only be sent once it is closed."""
    import xlsxwriter  # noqa: PLC0415 - slow to import, for one format

    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile(dir=folder) as file:
        no_conversions = {"strings_to_formulas": False, "strings_to_urls": False}
        book = xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": folder, **no_conversions})
        book.set_properties({"title": f"Casebook {snapshot.data_version}", "comments": NOTICE})
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, fields, book.add_format({"bold": True}))
        row = 0
        try:
            async for chunk in chunks:
                for item in chunk[: MAX_SHEET_ROWS - row]:
                    row += 1
                    sheet.write_row(row, 0, [cell(item[name]) for name in fields])
        finally:
            # Also if the client has left, for the book has files open. In a thread: it packs all rows that were written.
            with CancelScope(shield=True):
                await asyncio.to_thread(book.close)
        async for piece in pieces(file):
            yield piece


async def pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    """Yield the contents of a file, and let other requests run between the pieces."""
    file.seek(0)
    while piece := file.read(PIECE_BYTES):
        await asyncio.sleep(0)
        yield piece


CSV = Format("csv", "text/csv", _csv)
JSON_LINES = Format("jsonl", "application/x-ndjson", _jsonl, is_json=True)
SPREADSHEET = Format(
    "xlsx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    _xlsx,
    schema={"type": "string", "format": "binary"},
)
FORMATS = (CSV, JSON_LINES, SPREADSHEET)
