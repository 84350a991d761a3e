"""GET /v1/compare: records of one kind side by side, as JSON or as a matrix for a spreadsheet."""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.http.errors import problem_responses
from app.http.formats.tabular import csv_lines
from app.http.negotiation import chosen
from app.http.query_params import asked, parameters
from app.http.responses import Reading, json_response, text_response
from app.http.schemas import MetaOut, example_of, ok
from app.model.catalogue import Catalogue
from app.model.record import Verification
from app.model.schema import CitationOut, Public, public
from app.query.compare import compare
from app.query.filters.types import Text

OFFERED = {"json": "application/json", "csv": "text/csv"}
EXAMPLE = ["mission:isaf", "mission:unok"]
CSV_EXAMPLE = (
    "predicate,id,name,mission:isaf,mission:unok\r\n"
    "faced,challenge:insurgent-resistance,Insurgent resistance,"
    "ssr-article case-study-international-security-assistance-force-in-afghanistan:3.1,\r\n"
)


class CompareParameters(BaseModel):
    """What to compare."""

    model_config = ConfigDict(extra="forbid")

    id: list[Text] = Field(
        min_length=2,
        max_length=10,
        description="Id of a record; given again, the next: two to ten, all of one kind. An alias may stand for the slug.",
        examples=[EXAMPLE],
    )


class ComparedRecord(Public):
    """One of the records compared."""

    id: str = public("Id.", "mission:isaf")
    name: str = public("Name.", "International Security Assistance Force")


class ComparedField(Public):
    """One field of all records."""

    equal: bool | None = public(
        "Whether it is the same in all of them, lists in any order; null where a value that is unknown, or a date that is less "
        "precise, leaves it open.",
        False,
    )
    values: dict[str, Any] = public("Its value in each record, by id.", {"mission:isaf": "2001-12-20", "mission:unok": "1993"})


class SaidOut(Public):
    """What one record's link rests on."""

    verification: Verification = public("Status of the link, computed from its own citations.", "single_source")
    note: str | None = public("What ties the two here.", None)
    citations: list[CitationOut] = public("Where the link is said.")


SAID_EXAMPLE = example_of(SaidOut)


class TiedOut(Public):
    """A record that some of those compared are tied to."""

    id: str = public("Id.", "lesson:adapt-to-local-context")
    kind: str = public("Kind.", "lesson")
    name: str = public("Name.", "Adapt to the local context")
    of: dict[str, SaidOut] = public("The records compared that are tied to it, by id.", {"mission:isaf": SAID_EXAMPLE})


class SharesOut(Public):
    """What the records are tied to by one predicate."""

    shared_by_all: list[TiedOut] = public("All of the records are.", [])
    shared_by_some: list[TiedOut] = public("Two or more of them are, but not all.", [])
    only_one: list[TiedOut] = public("Just one of them is.")


class ComparisonOut(Public):
    """Records of one kind side by side."""

    kind: str = public("The kind that they are all of.", "mission")
    records: list[ComparedRecord] = public("The records, in the order asked for.")
    fields: dict[str, ComparedField] = public("Their own fields.", {"established": example_of(ComparedField)})
    links: dict[str, SharesOut] = public(
        "What they are tied to, by predicate, read from their end.", {"taught": example_of(SharesOut)}
    )
    meta: MetaOut = public("What it was made from.")


def compare_router(catalogue: Catalogue) -> APIRouter:
    """The comparison, and its matrix."""
    router = APIRouter(prefix="/v1", tags=["questions"])

    async def answer(request: Request, reader: Reading, suffix: str | None) -> Response:
        given = asked(CompareParameters, request)
        chosen_format = chosen(request, OFFERED, suffix)
        async with reader.snapshot() as snapshot:
            made = await compare(snapshot, catalogue, given.id)
            if chosen_format == "csv":
                return text_response(csv_lines(_matrix(made)).decode(), OFFERED["csv"], snapshot.data_version, Vary="Accept")
            body = made | {"meta": {"data_version": snapshot.data_version}}
            return json_response(body, snapshot.data_version, Vary="Accept")

    @router.get(
        "/compare",
        summary="Compare records of one kind",
        operation_id="get_comparison",
        openapi_extra=parameters(lambda: CompareParameters),
        responses=ok(ComparisonOut, example_of(ComparisonOut), "The comparison.", **{OFFERED["csv"]: CSV_EXAMPLE})
        | problem_responses(404, 406, 422, 503),
        response_class=Response,
    )
    async def get_comparison(request: Request, reader: Reading) -> Response:
        """Fields side by side and, by predicate, what all, some or one of the records are tied to; the matrix for `text/csv`."""
        return await answer(request, reader, None)

    @router.get(
        "/compare.csv",
        summary="Compare records of one kind, as CSV",
        operation_id="get_comparison_csv",
        openapi_extra=parameters(lambda: CompareParameters),
        responses=ok(None, None, "The matrix.", **{OFFERED["csv"]: CSV_EXAMPLE}) | problem_responses(404, 422, 503),
        response_class=Response,
    )
    async def get_comparison_csv(request: Request, reader: Reading) -> Response:
        """A row for each predicate and linked record; for each record compared, a column of the places that say so, by `;`."""
        return await answer(request, reader, "csv")

    return router


def _matrix(made: dict[str, Any]) -> Iterator[list[str]]:
    ids = [record["id"] for record in made["records"]]
    yield ["predicate", "id", "name", *ids]
    for predicate, groups in made["links"].items():
        for entry in sorted((entry for group in groups.values() for entry in group), key=lambda entry: str(entry["id"])):
            yield [predicate, entry["id"], entry["name"], *(_places(entry["of"].get(id_)) for id_ in ids)]


def _places(said: dict[str, Any] | None) -> str:
    """Source and place of each citation, a semicolon within one as a comma; empty where there is no link."""
    return ";".join(_place(cite).replace(";", ",") for cite in said["citations"]) if said else ""


def _place(cite: dict[str, Any]) -> str:
    place = f"{cite['source']} {cite['passage'] or cite['locator']}"
    return f"{place} (disputes)" if cite["stance"] == "disputes" else place
