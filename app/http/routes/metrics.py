"""Metrics for Prometheus. They are for operators, so they are not in the OpenAPI document."""

from datetime import datetime

from fastapi import APIRouter, Request, Response

from app.database import Reader
from app.http.responses import UNCACHED, ReaderDep
from app.http.routing import StrictRoute
from app.model.error import NotReady
from app.telemetry.worker_files import WorkerFiles

PATH = "/metrics"


def metrics_router(workers: WorkerFiles) -> APIRouter:
    """Return the route of the metrics of all workers."""
    router = APIRouter(route_class=StrictRoute)

    @router.get(PATH, include_in_schema=False, response_class=Response)
    async def get_metrics(request: Request, reader: ReaderDep) -> Response:
        from app.telemetry.exposition import render_metrics  # noqa: PLC0415 - slow to import, and not every server is scraped

        content, media_type = render_metrics(request.headers.get("accept", ""), workers.combined(), await _release(reader))
        return Response(content, headers=UNCACHED | {"Content-Type": media_type})

    return router


async def _release(reader: Reader) -> tuple[str, datetime] | None:
    """Return version and loading time of the current release; None if the database does not answer, for the counts remain."""
    try:
        version = await reader.current_version()
    except NotReady:
        return None
    return version, reader.loaded_at[version]
