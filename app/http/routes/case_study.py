"""The detail of a case study: JSON as for any other kind, or a Markdown document to read."""

from typing import Annotated, Any

import orjson
from fastapi import Request, Response

from app.database import Snapshot
from app.http.about import NAME, NOTICE
from app.http.errors import problem_responses
from app.http.formats.markdown import case_study_markdown
from app.http.negotiation import negotiate
from app.http.resources.lists import slug_path
from app.http.responses import ReaderDep, rendered_response, text_response
from app.http.routing import PrefixRouter, StrictRoute
from app.http.schemas import GENERATED, JSON, ok, text_content
from app.kinds.case_study import CASE_STUDIES
from app.query.bibliography import bibliography
from app.query.lists.detail import rendered_detail

MARKDOWN = "text/markdown"
OFFERED = {"json": JSON, "md": MARKDOWN}
EXAMPLE = """\
# International Security Assistance Force in Afghanistan

Status: **single source**

## Context

Set up in 2001, after the Taliban had fallen. [1]
"""

CaseStudySlug = Annotated[str, slug_path(CASE_STUDIES)]

router = PrefixRouter(prefix=f"/v1/{CASE_STUDIES.name}", tags=[CASE_STUDIES.name], route_class=StrictRoute)


@router.get(
    "/{slug}.md",
    summary="Get one case study as Markdown",
    operation_id="get_case_study_markdown",
    responses=ok("The case study.", **{MARKDOWN: text_content(EXAMPLE)}) | problem_responses(308, 404, 422, 503),
    response_class=Response,
)
async def get_case_study_markdown(slug: CaseStudySlug, reader: ReaderDep) -> Response:
    """Each statement with numbered citations, and a bibliography. An alias or former slug redirects."""
    async with reader.snapshot() as snapshot:
        return await _markdown(snapshot, await rendered_detail(snapshot, CASE_STUDIES, slug))


@router.get(
    "/{slug}",
    summary="Get one case study",
    operation_id="get_case_study",
    responses=ok("The case study.", GENERATED, **{MARKDOWN: text_content(EXAMPLE)}) | problem_responses(308, 404, 406, 422, 503),
    response_class=Response,
)
async def get_case_study(slug: CaseStudySlug, request: Request, reader: ReaderDep) -> Response:
    """One case study with everything that belongs to it, as JSON or Markdown. An alias or former slug redirects."""
    async with reader.snapshot() as snapshot:
        study = await rendered_detail(snapshot, CASE_STUDIES, slug)
        if negotiate(request, OFFERED) == "md":
            return await _markdown(snapshot, study)
        return rendered_response(study, snapshot.data_version)


async def _markdown(snapshot: Snapshot, rendered: str) -> Response:
    study: dict[str, Any] = orjson.loads(rendered)
    of_mission = [citation for link in study["links"].get("examines", []) for citation in link["citations"]]
    version = f"{NAME}, {study['id']} at data version {snapshot.data_version} of {snapshot.release.loaded_at.date()}. {NOTICE}"
    text = case_study_markdown(study, await bibliography(snapshot, [*study["citations"], *of_mission]), version)
    return text_response(text, MARKDOWN, snapshot.data_version)
