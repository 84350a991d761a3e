"""Citing records at a data version, and the sources that they rest on."""

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response

from app.database import Snapshot
from app.http.about import NAME, NOTICE
from app.http.errors import problem_responses
from app.http.formats import references
from app.http.formats.references import Reference
from app.http.negotiation import negotiate
from app.http.responses import ReaderDep, text_response
from app.http.routing import PrefixRouter, StrictRoute
from app.http.schemas import ok, text_content
from app.model.catalogue import Catalogue
from app.query.bibliography import cited_records, sources_of
from app.query.filters.types import Text
from app.query.identify import identify
from app.query.lists.parameters import MAX_VALUES

OFFERED = {
    "text": "text/plain",
    "bibtex": "application/x-bibtex",
    "ris": "application/x-research-info-systems",
    "csl-json": "application/vnd.citationstyles.csl+json",
}
WRITERS = {"text": references.text, "bibtex": references.bibtex, "ris": references.ris, "csl-json": references.csl_json}


EXAMPLE = [
    Reference(
        key="casebook-mission-isaf",
        type="record",
        title="International Security Assistance Force",
        container=NAME,
        publisher=NAME,
        version="3c3ab12c0847",
        issued="2026-11-23",
        url="https://casebook.example/v1/missions/isaf",
        note=f"Record mission:isaf, corroborated. {NOTICE}",
    )
]


def cite_router(catalogue: Catalogue) -> APIRouter:
    """Return the route of references to records."""
    router = PrefixRouter(prefix="/v1/cite", tags=["questions"], route_class=StrictRoute)
    contents = {media_type: text_content(WRITERS[name](EXAMPLE)) for name, media_type in OFFERED.items()}
    contents[OFFERED["csl-json"]] = {
        "schema": {"type": "array", "items": {"type": "object"}, "description": "Items of CSL-JSON."},
        "example": orjson.loads(WRITERS["csl-json"](EXAMPLE)),
    }

    @router.get(
        "",
        summary="Cite records",
        operation_id="get_references",
        responses=ok("The records, in the order of the request, then their sources.", **contents)
        | problem_responses(404, 406, 422, 503),
        response_class=Response,
    )
    async def get_references(
        request: Request,
        reader: ReaderDep,
        id: Annotated[
            list[Text],
            Query(
                min_length=1,
                max_length=MAX_VALUES,
                description="Id of a record. Repeat for several; each is cited once. An alias may replace the slug.",
                examples=[["mission:isaf"]],
            ),
        ],
        format: Annotated[
            Literal["text", "bibtex", "ris", "csl-json"] | None,
            Query(description="Format of the references; without it, `Accept` decides.", examples=["bibtex"]),
        ] = None,
    ) -> Response:
        """Records at this data version, dated by its release, then each source that they or their links rest on."""
        format_ = format or negotiate(request, OFFERED)
        async with reader.snapshot() as snapshot:
            references_ = await _references(snapshot, catalogue, id, str(request.base_url))
            return text_response(WRITERS[format_](references_), OFFERED[format_], snapshot.data_version)

    return router


async def _references(snapshot: Snapshot, catalogue: Catalogue, ids: list[str], base_url: str) -> list[Reference]:
    """Return references to records and their sources, with four statements, that of the release among them."""
    found = await identify(snapshot, catalogue, ids)
    numbers = list(dict.fromkeys(number for _, number in found))
    known = await cited_records(snapshot, numbers)
    own = [_to_record(known[number], catalogue, snapshot, base_url) for number in numbers]
    return [*own, *(_to_source(source) for source in await sources_of(snapshot, numbers))]


def _to_record(record: dict[str, Any], catalogue: Catalogue, snapshot: Snapshot, base_url: str) -> Reference:
    kind, slug = record["kind"], record["slug"]
    return Reference(
        key=f"casebook-{kind}-{slug}",
        type="record",
        title=record["name"],
        container=NAME,
        publisher=NAME,
        version=snapshot.data_version,
        issued=str(snapshot.release.loaded_at.date()),
        url=f"{base_url}v1/{catalogue.kinds[kind].name}/{slug}",
        note=f"Record {kind}:{slug}, {record['verification'].replace('_', ' ')}. {NOTICE}",
    )


def _to_source(source: dict[str, Any]) -> Reference:
    terms = [f"Licence: {source['licence']}"] if source["licence"] else []
    terms += [f"Attribution: {source['attribution']}"] if source["attribution"] else []
    return Reference(
        key=f"casebook-source-{source['slug']}",
        type=source["kind"],
        title=source["name"],
        publisher=source["publisher"],
        issued=source["published"],
        url=source["url"],
        note=". ".join(terms) or None,
    )
