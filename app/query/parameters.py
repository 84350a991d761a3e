"""The parameters of a resource's list: one Pydantic model that owns every one of them, and the filters behind it.

Knows nothing of where the values come from.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, create_model

from app.catalog.catalogue import Catalogue
from app.catalog.resource import Resource
from app.query.filters import Filter, filters

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
MAX_VALUES = 50
MAX_IDS = 200
MAX_CURSOR = 2_000
INCLUDE_EVIDENCE = ("links", "citations")


class ListParameters(BaseModel):
    """A list's parameters: its filters, then `sort`, `limit`, `cursor`, `fields` and, where it has any, `include`."""

    model_config = ConfigDict(extra="forbid")

    if TYPE_CHECKING:
        sort: list[str]
        limit: int
        cursor: str | None
        fields: list[str]


@dataclass(frozen=True)
class Parameters:
    """The parameters of one resource's list."""

    model: type[ListParameters]
    filters: dict[str, Filter]


def list_parameters(resource: Resource, catalogue: Catalogue) -> Parameters:
    """The parameters of a resource's list, made from its declaration."""
    made = filters(resource, catalogue)
    narrowing: dict[str, Any] = {name: _parameter(filter_) for name, filter_ in made.items()}
    title = resource.name.title().replace("-", "")
    model = create_model(f"{title}Parameters", __base__=ListParameters, **(narrowing | _shaping(resource)))
    return Parameters(cast(type[ListParameters], model), dict(made))


def includes(resource: Resource) -> tuple[str, ...]:
    """What `include=` adds to the items of a list."""
    return (*resource.include, *(INCLUDE_EVIDENCE if resource.is_record else ()))


def sortable(resource: Resource) -> tuple[str, ...]:
    """The fields that a list can be sorted by."""
    return tuple(name for name, field in resource.fields.items() if field.sort is not False)


def _parameter(filter_: Filter) -> Any:
    if filter_.many:
        limits: Any = Field(
            default=[], max_length=MAX_IDS if filter_.ids else MAX_VALUES, description=filter_.help, examples=[[filter_.example]]
        )
        return list[filter_.annotation], limits  # type: ignore[name-defined] # the type that the column has
    return filter_.annotation | None, Field(default=None, description=filter_.help, examples=[filter_.example])


def _shaping(resource: Resource) -> dict[str, Any]:
    sorts = tuple(sign + name for name in sortable(resource) for sign in ("", "-"))
    made: dict[str, Any] = {
        "sort": choices(sorts, "Sort by this field, `-` for descending; given again, by the next. Unknown values come last."),
        "limit": (
            Annotated[int, Field(ge=1, le=MAX_LIMIT)],
            Field(default=DEFAULT_LIMIT, description=f"Items on a page, 1 to {MAX_LIMIT}.", examples=[10]),
        ),
        "cursor": (
            Annotated[str, Field(min_length=1, max_length=MAX_CURSOR)] | None,
            Field(default=None, description="Where to go on: as in `page.next` of the same query.", examples=[None]),
        ),
        "fields": choices(tuple(resource.fields), "Keep only this field; given again, these."),
    }
    if includes(resource):
        made["include"] = choices(includes(resource), "Add to each item what details have.")
    return made


def choices(names: tuple[str, ...], help_: str) -> Any:
    """A parameter that takes any of some names, again and again."""
    chosen: Any = Literal[names]
    return list[chosen], Field(default=[], max_length=len(names), description=help_, examples=[[names[0]]])
