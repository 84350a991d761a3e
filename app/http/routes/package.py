"""The complete release in one file."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

from fastapi import APIRouter, Request, Response

from app.database import Snapshot
from app.http.errors import problem_responses
from app.http.formats.package import write_package
from app.http.middleware.admission import release_slot
from app.http.resources.exports import SnapshotResponse, pieces
from app.http.responses import ReaderDep
from app.http.routing import PrefixRouter, StrictRoute
from app.http.schemas import ok
from app.model.catalogue import Catalogue
from app.query.lists.parameters import Parameters

ZIP = "application/zip"


def package_router(catalogue: Catalogue, parameters: dict[str, Parameters]) -> APIRouter:
    """Return the route of the data package."""
    router = PrefixRouter(prefix="/v1/export", tags=["service"], route_class=StrictRoute)
    content: dict[str, Any] = {ZIP: {"schema": {"type": "string", "format": "binary"}}}

    @router.get(
        "",
        summary="Export the complete release",
        operation_id="export_release",
        responses=ok("Tables as CSV, descriptor, checksums.", **content) | problem_responses(422, 503),
        response_class=Response,
    )
    async def export_release(request: Request, reader: ReaderDep) -> Response:
        """Every table as CSV in one zip, with types, sources and licences. Equal data versions give equal files."""
        release_slot(request)
        async with AsyncExitStack() as stack:
            snapshot = await stack.enter_async_context(reader.snapshot(long=True))
            version = snapshot.data_version
            opened = stack.pop_all()
        headers = {"X-Data-Version": version, "Content-Disposition": f'attachment; filename="casebook-{version}.zip"'}
        body = _zipped(snapshot, catalogue, parameters)
        return SnapshotResponse(opened, body, headers=headers, media_type=ZIP)

    return router


async def _zipped(snapshot: Snapshot, catalogue: Catalogue, parameters: dict[str, Parameters]) -> AsyncIterator[bytes]:
    """Write the package to a file, then yield its contents. Part of the response, so that it ends if the client leaves."""
    with tempfile.TemporaryFile() as file:
        await write_package(file, snapshot, catalogue, parameters)
        async for piece in pieces(file):
            yield piece
