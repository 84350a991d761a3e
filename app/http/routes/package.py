"""The complete release in one file."""

import tempfile
from contextlib import AsyncExitStack
from typing import Any

from fastapi import APIRouter, Request, Response

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
        async with reader.snapshot(long=True) as snapshot:
            async with AsyncExitStack() as stack:
                file = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - closed with the response
                await write_package(file, snapshot, catalogue, parameters)
                opened = stack.pop_all()
            version = snapshot.data_version
        headers = {"X-Data-Version": version, "Content-Disposition": f'attachment; filename="casebook-{version}.zip"'}
        return SnapshotResponse(opened, pieces(file), headers=headers, media_type=ZIP)

    return router
