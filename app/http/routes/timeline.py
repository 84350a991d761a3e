"""The timeline: what happened, began, ended or was adopted, of every kind that has dates, in order."""

from fastapi import APIRouter, Request, Response

from app.http.errors import problem_responses
from app.http.pagination import list_response
from app.http.query_params import asked, parameters
from app.http.responses import Reading
from app.http.schemas import MetaOut, PageOut, example_of, ok
from app.model.catalogue import Catalogue
from app.model.partial_date import PartialDate
from app.model.record import Verification
from app.model.schema import Public, public
from app.query.lists.timeline import entries, timeline_of


class TimelineEntry(Public):
    """One date of one record."""

    date: PartialDate = public("When: ISO 8601, as precise as the source.", "2001-12-20")
    what: str = public("The field of the record that holds the date.", "established")
    id: str = public("Id of the record.", "mission:isaf")
    kind: str = public("Kind of the record.", "mission")
    name: str = public("Name of the record.", "International Security Assistance Force")
    verification: Verification = public(
        "Status of that field where citations speak of it by name, else of the record; `disputed` where the record is.",
        "corroborated",
    )


class TimelineOut(Public):
    """A page of the timeline."""

    data: list[TimelineEntry] = public("The entries, by first day; a year before its months and days; then by id.")
    page: PageOut = public("Where the page stands.")
    undated: int = public("Records of what was asked for, whenever, that have no date and so are left out.", 2)
    meta: MetaOut = public("What it was made from.")


def timeline_router(catalogue: Catalogue) -> APIRouter:
    """The timeline of a catalogue."""
    router = APIRouter(tags=["questions"])
    timeline = timeline_of(catalogue)

    @router.get(
        "/v1/timeline",
        summary="What happened when",
        operation_id="get_timeline",
        openapi_extra=parameters(lambda: timeline.model),
        responses=ok(TimelineOut, example_of(TimelineOut), "A page of the timeline.") | problem_responses(422, 503),
        response_class=Response,
    )
    async def get_timeline(request: Request, reader: Reading) -> Response:
        """Every dated field of every kind in one order: events, missions' beginnings and ends, resolutions' adoption.

        A date of reduced precision means a range of days and is in where that overlaps the one from `from` to `to`.
        """
        given = asked(timeline.model, request)
        async with reader.snapshot() as snapshot:
            page, undated = await entries(snapshot, timeline, given)
            return list_response(request, snapshot, page, given, undated=undated)

    return router
