"""Records of one kind side by side, as JSON or as a matrix for a spreadsheet."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.database import Reader
from app.http.errors import problem_responses
from app.http.formats.tabular import citation_text, csv_lines, joined
from app.http.negotiation import negotiate
from app.http.responses import ReaderDep, json_response, text_response
from app.http.routing import PrefixRouter, StrictRoute
from app.http.schemas import JSON, MetaOut, ok, text_content
from app.model.catalogue import Catalogue
from app.model.record import Verification
from app.model.schema import CitationOut, Public, public
from app.query.compare import compare
from app.query.filters.types import Text

OFFERED = {"json": JSON, "csv": "text/csv"}
EXAMPLE = ["mission:isaf", "mission:unok"]
CSV_EXAMPLE = (
    "predicate,id,name,mission:isaf,mission:unok\r\n"
    "faced,challenge:insurgent-resistance,Insurgent resistance,"
    "ssr-article case-study-international-security-assistance-force-in-afghanistan:3.1,\r\n"
)


Ids = Annotated[
    list[Text],
    Query(
        min_length=2,
        max_length=10,
        description="Id of a record. Repeat for two to ten records of one kind. An alias may replace the slug.",
        examples=[EXAMPLE],
    ),
]


class ComparedRecord(Public):
    """One of the records compared."""

    id: str = public("Id.", "mission:isaf")
    name: str = public("Name.", "International Security Assistance Force")


class ComparedField(Public):
    """One field of all records."""

    equal: bool | None = public(
        "Whether all of them have the same value, lists in any order; null if an unknown value or a less precise date leaves "
        "that open.",
        False,
    )
    values: dict[str, Any] = public("Its value in each record, by id.", {"mission:isaf": "2001-12-20", "mission:unok": "1993"})


class ComparedLink(Public):
    """The link of one compared record."""

    verification: Verification = public("Status of the link, computed from its own citations.", "single_source")
    note: str | None = public("Why the two records are linked.", None)
    citations: list[CitationOut] = public("Sources for the link.")


class LinkedOut(Public):
    """A record that some of the compared ones are linked to."""

    id: str = public("Id.", "lesson:adapt-to-local-context")
    kind: str = public("Kind.", "lesson")
    name: str = public("Name.", "Adapt to the local context")
    of: dict[str, ComparedLink] = public("The links of the compared records to it, by their ids.")


class SharedLinks(Public):
    """The records that the compared ones are linked to by one predicate."""

    shared_by_all: list[LinkedOut] = public("Those that all are linked to.", [])
    shared_by_some: list[LinkedOut] = public("Those that two or more are linked to, but not all.", [])
    only_one: list[LinkedOut] = public("Those that only one is linked to.")


class ComparisonOut(Public):
    """Records of one kind side by side."""

    kind: str = public("Kind of the records.", "mission")
    records: list[ComparedRecord] = public("The records, in the order of the request.")
    fields: dict[str, ComparedField] = public("Their fields, by name.")
    links: dict[str, SharedLinks] = public("The records that they are linked to, by predicate as read from their end.")
    meta: MetaOut = public("The data that the response was made from.")


def compare_router(catalogue: Catalogue) -> APIRouter:
    """Return the routes of the comparison and its matrix."""
    router = PrefixRouter(prefix="/v1/compare", tags=["questions"], route_class=StrictRoute)

    async def respond(reader: Reader, ids: list[str], format_: str) -> Response:
        async with reader.snapshot() as snapshot:
            comparison = await compare(snapshot, catalogue, ids)
            if format_ == "csv":
                return text_response(csv_lines(_matrix(comparison)).decode(), OFFERED["csv"], snapshot.data_version)
            return json_response(comparison | {"meta": {"data_version": snapshot.data_version}}, snapshot.data_version)

    @router.get(
        "",
        summary="Compare records of one kind",
        operation_id="get_comparison",
        responses=ok("The comparison.", ComparisonOut, **{OFFERED["csv"]: text_content(CSV_EXAMPLE)})
        | problem_responses(404, 406, 422, 503),
        response_class=Response,
    )
    async def get_comparison(request: Request, reader: ReaderDep, id: Ids) -> Response:
        """Fields side by side and, by predicate, the records that all, some or one of them are linked to. CSV is the matrix."""
        return await respond(reader, id, negotiate(request, OFFERED))

    @router.get(
        ".csv",
        summary="Compare records of one kind, as CSV",
        operation_id="get_comparison_csv",
        responses=ok("The matrix.", **{OFFERED["csv"]: text_content(CSV_EXAMPLE)}) | problem_responses(404, 422, 503),
        response_class=Response,
    )
    async def get_comparison_csv(reader: ReaderDep, id: Ids) -> Response:
        """A row for each predicate and linked record, a column for each compared record with the citations, joined by `;`."""
        return await respond(reader, id, "csv")

    return router


def _matrix(comparison: dict[str, Any]) -> Iterator[list[str]]:
    ids = [record["id"] for record in comparison["records"]]
    yield ["predicate", "id", "name", *ids]
    for predicate, groups in comparison["links"].items():
        for entry in sorted((entry for group in groups.values() for entry in group), key=lambda entry: str(entry["id"])):
            yield [predicate, entry["id"], entry["name"], *(_citations(entry["of"].get(id_)) for id_ in ids)]


def _citations(link: dict[str, Any] | None) -> str:
    """Return the citations of a link as one cell, empty without a link."""
    return joined(citation_text(citation) for citation in link["citations"]) if link else ""
