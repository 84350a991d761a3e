"""GET /v1/cite: how to cite records as they are at this data version, and the sources that they rest on."""

from typing import Any, Literal

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.database import Snapshot
from app.http.about import NAME, NOTICE
from app.http.errors import problem_responses
from app.http.formats import references
from app.http.formats.references import Reference
from app.http.negotiation import chosen
from app.http.query_params import asked, parameters
from app.http.responses import Reading, text_response
from app.http.schemas import ok
from app.model.catalogue import Catalogue
from app.query.bibliography import records, sources_of
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


class CiteParameters(BaseModel):
    """What to cite, and how."""

    model_config = ConfigDict(extra="forbid")

    id: list[Text] = Field(
        min_length=1,
        max_length=MAX_VALUES,
        description="Id of a record; given again, the next. An alias may stand for the slug; a record is cited once.",
        examples=[["mission:isaf"]],
    )
    format: Literal["text", "bibtex", "ris", "csl-json"] | None = Field(
        default=None, description="Format of the answer; `Accept` decides where it is left out.", examples=["bibtex"]
    )


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
    """References to records."""
    router = APIRouter(prefix="/v1", tags=["questions"])
    examples = {media_type: WRITERS[name](EXAMPLE) for name, media_type in OFFERED.items()}
    documented: dict[Any, Any] = ok(None, None, "The records, in the order asked for, then their sources.", **examples)
    documented[200]["content"][OFFERED["csl-json"]] = {
        "schema": {"type": "array", "items": {"type": "object"}, "description": "Items of CSL-JSON."},
        "example": orjson.loads(examples[OFFERED["csl-json"]]),
    }

    @router.get(
        "/cite",
        summary="Cite records",
        operation_id="get_references",
        openapi_extra=parameters(lambda: CiteParameters),
        responses=documented | problem_responses(404, 406, 422, 503),
        response_class=Response,
    )
    async def get_references(request: Request, reader: Reading) -> Response:
        """Records at this data version, dated by its release, then each source that they or their links rest on."""
        given = asked(CiteParameters, request)
        chosen_format = chosen(request, OFFERED, given.format)
        async with reader.snapshot() as snapshot:
            made = await _references(snapshot, catalogue, given.id, str(request.base_url))
            return text_response(WRITERS[chosen_format](made), OFFERED[chosen_format], snapshot.data_version, Vary="Accept")

    return router


async def _references(snapshot: Snapshot, catalogue: Catalogue, ids: list[str], base_url: str) -> list[Reference]:
    """Four statements with that of the release."""
    found = await identify(snapshot, catalogue, ids)
    numbers = list(dict.fromkeys(number for _, number in found))
    known = await records(snapshot, numbers)
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
