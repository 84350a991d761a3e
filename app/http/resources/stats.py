"""Statistics of a resource: counts by the values of one or two fields, as JSON and as CSV."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request, Response

from app.database import Reader, Snapshot
from app.http.errors import problem_responses
from app.http.formats.tabular import csv_lines
from app.http.negotiation import negotiate
from app.http.query_params import QueryForm
from app.http.responses import ReaderDep, json_response
from app.http.schemas import GENERATED, JSON, MetaOut, ok, path_of, text_content
from app.model.resource import Resource
from app.model.schema import Public, public
from app.query.lists.bound_filters import bind_filters
from app.query.lists.pages import listing_of
from app.query.lists.parameters import Parameters, StatsParameters

OFFERED = {"json": JSON, "csv": "text/csv"}
CSV_EXAMPLE = "status,count\r\nactive,3\r\n"

Suffix = Annotated[Literal["csv"], Path(alias="format", description="Format of the file.", examples=["csv"])]


class StatsOut(Public):
    """Number of records with each value, or with each combination of two values."""

    data: list[dict[str, Any]] = public(
        "A row for each combination: the values by the names in `group_by`, and `count`.", [{"status": "active", "count": 3}]
    )
    group_by: list[str] = public("The fields counted by.", ["status"])
    total: int = public("Number of records counted. One with several values counts under each of them.", 7)
    total_is_exact: bool = public("False if there are more than `total`.", True)
    counts_are_exact: bool = public("False if the counts are estimated from a sample.", True)
    truncated: bool = public("True if there are more combinations than rows.", False)
    meta: MetaOut = public("The data that the response was made from.")


def add_stats(router: APIRouter, resource: Resource, parameters: Parameters) -> None:
    """Add the counts: in the format that `Accept` prefers, and as CSV by suffix."""
    Params = Annotated[StatsParameters, Depends(QueryForm(lambda: parameters.stats))]  # noqa: N806 - a type

    async def respond(reader: Reader, params: StatsParameters, format_: str) -> Response:
        async with reader.snapshot() as snapshot:
            stats = await _stats(snapshot, resource, parameters, params)
        if format_ == "json":
            return json_response(stats | {"meta": {"data_version": snapshot.data_version}}, snapshot.data_version)
        header = [*stats["group_by"], "count"]
        lines = csv_lines([header, *([row[name] for name in header] for row in stats["data"])])
        return Response(lines, headers={"X-Data-Version": snapshot.data_version}, media_type=OFFERED["csv"])

    async def get_stats(request: Request, reader: ReaderDep, params: Params) -> Response:
        return await respond(reader, params, negotiate(request, OFFERED))

    async def get_stats_file(suffix: Suffix, reader: ReaderDep, params: Params) -> Response:
        return await respond(reader, params, suffix)

    title, name = resource.name.replace("-", " "), resource.name.replace("-", "_")
    csv = {OFFERED["csv"]: text_content(CSV_EXAMPLE)}
    description = (
        f"Counts of {title} by the values of one or two fields, under the same filters as the list. Values of an enumeration "
        "that no record has are listed with 0, unknown ones as null."
    )
    router.add_api_route(
        f"{path_of(resource)}/stats",
        get_stats,
        tags=[resource.name],
        summary=f"Count {title}",
        description=description,
        operation_id=f"get_{name}_stats",
        responses=ok("The counts.", GENERATED, **csv) | problem_responses(406, 422, 503),
        response_class=Response,
    )
    router.add_api_route(
        f"{path_of(resource)}/stats.{{format}}",
        get_stats_file,
        tags=[resource.name],
        summary=f"Count {title}, as a file",
        description=description,
        operation_id=f"export_{name}_stats",
        responses=ok("The counts.", **csv) | problem_responses(404, 422, 503),
        response_class=Response,
    )


async def _stats(snapshot: Snapshot, resource: Resource, parameters: Parameters, params: StatsParameters) -> dict[str, Any]:
    names = list(dict.fromkeys(params.group_by))
    bound_filters = await bind_filters(snapshot, parameters, params)
    listing = listing_of(resource, parameters, bound_filters)
    total, is_exact = await listing.total(snapshot, bound_filters.values)
    counter = listing.counter([parameters.groupings[name] for name in names])
    counts = await counter.counts(snapshot, bound_filters.values, total, is_exact=is_exact)
    rows = [dict(zip(names, values, strict=True)) | {"count": count} for values, count in counts.in_order()]
    about = {"total": total, "total_is_exact": is_exact, "counts_are_exact": counts.are_exact, "truncated": counts.truncated}
    return {"data": rows, "group_by": names} | about
