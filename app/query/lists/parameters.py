"""The parameters of a resource's list: one Pydantic model that owns every one of them, and the filters behind it.

Knows nothing of where the values come from.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, cast, get_args

from pydantic import BaseModel, ConfigDict, Field, create_model

from app.model.catalogue import Catalogue
from app.model.resource import Resource
from app.query.filters.declared import filters
from app.query.filters.filter import Filter
from app.query.filters.types import Whole
from app.query.lists.grouping import Grouping, groupings
from app.query.lists.lru import LRU

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
MAX_VALUES = 50
MAX_IDS = 200
MAX_CURSOR = 2_000
MAX_LISTINGS = 500
INCLUDE_EVIDENCE = ("links", "citations")
CHOICES = {"sort", "fields", "include", "facet"}
"""Parameters that take any of some names, other ones for each list."""

Form = TypeVar("Form", bound=BaseModel)


class PageParameters(BaseModel):
    """The parameters of whatever comes page by page: its own, then `limit` and `cursor`."""

    model_config = ConfigDict(extra="forbid")

    if TYPE_CHECKING:
        limit: int
        cursor: str | None


class ListParameters(PageParameters):
    """A list's parameters: its filters, then `sort`, `limit`, `cursor`, `fields` and, where it has any, `facet` and `include`."""

    if TYPE_CHECKING:
        sort: list[str]
        fields: list[str]


class ExportParameters(BaseModel):
    """The parameters of a whole list: those of its pages, without what belongs to pages."""

    model_config = ConfigDict(extra="forbid")

    if TYPE_CHECKING:
        sort: list[str]
        fields: list[str]


class StatsParameters(BaseModel):
    """The filters of a list, and what to count by."""

    model_config = ConfigDict(extra="forbid")

    if TYPE_CHECKING:
        group_by: list[str]


def paging(default: int = DEFAULT_LIMIT, most: int = MAX_LIMIT) -> dict[str, Any]:
    """`limit` and `cursor`, for a model that is made."""
    return {
        "limit": (
            Annotated[Whole, Field(ge=1, le=most)],
            Field(default=default, description=f"Items on a page, 1 to {most}.", examples=[10]),
        ),
        "cursor": (
            Annotated[str, Field(min_length=1, max_length=MAX_CURSOR)] | None,
            Field(default=None, description="Where to go on: as in `page.next` of the same query.", examples=[None]),
        ),
    }


@dataclass(frozen=True)
class Parameters:
    """The parameters of one resource's list, in the forms in which it is answered, and what is behind them.

    Forms are made when they are first asked for: all of all resources take longer than everything else at the start.
    """

    resource: Resource
    filters: Mapping[str, Filter]
    groupings: Mapping[str, Grouping]
    listings: LRU[Any] = field(default_factory=lambda: LRU(MAX_LISTINGS), compare=False)
    """The statements that were made for it, by the shape of what was asked."""

    @cached_property
    def model(self) -> type[ListParameters]:
        """Of a page of the list."""
        return self._form(ListParameters, "List", _whole(self.resource) | _page(tuple(self.groupings)))

    @cached_property
    def export(self) -> type[ExportParameters]:
        """Of the whole list."""
        return self._form(ExportParameters, "Export", _whole(self.resource))

    @cached_property
    def stats(self) -> type[StatsParameters]:
        """Of its counts."""
        return self._form(StatsParameters, "Stats", {"group_by": _counted(tuple(self.groupings))} if self.groupings else {})

    def _form(self, base: type[Form], what: str, shaping: dict[str, Any]) -> type[Form]:
        narrowing: dict[str, Any] = {name: _parameter(filter_) for name, filter_ in self.filters.items()}
        title = self.resource.name.title().replace("-", "")
        return cast(type[Form], create_model(f"{title}{what}Parameters", __base__=base, **(narrowing | shaping)))


def list_parameters(resource: Resource, catalogue: Catalogue) -> Parameters:
    """The parameters of a resource's list, made from its declaration."""
    return Parameters(resource, filters(resource, catalogue), groupings(resource))


def includes(resource: Resource) -> tuple[str, ...]:
    """What `include=` adds to the items of a list."""
    return (*resource.include, *(INCLUDE_EVIDENCE if resource.is_record else ()))


def sortable(resource: Resource) -> tuple[str, ...]:
    """The fields that a list can be sorted by."""
    return tuple(name for name, field in resource.fields.items() if field.sort is not False)


def shared_by(all_of: Sequence[type[BaseModel]]) -> type[BaseModel]:
    """What every one of these forms takes; of choices what any of them has, the most common first."""
    first = all_of[0].model_fields
    common = [name for name in first if all(name in form.model_fields for form in all_of)]
    fields: dict[str, Any] = {name: (first[name].annotation, first[name]) for name in common}
    for name in CHOICES & set(common):
        numbers = Counter(chain(*(get_args(get_args(form.model_fields[name].annotation)[0]) for form in all_of)))
        fields[name] = choices(tuple(choice for choice, _ in numbers.most_common()), first[name].description or "")
    return create_model("SharedParameters", **fields)


def _parameter(filter_: Filter) -> Any:
    if filter_.many:
        limits: Any = Field(
            default=(), max_length=MAX_IDS if filter_.ids else MAX_VALUES, description=filter_.help, examples=[[filter_.example]]
        )
        return list[filter_.annotation], limits  # type: ignore[name-defined] # the type that the column has
    return filter_.annotation | None, Field(default=None, description=filter_.help, examples=[filter_.example])


def _whole(resource: Resource) -> dict[str, Any]:
    sorts = tuple(sign + name for name in sortable(resource) for sign in ("", "-"))
    made: dict[str, Any] = {
        "sort": choices(sorts, "Sort by this field, `-` for descending; given again, by the next. Unknown values come last."),
        "fields": choices(tuple(resource.fields), "Keep only this field; given again, these."),
    }
    if includes(resource):
        made["include"] = choices(includes(resource), "Add to each item what details have.")
    return made


def _page(grouped: tuple[str, ...]) -> dict[str, Any]:
    help_ = "Count the whole list by the values of this; given again, of these too."
    return paging() | ({"facet": choices(grouped, help_)} if grouped else {})


def _counted(grouped: tuple[str, ...]) -> Any:
    chosen: Any = Literal[grouped]
    help_ = "Count by the values of this; given again, by combinations of both."
    return list[chosen], Field(min_length=1, max_length=2, description=help_, examples=[[grouped[0]]])


def choices(names: tuple[str, ...], help_: str) -> Any:
    """A parameter that takes any of some names, again and again."""
    chosen: Any = Literal[names]
    return list[chosen], Field(default=(), max_length=len(names), description=help_, examples=[[names[0]]])
