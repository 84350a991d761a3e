"""What differs since a data version, so that a mirror fetches that and no more."""

from fastapi import APIRouter, Request, Response
from pydantic import create_model

from app.http.errors import problem_responses
from app.http.pagination import next_page
from app.http.query_params import asked, parameters
from app.http.responses import Reading, json_response
from app.http.schemas import PageOut, example_of, ok
from app.model.schema import Public, public
from app.query.changes import changes
from app.query.filters.types import Text
from app.query.lists.parameters import PageParameters, paging

MAX_CHANGES = 1000


class ChangedRecord(Public):
    """One record, source or country that is served otherwise than before."""

    id: str = public("Its id.", "mission:isaf")
    fields: list[str] = public("The fields of its detail that differ; `links` and `citations` are such fields.", ["summary"])


class ChangesOut(Public):
    """A page of what differs between two releases, by id; each id stands once, in one of the three lists."""

    since: str = public("The data version asked for.", "0faf87693c73")
    data_version: str = public("The data version that is served now: ask since this one next.", "3c3ab12c0847")
    added: list[str] = public("Ids that are new: `country:AFG` is at /v1/countries/AFG, `source:m49` at /v1/sources/m49.", [])
    changed: list[ChangedRecord] = public("What was there and is served otherwise now.")
    removed: list[str] = public("Ids that are no more.", [])
    page: PageOut = public("Where the page stands; `total` counts all three lists.")


class SinceParameters(PageParameters):
    """From when on."""

    since: Text = public("The data version that you hold, as `X-Data-Version` gave it.", "0faf87693c73")


ChangesParameters = create_model("ChangesParameters", __base__=SinceParameters, **paging(MAX_CHANGES, MAX_CHANGES))
router = APIRouter(tags=["questions"])


@router.get(
    "/v1/changes",
    summary="What differs since a data version",
    operation_id="get_changes",
    openapi_extra=parameters(lambda: ChangesParameters),
    responses=ok(ChangesOut, example_of(ChangesOut), "What differs.") | problem_responses(404, 422, 503),
    response_class=Response,
)
async def get_changes(request: Request, reader: Reading) -> Response:
    """Records, sources and countries that are new, are served otherwise, or are no more, whatever was in between.

    Where the version is unknown here or too old, the 404 says so and names in `near` those since which changes are known:
    fetch everything anew. Should a new release come between two pages, the cursor is refused: ask again from the first.
    """
    given = asked(ChangesParameters, request)
    async with reader.snapshot() as snapshot:
        made = await changes(snapshot, given.since, given.limit, given.cursor)
        url, headers = next_page(request, made.next_cursor)
        body = {"since": given.since, "data_version": snapshot.data_version}
        lists = {"added": made.added, "changed": made.changed, "removed": made.removed}
        page = {"page": {"limit": given.limit, "next": url, "total": made.total, "total_is_exact": True}}
        return json_response(body | lists | page, snapshot.data_version, **headers)
