"""The query parameters of a resource's list, as Pydantic models, and the filters and groupings that they name.

Knows nothing of HTTP.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, create_model

from app.model.catalogue import Catalogue
from app.model.resource import Resource
from app.query.filters.declared import filters
from app.query.filters.filter import Filter
from app.query.filters.types import Whole
from app.query.lists.grouping import Grouping, groupings

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
MAX_VALUES = 50
MAX_IDS = 200
MAX_CURSOR = 2_000
"""The number of lists of each resource whose statements are cached."""
INCLUDE_EVIDENCE = ("links", "citations")

Form = TypeVar("Form", bound=BaseModel)


class PageParameters(BaseModel):
    """The base of the parameters of everything that has pages: its own, then `limit` and `cursor`."""

    model_config = ConfigDict(extra="forbid")

    if TYPE_CHECKING:
        limit: int
        cursor: str | None


class ListParameters(PageParameters):
    """The parameters of a page of a list: filters, `sort`, `fields`, `limit`, `cursor`, and `facet` and `include` if any."""

    if TYPE_CHECKING:
        sort: list[str]
        fields: list[str]


class ExportParameters(BaseModel):
    """The parameters of a complete list: those of a page without `limit`, `cursor` and `facet`."""

    model_config = ConfigDict(extra="forbid")

    if TYPE_CHECKING:
        sort: list[str]
        fields: list[str]


class StatsParameters(BaseModel):
    """The parameters of the statistics of a list: filters and `group_by`."""

    model_config = ConfigDict(extra="forbid")

    if TYPE_CHECKING:
        group_by: list[str]


def paging(default: int = DEFAULT_LIMIT, maximum: int = MAX_LIMIT) -> dict[str, Any]:
    """Return the fields `limit` and `cursor`, for `create_model`."""
    return {
        "limit": (
            Annotated[Whole, Field(ge=1, le=maximum)],
            Field(default=default, description=f"Maximum number of items on the page, 1 to {maximum}.", examples=[10]),
        ),
        "cursor": (
            Annotated[str, Field(min_length=1, max_length=MAX_CURSOR)] | None,
            Field(default=None, description="Cursor from `page.next` of the previous page.", examples=[None]),
        ),
    }


@dataclass(frozen=True)
class Parameters:
    """The parameters of one resource's list, as a model for each of its routes.

    Models are built on first use: building those of all resources takes longer than the rest of the start.
    """

    resource: Resource
    filters: Mapping[str, Filter]
    groupings: Mapping[str, Grouping]

    @cached_property
    def model(self) -> type[ListParameters]:
        """The parameters of a page of the list."""
        return self._form(ListParameters, "List", _item_fields(self.resource) | _page_fields(tuple(self.groupings)))

    @cached_property
    def export(self) -> type[ExportParameters]:
        """The parameters of the complete list."""
        return self._form(ExportParameters, "Export", _item_fields(self.resource))

    @cached_property
    def stats(self) -> type[StatsParameters]:
        """The parameters of its statistics."""
        return self._form(StatsParameters, "Stats", {"group_by": _group_by(tuple(self.groupings))} if self.groupings else {})

    def _form(self, base: type[Form], purpose: str, fields: dict[str, Any]) -> type[Form]:
        filters: dict[str, Any] = {name: _parameter(filter_) for name, filter_ in self.filters.items()}
        title = self.resource.name.title().replace("-", "")
        return cast(type[Form], create_model(f"{title}{purpose}Parameters", __base__=base, **(filters | fields)))


def list_parameters(resource: Resource, catalogue: Catalogue) -> Parameters:
    """Build the parameters of a resource's list from its declaration."""
    return Parameters(resource, filters(resource, catalogue), groupings(resource))


def includes(resource: Resource) -> tuple[str, ...]:
    """Return the values that `include` takes."""
    return (*resource.include, *(INCLUDE_EVIDENCE if resource.is_record else ()))


def sortable(resource: Resource) -> tuple[str, ...]:
    """Return the fields that a list can be sorted by."""
    return tuple(name for name, field in resource.fields.items() if field.sort is not False)


def _parameter(filter_: Filter) -> Any:
    if filter_.many:
        limits: Any = Field(
            default=(), max_length=MAX_IDS if filter_.ids else MAX_VALUES, description=filter_.help, examples=[[filter_.example]]
        )
        return list[filter_.annotation], limits  # type: ignore[name-defined] # a type known at run time
    return filter_.annotation | None, Field(default=None, description=filter_.help, examples=[filter_.example])


def _item_fields(resource: Resource) -> dict[str, Any]:
    sorts = tuple(sign + name for name in sortable(resource) for sign in ("", "-"))
    fields: dict[str, Any] = {
        "sort": choices(
            sorts, "Sort by this field; `-` for descending. Repeat to sort by several. Items without a value come last."
        ),
        "fields": choices(tuple(resource.fields), "Return only this field. Repeat for several."),
    }
    if includes(resource):
        fields["include"] = choices(
            includes(resource), "Embed in each item what the detail endpoint returns. Repeat for several."
        )
    return fields


def _page_fields(names: tuple[str, ...]) -> dict[str, Any]:
    help_ = "Add counts per value of this field over the whole result. Repeat for several."
    return paging() | ({"facet": choices(names, help_)} if names else {})


def _group_by(names: tuple[str, ...]) -> Any:
    name: Any = Literal[names]
    help_ = "Count by the values of this field. Repeat to count by combinations of two fields."
    return list[name], Field(min_length=1, max_length=2, description=help_, examples=[[names[0]]])


def choices(names: tuple[str, ...], help_: str) -> Any:
    """Return a field for `create_model` that takes any of some names and can be repeated."""
    name: Any = Literal[names]
    return list[name], Field(default=(), max_length=len(names), description=help_, examples=[[names[0]]])
