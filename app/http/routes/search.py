"""Search across all kinds, and completions for a search box."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.http.errors import problem_responses
from app.http.pagination import next_page
from app.http.parameters import Cursor, choice_of
from app.http.responses import ReaderDep, json_response
from app.http.routing import PrefixRouter, StrictRoute
from app.http.schemas import FacetOut, MetaOut, PageOut, ok
from app.model.catalogue import Catalogue
from app.model.record import Verification
from app.model.schema import Public, public
from app.query.filters.types import Whole
from app.query.fulltext.grammar import EXAMPLE, HELP, SearchText
from app.query.lists.parameters import MAX_LIMIT
from app.query.search.search import SearchQuery, search
from app.query.search.suggest import NameBeginning, suggest

KIND_HELP = "Only records of this kind. Repeat for several."


class SnippetOut(Public):
    """An excerpt of a text of the record, with the positions of the matches."""

    field: str = public("Name of the field that the text is from.", "summary")
    text: str = public("The excerpt as it was written, without markup.", "Peacekeepers and local personnel train together.")
    matches: list[list[int]] = public(
        "Start and end of each matching word, in Unicode characters of `text`; the end is exclusive.", [[33, 38]]
    )


class HitOut(Public):
    """A record that matches."""

    id: str = public("Id of the record.", "mechanism:joint-training")
    kind: str = public("Its kind.", "mechanism")
    slug: str = public("Its slug, as in paths.", "joint-training")
    name: str = public("Its name.", "Joint training")
    verification: Verification = public("Its status, computed from its citations.", "single_source")
    score: float = public("Relevance, comparable within one response only; 100 more if a name equals the query.", 105.1008)
    snippet: SnippetOut = public("The text that matches best.")


class FacetsOut(Public):
    """Number of matches per value. Each facet ignores the filter by its own field."""

    kind: list[FacetOut] = public("By kind, the most frequent first.", [{"value": "mission", "count": 3}])
    verification: list[FacetOut] = public("By verification, the most frequent first.", [{"value": "corroborated", "count": 3}])


class SearchOut(Public):
    """A page of matches, the best first."""

    data: list[HitOut] = public("The matches.")
    facets: FacetsOut = public("Counts; estimated if `page.total_is_exact` is false.")
    page: PageOut = public(
        "The position of the page. `total_is_exact` is false if so many records match that only some were ranked: first those "
        "with the words in a name."
    )
    suggestions: list[str] = public("If nothing matches: words to try instead.", [])
    meta: MetaOut = public("The data that the response was made from.")


class CompletionOut(Public):
    """A record with a name that completes the text."""

    id: str = public("Id of the record.", "mechanism:joint-training")
    kind: str = public("Its kind.", "mechanism")
    name: str = public("Its name.", "Joint training")
    match: str = public("The name, alias or acronym that matches.", "Joint training")


class SuggestOut(Public):
    """Completions: names that begin with the text first."""

    data: list[CompletionOut] = public("The completions, each record once.")
    meta: MetaOut = public("The data that the response was made from.")


def search_router(catalogue: Catalogue) -> APIRouter:
    """Return the search of a catalogue."""
    router = PrefixRouter(prefix="/v1/search", tags=["questions"], route_class=StrictRoute)
    Kinds = choice_of(tuple(catalogue.kinds), KIND_HELP)  # noqa: N806 - a type, known at run time

    @router.get(
        "",
        summary="Search all records",
        operation_id="list_search_results",
        responses=ok("The matches, the best first.", SearchOut) | problem_responses(422, 503),
        response_class=Response,
    )
    async def search_records(
        request: Request,
        reader: ReaderDep,
        q: Annotated[SearchText, Query(description=HELP, examples=[EXAMPLE])],
        kind: Kinds = (),  # type: ignore[valid-type] # known at run time
        verification: Annotated[
            list[Verification],
            Query(max_length=3, description="Only records of this status. Repeat for several.", examples=[["disputed"]]),
        ] = (),  # type: ignore[assignment] # FastAPI hands over a list
        limit: Annotated[Whole, Query(ge=1, le=MAX_LIMIT, description=f"Items on a page, 1 to {MAX_LIMIT}.", examples=[10])] = 20,
        cursor: Cursor = None,
    ) -> Response:
        """Full-text search in names, texts and link notes: exact names first, then by relevance."""
        async with reader.snapshot() as snapshot:
            results = await search(snapshot, catalogue, SearchQuery(q, kind, verification, limit, cursor))
        next_url, headers = next_page(request, results.next_cursor)
        page = {"limit": limit, "next": next_url, "total": results.total, "total_is_exact": results.is_exact}
        facets = {
            name: [{"value": value, "count": count} for value, count in counts.items()] for name, counts in results.facets.items()
        }
        content = {"data": results.items, "facets": facets, "page": page, "suggestions": results.suggestions}
        return json_response(content | {"meta": {"data_version": snapshot.data_version}}, snapshot.data_version, **headers)

    return router


def suggest_router(catalogue: Catalogue) -> APIRouter:
    """Return the completions of names of a catalogue."""
    router = PrefixRouter(prefix="/v1/suggest", tags=["questions"], route_class=StrictRoute)
    Kinds = choice_of(tuple(catalogue.kinds), KIND_HELP)  # noqa: N806 - a type, known at run time

    @router.get(
        "",
        summary="Complete a name",
        operation_id="list_suggestions",
        responses=ok("Records with a name that completes the text.", SuggestOut) | problem_responses(422, 503),
        response_class=Response,
    )
    async def suggest_records(
        reader: ReaderDep,
        q: Annotated[
            NameBeginning,
            Query(
                description="The text typed so far: the beginning of any word of a name, alias or acronym, and what follows it.",
                examples=["tra"],
            ),
        ],
        kind: Kinds = (),  # type: ignore[valid-type] # known at run time
        limit: Annotated[Whole, Query(ge=1, le=50, description="Maximum number of completions, 1 to 50.", examples=[5])] = 10,
    ) -> Response:
        """Records whose name, alias or acronym has words that begin with the text, for a search box."""
        async with reader.snapshot() as snapshot:
            completions = await suggest(snapshot, q, kind, limit)
        return json_response({"data": completions, "meta": {"data_version": snapshot.data_version}}, snapshot.data_version)

    return router
