"""Probes: liveness and readiness."""

import logging
from typing import Literal

from fastapi import APIRouter, Request, Response

from app.database import check_readiness
from app.http.errors import not_ready, problem_responses
from app.http.responses import UNCACHED, ReaderDep, json_response
from app.http.routing import PrefixRouter, StrictRoute
from app.http.schemas import ok
from app.model.schema import Public, public

SHUTTING_DOWN = "this server is shutting down: ask another"

logger = logging.getLogger(__name__)


class Live(Public):
    """The process answers."""

    status: Literal["live"] = public("Always `live`.", "live")


class Ready(Public):
    """The database answers, has the schema that this version needs, and holds a release."""

    status: Literal["ready"] = public("Always `ready`; otherwise the response is a 503 that says what is missing.", "ready")
    data_version: str = public("Current version of the data.", "3c3ab12c0847")
    checks: dict[str, str] = public("The checks: each is `ok`.", {"database": "ok", "migrated": "ok", "release": "ok"})


def health_router(seconds: float) -> APIRouter:
    """Return the probes. The database has `seconds` to answer."""
    router = PrefixRouter(prefix="/health", tags=["service"], route_class=StrictRoute)

    @router.get(
        "/live",
        summary="Check that the process is alive",
        operation_id="get_live",
        responses=ok("It is.", Live) | problem_responses(422, probe=True),
        response_class=Response,
    )
    async def live() -> Response:
        """Answers without the database."""
        return json_response({"status": "live"}, **UNCACHED)

    @router.get(
        "/ready",
        summary="Check that requests can be answered",
        operation_id="get_ready",
        responses=ok("They can.", Ready) | problem_responses(422, 503, probe=True),
        response_class=Response,
    )
    async def ready(request: Request, reader: ReaderDep) -> Response:
        """Asks the database. If something is missing, or the server is shutting down, a 503 says so in `checks`."""
        if request.app.state.draining.is_set():
            return not_ready(request.scope, SHUTTING_DOWN, checks={"serving": SHUTTING_DOWN})
        result = await check_readiness(reader, seconds)
        if result.missing:
            logger.warning("not ready: %s", result.missing)
            return not_ready(request.scope, result.missing, checks=result.checks)
        return json_response({"status": "ready", "data_version": result.data_version, "checks": result.checks}, **UNCACHED)

    return router
