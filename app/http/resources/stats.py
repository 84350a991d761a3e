"""Counts of a resource's records by the values of one or two fields, as JSON and as CSV."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response

from app.database import Reader, Snapshot
from app.http.errors import problem_responses
from app.http.formats.tabular import csv_lines
from app.http.negotiation import chosen
from app.http.query_params import asked, parameters
from app.http.responses import Reading, json_response
from app.http.schemas import MetaOut, example_of, ok
from app.model.resource import Resource
from app.model.schema import Public, public
from app.query.filters.bound_filters import bind_filters
from app.query.lists.pages import listing_of
from app.query.lists.parameters import Parameters, StatsParameters

OFFERED = {"json": "application/json", "csv": "text/csv"}


Suffix = Annotated[Literal["csv"], Path(alias="format", description="Format of the file.", examples=["csv"])]
EXAMPLE = [{"status": "active", "count": 3}]


class StatsOut(Public):
    """How many records there are of each value, or of each combination of two."""

    data: list[dict[str, Any]] = public("One row a combination: the values by the names asked for, and `count`.", EXAMPLE)
    group_by: list[str] = public("What was counted by.", ["status"])
    total: int = public("Records counted; one with several values counts under each of them.", 7)
    total_is_exact: bool = public("False where there are more than `total`.", True)
    counts_are_exact: bool = public("Whether each count is; false where they are estimated from a sample of many records.", True)
    truncated: bool = public("Whether there are more combinations than are shown.", False)
    meta: MetaOut = public("What it was made from.")


def add_stats(router: APIRouter, resource: Resource, known: Parameters) -> None:
    """GET the counts, by path and `Accept` or by suffix."""

    async def answer(request: Request, reader: Reader, format_: str) -> Response:
        given = asked(known.stats, request)
        async with reader.snapshot() as snapshot:
            body = await _stats(snapshot, resource, known, given)
        if format_ == "json":
            return json_response(body | {"meta": {"data_version": snapshot.data_version}}, snapshot.data_version)
        header = [*body["group_by"], "count"]
        lines = csv_lines([header, *([row[name] for name in header] for row in body["data"])])
        return Response(lines, headers={"X-Data-Version": snapshot.data_version}, media_type=OFFERED["csv"])

    async def get_stats(request: Request, reader: Reading) -> Response:
        return await answer(request, reader, chosen(request, OFFERED))

    async def get_stats_file(suffix: Suffix, request: Request, reader: Reading) -> Response:
        return await answer(request, reader, suffix)

    what, name = resource.name.replace("-", " "), resource.name.replace("-", "_")
    csv = {OFFERED["csv"]: "status,count\r\nactive,3\r\n"}
    as_either = ok(StatsOut, example_of(StatsOut), "The counts.", **csv) | problem_responses(406, 422, 503)
    as_csv = ok(None, None, "The counts.", **csv) | problem_responses(404, 422, 503)
    shared: dict[str, Any] = {
        "description": f"Counts of {what} by the values of one or two fields, under the same filters as the list. "
        "Values that no record has are shown with 0, unknown ones as null.",
        "openapi_extra": parameters(lambda: known.stats),
        "response_class": Response,
    }
    router.add_api_route(
        "/stats", get_stats, summary=f"Count {what}", operation_id=f"get_{name}_stats", responses=as_either, **shared
    )
    router.add_api_route(
        "/stats.{format}",
        get_stats_file,
        summary=f"Count {what}, as a file",
        operation_id=f"export_{name}_stats",
        responses=as_csv,
        **shared,
    )


async def _stats(snapshot: Snapshot, resource: Resource, known: Parameters, given: StatsParameters) -> dict[str, Any]:
    by = list(dict.fromkeys(given.group_by))
    bound_filters = await bind_filters(snapshot, known, given)
    listing = listing_of(resource, known, bound_filters)
    total, exact = await listing.total(snapshot, bound_filters.values)
    counting = listing.counting([known.groupings[name] for name in by])
    counts = await counting.counts(snapshot, bound_filters.values, total, is_exact=exact)
    rows = [dict(zip(by, values, strict=True)) | {"count": number} for values, number in counts.in_order()]
    of = {"total": total, "total_is_exact": exact, "counts_are_exact": counts.are_exact, "truncated": counts.truncated}
    return {"data": rows, "group_by": by} | of
