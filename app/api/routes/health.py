"""Probes: whether the process lives, and whether it can answer."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from app.api.answering import Reading, json_response
from app.api.asked import NoParameters, asked
from app.api.conditional import NO_STORE
from app.api.problem import problem_responses
from app.api.schema import example_of, ok
from app.catalog.schema import public


class Live(BaseModel):
    """The process answers."""

    status: Literal["live"] = public("Always `live`.", "live")


class Ready(BaseModel):
    """The database answers and holds a release."""

    status: Literal["ready"] = public("Always `ready`; else the answer is a 503 that says what is missing.", "ready")
    data_version: str = public("Version of the data that is served.", "3c3ab12c0847")


router = APIRouter(prefix="/health", tags=["service"])


@router.get(
    "/live",
    summary="Is the process alive?",
    operation_id="get_live",
    response_class=Response,
    responses=ok(Live, example_of(Live), "It is.") | problem_responses(422),
)
async def live(request: Request) -> Response:
    """Answers without looking at the database."""
    asked(NoParameters, request.query_params)
    return json_response({"status": "live"})


@router.get(
    "/ready",
    summary="Can it answer questions?",
    operation_id="get_ready",
    response_class=Response,
    responses=ok(Ready, example_of(Ready), "It can.") | problem_responses(422, 503),
)
async def ready(request: Request, reader: Reading) -> Response:
    """Answers from the database; where it cannot, a 503 says what is missing."""
    asked(NoParameters, request.query_params)
    async with reader.snapshot() as snapshot:
        body = {"status": "ready", "data_version": snapshot.data_version}
        return json_response(body, snapshot.data_version, **{"Cache-Control": NO_STORE})
