"""The detail of a case study: JSON like any other, or the whole of it as Markdown for a reader."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Request, Response

from app.database import Snapshot
from app.http.about import NAME, NOTICE
from app.http.errors import problem_responses
from app.http.formats.markdown import case_study_markdown
from app.http.negotiation import chosen
from app.http.query_params import NoParameters, asked
from app.http.resources.lists import MAX_NAME, NAME_PATTERN
from app.http.responses import Reading, text_response, written_response
from app.http.schemas import example_of, ok
from app.kinds.case_study import CASE_STUDIES
from app.query.bibliography import bibliography
from app.query.lists.detail import written

OFFERED = {"json": "application/json", "md": "text/markdown"}
MARKDOWN_EXAMPLE = """\
# International Security Assistance Force in Afghanistan

Status: **single source**

## Context

Set up in 2001, after the Taliban had fallen. [1]
"""

CaseStudySlug = Annotated[
    str,
    Path(description="Slug of the case study.", examples=[CASE_STUDIES.example], max_length=MAX_NAME, pattern=NAME_PATTERN),
]

router = APIRouter(prefix=f"/v1/{CASE_STUDIES.name}", tags=[CASE_STUDIES.name])


@router.get(
    "/{slug}.md",
    summary="Get one case study as Markdown",
    operation_id="get_case_study_markdown",
    responses=ok(None, None, "The case study.", **{OFFERED["md"]: MARKDOWN_EXAMPLE}) | problem_responses(308, 404, 422, 503),
    response_class=Response,
)
async def get_case_study_markdown(slug: CaseStudySlug, request: Request, reader: Reading) -> Response:
    """Each statement with the numbers of its citations, and a bibliography. An alias or former slug redirects."""
    return await _answer(slug, request, reader, "md")


@router.get(
    "/{slug}",
    summary="Get one case study",
    operation_id="get_case_study",
    responses=ok(CASE_STUDIES.schema, example_of(CASE_STUDIES.schema), "The case study.", **{OFFERED["md"]: MARKDOWN_EXAMPLE})
    | problem_responses(308, 404, 406, 422, 503),
    response_class=Response,
)
async def get_case_study(slug: CaseStudySlug, request: Request, reader: Reading) -> Response:
    """One case study with all that belongs to it; Markdown for `text/markdown`. An alias or former slug redirects."""
    return await _answer(slug, request, reader, None)


async def _answer(slug: str, request: Request, reader: Reading, suffix: str | None) -> Response:
    asked(NoParameters, request)
    chosen_format = chosen(request, OFFERED, suffix)
    async with reader.snapshot() as snapshot:
        study = await written(snapshot, CASE_STUDIES, slug)
        if chosen_format == "md":
            text = await _markdown(snapshot, orjson.loads(study))
            return text_response(text, OFFERED["md"], snapshot.data_version, Vary="Accept")
        return written_response(study, snapshot.data_version, Vary="Accept")


async def _markdown(snapshot: Snapshot, study: dict[str, Any]) -> str:
    examined = [cite for link in study["links"].get("examines", []) for cite in link["citations"]]
    version = f"{NAME}, {study['id']} at data version {snapshot.data_version} of {snapshot.release.loaded_at.date()}. {NOTICE}"
    return case_study_markdown(study, await bibliography(snapshot, [*study["citations"], *examined]), version)
