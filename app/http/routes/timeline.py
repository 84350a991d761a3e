"""The timeline: dates of every kind, in order."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.http.errors import problem_responses
from app.http.pagination import list_response
from app.http.responses import ReaderDep
from app.http.routing import PrefixRouter, StrictRoute
from app.http.schemas import MetaOut, PageOut, ok
from app.model.catalogue import Catalogue
from app.model.partial_date import PartialDate
from app.model.record import Verification
from app.model.schema import Public, public
from app.query.lists.timeline import entries, timeline_of


class TimelineEntry(Public):
    """One date of one record."""

    date: PartialDate = public("The date: ISO 8601, as precise as the source.", "2001-12-20")
    what: str = public("Name of the field that holds the date.", "established")
    id: str = public("Id of the record.", "mission:isaf")
    kind: str = public("Kind of the record.", "mission")
    name: str = public("Name of the record.", "International Security Assistance Force")
    verification: Verification = public(
        "Status of the field if citations concern it by name, else of the record; `disputed` if the record is.", "corroborated"
    )


class TimelineOut(Public):
    """A page of the timeline."""

    data: list[TimelineEntry] = public("The entries, by first day; a year before its months and days; then by id.")
    page: PageOut = public("The position of the page.")
    undated: int = public("Number of matching records that have no date and are left out.", 2)
    meta: MetaOut = public("The data that the response was made from.")


def timeline_router(catalogue: Catalogue) -> APIRouter:
    """Return the timeline of a catalogue."""
    router = PrefixRouter(prefix="/v1/timeline", tags=["questions"], route_class=StrictRoute)
    timeline = timeline_of(catalogue)
    Params: Any = Annotated[timeline.model, Query()]  # noqa: N806 - a type, known at run time

    @router.get(
        "",
        summary="List dates in order",
        operation_id="get_timeline",
        responses=ok("A page of the timeline.", TimelineOut) | problem_responses(422, 503),
        response_class=Response,
    )
    async def get_timeline(request: Request, reader: ReaderDep, params: Params) -> Response:
        """Every dated field of every kind: events, starts and ends of missions, adoption of resolutions.

        A date of reduced precision is a range of days; it is included if the range overlaps the one from `from` to `to`.
        """
        async with reader.snapshot() as snapshot:
            page, undated = await entries(snapshot, timeline, params)
            return list_response(request, snapshot, page, params, undated=undated)

    return router
