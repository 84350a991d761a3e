"""Search across all kinds, and completions for a search box."""

from fastapi import APIRouter, Request, Response

from app.http.errors import problem_responses
from app.http.pagination import next_page
from app.http.query_params import asked, parameters
from app.http.responses import Reading, json_response
from app.http.schemas import FacetOut, MetaOut, PageOut, example_of, ok
from app.model.catalogue import Catalogue
from app.model.record import Verification
from app.model.schema import Public, public
from app.query.search.parameters import SearchParameters, SuggestParameters, of_kinds
from app.query.search.search import search
from app.query.search.suggest import suggest


class SnippetOut(Public):
    """An excerpt of a text of the record, with the places of the words in it."""

    field: str = public("The field that the text stands in, as in the record's detail.", "summary")
    text: str = public("An excerpt as it was written, without markup.", "Peacekeepers and local personnel train together.")
    matches: list[list[int]] = public(
        "Start and end of each word found, in Unicode characters of `text`; the end is just after it.", [[33, 38]]
    )


class HitOut(Public):
    """A record that was found."""

    id: str = public("Id of the record.", "mechanism:joint-training")
    kind: str = public("Its kind.", "mechanism")
    slug: str = public("Its name in paths.", "joint-training")
    name: str = public("Its name.", "Joint training")
    verification: Verification = public("Its status, computed from its citations.", "single_source")
    score: float = public(
        "Relevance, to be compared within one answer only; 100 more where a name is just what is asked for.", 105.1008
    )
    snippet: SnippetOut = public("Where the words were found.")


class FacetsOut(Public):
    """How many records are found, each under all that is asked for except the facet's own parameter."""

    kind: list[FacetOut] = public("By kind, the most frequent first.", [{"value": "mission", "count": 3}])
    verification: list[FacetOut] = public("By verification, the most frequent first.", [{"value": "corroborated", "count": 3}])


class SearchOut(Public):
    """A page of what was found, the best first."""

    data: list[HitOut] = public("The records found.")
    facets: FacetsOut = public("How many there are of each sort; estimated where `page.total_is_exact` is false.")
    page: PageOut = public(
        "Where the page stands. `total_is_exact` is false where so many records match that only some were ranked: those that "
        "have the words in a name first."
    )
    suggestions: list[str] = public("Where nothing at all is found: words to try instead.", [])
    meta: MetaOut = public("What it was made from.")


class CompletionOut(Public):
    """A record whose name goes on so."""

    id: str = public("Id of the record.", "mechanism:joint-training")
    kind: str = public("Its kind.", "mechanism")
    name: str = public("Its name.", "Joint training")
    match: str = public("Which of its names, aliases or acronyms goes on so.", "Joint training")


class SuggestOut(Public):
    """Completions, names that begin so first."""

    data: list[CompletionOut] = public("The completions, each record once.")
    meta: MetaOut = public("What it was made from.")


def search_router(catalogue: Catalogue) -> APIRouter:
    """The search of all kinds of a catalogue."""
    router = APIRouter(prefix="/v1", tags=["questions"])
    _add_search(router, catalogue)
    _add_suggest(router, catalogue)
    return router


def _add_search(router: APIRouter, catalogue: Catalogue) -> None:
    model = of_kinds(SearchParameters, catalogue)

    @router.get(
        "/search",
        summary="Search all records",
        operation_id="list_search_results",
        openapi_extra=parameters(lambda: model),
        response_class=Response,
        responses=ok(SearchOut, example_of(SearchOut), "What was found, the best first.") | problem_responses(422, 503),
    )
    async def search_records(request: Request, reader: Reading) -> Response:
        """Records whose names, texts or notes on links say what is asked for: first those called so, then the most relevant."""
        given = asked(model, request)
        async with reader.snapshot() as snapshot:
            found = await search(snapshot, catalogue, given)
        next_url, headers = next_page(request, found.next_cursor)
        page = {"limit": given.limit, "next": next_url, "total": found.total, "total_is_exact": found.is_exact}
        facets = {
            name: [{"value": value, "count": number} for value, number in counts.items()] for name, counts in found.facets.items()
        }
        body = {"data": found.items, "facets": facets, "page": page, "suggestions": found.suggestions}
        return json_response(body | {"meta": {"data_version": snapshot.data_version}}, snapshot.data_version, **headers)


def _add_suggest(router: APIRouter, catalogue: Catalogue) -> None:
    model = of_kinds(SuggestParameters, catalogue)

    @router.get(
        "/suggest",
        summary="Complete a name",
        operation_id="list_suggestions",
        openapi_extra=parameters(lambda: model),
        response_class=Response,
        responses=ok(SuggestOut, example_of(SuggestOut), "Records with a name that begins so.") | problem_responses(422, 503),
    )
    async def suggest_records(request: Request, reader: Reading) -> Response:
        """Records with a word in their name, an alias or an acronym that begins so, for a search box."""
        given = asked(model, request)
        async with reader.snapshot() as snapshot:
            data = await suggest(snapshot, given)
        return json_response({"data": data, "meta": {"data_version": snapshot.data_version}}, snapshot.data_version)
