"""Changes since a data version, from which a mirror knows what to fetch again."""

from typing import Annotated

from fastapi import Query, Request, Response

from app.http.errors import problem_responses
from app.http.pagination import next_page
from app.http.parameters import Cursor
from app.http.responses import ReaderDep, json_response
from app.http.routing import PrefixRouter, StrictRoute
from app.http.schemas import PageOut, ok
from app.model.schema import Public, public
from app.query.changes import changes
from app.query.filters.types import Text, Whole

MAX_CHANGES = 1000


class ChangedRecord(Public):
    """A record, source or country that changed."""

    id: str = public("Its id.", "mission:isaf")
    fields: list[str] = public("The fields of its detail that changed, `links` and `citations` among them.", ["summary"])


class ChangesOut(Public):
    """A page of the changes between two releases, by id. Each id is in one of the three lists."""

    since: str = public("The data version in the request.", "0faf87693c73")
    data_version: str = public("The current data version: ask for changes since this one next.", "3c3ab12c0847")
    added: list[str] = public("Ids that are new: `country:AFG` is at /v1/countries/AFG, `source:m49` at /v1/sources/m49.", [])
    changed: list[ChangedRecord] = public("Records that changed.")
    removed: list[str] = public("Ids that were removed.", [])
    page: PageOut = public("The position of the page; `total` counts all three lists.")


router = PrefixRouter(prefix="/v1/changes", tags=["questions"], route_class=StrictRoute)


@router.get(
    "",
    summary="List changes since a data version",
    operation_id="get_changes",
    responses=ok("The changes.", ChangesOut) | problem_responses(404, 422, 503),
    response_class=Response,
)
async def get_changes(
    request: Request,
    reader: ReaderDep,
    since: Annotated[
        Text, Query(description="The data version that you have, from `X-Data-Version`.", examples=["0faf87693c73"])
    ],
    limit: Annotated[
        Whole, Query(ge=1, le=MAX_CHANGES, description=f"Items on a page, 1 to {MAX_CHANGES}.", examples=[10])
    ] = MAX_CHANGES,
    cursor: Cursor = None,
) -> Response:
    """Records, sources and countries added, changed or removed since a data version.

    For a version that is unknown or too old, the 404 lists in `near` those since which changes are known: fetch everything
    again. If a release is loaded between two pages, the cursor is refused: start again from the first page.
    """
    async with reader.snapshot() as snapshot:
        found = await changes(snapshot, since, limit, cursor)
        url, headers = next_page(request, found.next_cursor)
        versions = {"since": since, "data_version": snapshot.data_version}
        lists = {"added": found.added, "changed": found.changed, "removed": found.removed}
        page = {"page": {"limit": limit, "next": url, "total": found.total, "total_is_exact": True}}
        return json_response(versions | lists | page, snapshot.data_version, **headers)
