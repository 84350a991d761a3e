"""The whole release in one file."""

import tempfile
from contextlib import AsyncExitStack
from typing import Any

from fastapi import APIRouter, Request, Response

from app.http.errors import problem_responses
from app.http.formats.package import write_package
from app.http.middleware.admission import leave_turn
from app.http.query_params import NoParameters, asked
from app.http.resources.exports import Streamed, pieces
from app.http.responses import Reading
from app.model.catalogue import Catalogue
from app.query.lists.parameters import Parameters


def package_router(catalogue: Catalogue, known: dict[str, Parameters]) -> APIRouter:
    """GET the release."""
    router = APIRouter(prefix="/v1/export", tags=["service"])
    content = {"application/zip": {"schema": {"type": "string", "format": "binary"}}}
    whole: dict[int | str, dict[str, Any]] = {200: {"description": "Tables as CSV, descriptor, checksums.", "content": content}}

    @router.get(
        "",
        summary="Export the whole release",
        operation_id="export_release",
        response_class=Response,
        responses=whole | problem_responses(422, 503),
    )
    async def export_release(request: Request, reader: Reading) -> Response:
        """Every table of the release as CSV in one zip, with types, sources and licences; the same for the same data version."""
        asked(NoParameters, request)
        leave_turn(request)
        async with reader.snapshot(long=True) as snapshot:
            async with AsyncExitStack() as opened:
                file = opened.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - closed with the answer
                await write_package(file, snapshot, catalogue, known)
                held = opened.pop_all()
            version = snapshot.data_version
        headers = {"X-Data-Version": version, "Content-Disposition": f'attachment; filename="casebook-{version}.zip"'}
        return Streamed(held, pieces(file), headers=headers, media_type="application/zip")

    return router
