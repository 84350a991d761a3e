"""The parameters of search and of completions, their kinds those of the catalogue. Knows nothing of where answers come from."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model

from app.model.catalogue import Catalogue
from app.model.record import Verification
from app.model.tokenizer import normalize
from app.query.filters.types import Text
from app.query.lists.parameters import MAX_CURSOR, MAX_LIMIT
from app.query.search.grammar import EXAMPLE, HELP, SearchText

KIND_HELP = "Only records of this kind; given again, any of them."


def _begins(text: str) -> str:
    if not normalize(text):
        raise ValueError("has no letter or digit: give the beginning of a word of a name")
    return text


class _OfKinds(BaseModel):
    model_config = ConfigDict(extra="forbid")

    if TYPE_CHECKING:
        kind: list[str]


class SearchParameters(_OfKinds):
    """What search is asked, beside the kinds."""

    q: SearchText = Field(description=HELP, examples=[EXAMPLE])
    verification: list[Verification] = Field(
        default_factory=list,
        max_length=3,
        description="Only records of this status; given again, any of them.",
        examples=[["disputed"]],
    )
    limit: int = Field(default=20, ge=1, le=MAX_LIMIT, description=f"Items on a page, 1 to {MAX_LIMIT}.", examples=[10])
    cursor: str | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_CURSOR,
        description="Where to go on: as in `page.next` of the same query.",
        examples=[None],
    )


class SuggestParameters(_OfKinds):
    """What completions are asked for, beside the kinds."""

    q: Annotated[Text, AfterValidator(_begins)] = Field(
        description="What has been typed: the beginning of any word of a name, alias or acronym, and what follows it.",
        examples=["tra"],
    )
    limit: int = Field(default=10, ge=1, le=50, description="Completions at most, 1 to 50.", examples=[5])


Model = TypeVar("Model", bound=_OfKinds)


def of_kinds(model: type[Model], catalogue: Catalogue) -> type[Model]:
    """The same parameters with `kind`, whose values the catalogue knows."""
    kinds: Any = Literal[tuple(catalogue.kinds)]
    limits: Any = Field(
        default=(), max_length=len(catalogue.kinds), description=KIND_HELP, examples=[[next(iter(catalogue.kinds))]]
    )
    return cast(type[Model], create_model(model.__name__, __base__=model, __doc__=model.__doc__, kind=(list[kinds], limits)))
