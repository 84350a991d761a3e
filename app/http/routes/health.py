"""Probes: whether the process lives, and whether it can answer."""

import logging
from typing import Literal

from fastapi import APIRouter, Request, Response

from app.database import readiness
from app.http.errors import not_ready, problem_responses
from app.http.query_params import NoParameters, asked
from app.http.responses import FRESH, Reading, json_response
from app.http.schemas import example_of, ok
from app.model.schema import Public, public
from app.telemetry.ending import IS_ENDING

PREFIX = "/health/"
ENDS = "this server is ending: ask another"

logger = logging.getLogger(__name__)


class Live(Public):
    """The process answers."""

    status: Literal["live"] = public("Always `live`.", "live")


class Ready(Public):
    """The database answers, has the schema that this version needs, and holds a release."""

    status: Literal["ready"] = public("Always `ready`; else the answer is a 503 that says what is missing.", "ready")
    data_version: str = public("Version of the data that is served.", "3c3ab12c0847")
    checks: dict[str, str] = public("What was looked at: each is `ok`.", {"database": "ok", "migrated": "ok", "release": "ok"})


def health_router(seconds: float) -> APIRouter:
    """The probes; the database has so long to answer."""
    router = APIRouter(prefix=PREFIX.rstrip("/"), tags=["service"])

    @router.get(
        "/live",
        summary="Is the process alive?",
        operation_id="get_live",
        response_class=Response,
        responses=ok(Live, example_of(Live), "It is.") | problem_responses(422, probe=True),
    )
    async def live(request: Request) -> Response:
        """Answers without looking at the database."""
        asked(NoParameters, request)
        return json_response({"status": "live"}, **FRESH)

    @router.get(
        "/ready",
        summary="Can it answer questions?",
        operation_id="get_ready",
        response_class=Response,
        responses=ok(Ready, example_of(Ready), "It can.") | problem_responses(422, 503, probe=True),
    )
    async def ready(request: Request, reader: Reading) -> Response:
        """Asks the database; where something is missing, or the server is ending, a 503 says so in `checks`."""
        asked(NoParameters, request)
        if IS_ENDING.is_set():
            return not_ready(request, ENDS, checks={"serving": ENDS})
        found = await readiness(reader, seconds)
        if found.missing:
            logger.warning("not ready: %s", found.missing)
            return not_ready(request, found.missing, checks=found.checks)
        return json_response({"status": "ready", "data_version": found.data_version, "checks": found.checks}, **FRESH)

    return router
