"""Metrics, for Prometheus to fetch. They are for who runs the service, so they are not in the OpenAPI document."""

from datetime import datetime

from fastapi import FastAPI, Request, Response

from app.database import Reader
from app.http.query_params import NoParameters, asked
from app.http.responses import FRESH, reader_of
from app.model.error import NotReady
from app.telemetry.worker_files import Workers

PATH = "/metrics"


def serve_metrics(app: FastAPI, workers: Workers) -> None:
    """GET /metrics, with the numbers of all workers."""

    async def metrics(request: Request) -> Response:
        asked(NoParameters, request)
        from app.telemetry.exposition import exposition  # noqa: PLC0415 - what writes them is for who fetches them

        release = await _release(await reader_of(request))
        body, media_type = exposition(request.headers.get("accept", ""), workers.together(), release)
        return Response(body, headers=FRESH | {"Content-Type": media_type})

    app.add_route(PATH, metrics, methods=["GET"])


async def _release(reader: Reader) -> tuple[str, datetime] | None:
    """Its version, and when it was loaded. None where the database does not answer: what was counted is to be had all the
    same.
    """
    try:
        version = await reader.current_version()
    except NotReady:
        return None
    return version, reader.loaded_at[version]
