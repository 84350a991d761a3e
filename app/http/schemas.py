"""The envelopes of answers as OpenAPI shows them, and the examples that go with them."""

from functools import cache
from inspect import isfunction
from typing import Any, get_args

import orjson
from pydantic import BaseModel, ConfigDict, create_model

from app.http.old_deferred import later
from app.model.resource import Resource
from app.model.schema import Public, public


class PageOut(Public):
    """Where a page stands in its list."""

    limit: int = public("Items asked for.", 50)
    next: str | None = public("URL of the next page; null on the last.", None)
    total: int = public("Items in the whole list, or the count at which counting stopped.", 7)
    total_is_exact: bool = public("False where there are more than `total`.", True)


class MetaOut(Public):
    """What an answer was made from."""

    data_version: str = public("Version of the data: equal versions mean equal answers.", "3c3ab12c0847")


class FacetOut(Public):
    """How many items have a value."""

    value: str | int | bool | None = public("The value; null where it is unknown.", "Africa")
    count: int = public("Items that have it.", 3)


def item_model(resource: Resource) -> type[BaseModel]:
    """An item of a list: the resource's schema with nothing required, for `fields` and `include` decide what is there."""
    name = resource.schema.__name__.removesuffix("Out") + "Item"
    config = ConfigDict(json_schema_extra=lambda schema: schema.pop("required", None))
    namespace = {"__module__": resource.schema.__module__, "__doc__": resource.schema.__doc__, "model_config": config}
    metaclass: Any = type(resource.schema)
    made: type[BaseModel] = metaclass(name, (resource.schema,), namespace)
    return made


@cache
def list_model(resource: Resource) -> type[BaseModel]:
    """A page of a resource's list."""
    item: Any = item_model(resource)
    name = resource.schema.__name__.removesuffix("Out") + "List"
    missing: Any = (
        {"missing": (list[str], public("Unknown ids among those asked for with `id=`.", [], default=[]))}
        if resource.is_record
        else {}
    )
    return create_model(
        name,
        __doc__=f"A page of {resource.name.replace('-', ' ')}.",
        data=(list[item], public("The items.")),
        **missing,
        facets=(
            dict[str, list[FacetOut]],
            public("For each `facet` asked for: counts over the whole list, the most frequent first."),
        ),
        facets_are_exact=(
            bool,
            public("Whether each count is; false where some are estimated from a sample of many items.", True),
        ),
        page=(PageOut, public("Where the page stands.")),
        meta=(MetaOut, public("What it was made from.")),
    )


def example_of(model: type[BaseModel]) -> dict[str, Any]:
    """An instance of a schema, made of the examples of its fields."""
    made = {}
    for name, field in model.model_fields.items():
        made[field.alias or name] = field.examples[0] if field.examples else _nested(field.annotation)
    return made


def list_example(resource: Resource) -> dict[str, Any]:
    """A page of one item, as it comes when nothing is included."""
    bare = {name: value for name, value in example_of(resource.schema).items() if name in resource.fields}
    return {
        "data": [bare],
        "facets": {},
        "facets_are_exact": True,
        "page": example_of(PageOut) | {"total": 1},
        "meta": example_of(MetaOut),
    }


def _nested(annotation: Any) -> Any:
    """The example of a model, of a list of it, or of lists of it by name."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return example_of(annotation)
    inner = get_args(annotation)
    if not inner or type(None) in inner:
        return None
    return {"faced": _nested(inner[1])} if len(inner) == 2 else [_nested(inner[0])]


def ok(model: Any, example: Any, description: str, **texts: str) -> dict[int | str, dict[str, Any]]:
    """The successful answer of a route, for its OpenAPI entry. The example goes as text, see `openapi._document`.

    `model` is a model, or a function that makes one when the document is asked for.

    `texts` are examples of the answer in formats of text, by media type.
    """
    content: dict[str, Any] = {}
    if model is not None:
        schema = {"$ref": later(model if isfunction(model) else lambda: model)}
        content = {"application/json": {"schema": schema, "example": orjson.dumps(example).decode()}}
    content |= {media_type: {"schema": {"type": "string"}, "example": text} for media_type, text in texts.items()}
    return {200: {"description": description, "content": content}}
