"""Envelopes of responses, and helpers to describe responses in OpenAPI."""

from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, create_model

from app.model.resource import Resource
from app.model.schema import Public, public

JSON = "application/json"
GENERATED = "generated"
"""The model of a generated route."""


class PageOut(Public):
    """The position of a page in its list."""

    limit: int = public("Maximum number of items on a page.", 50)
    next: str | None = public("URL of the next page; null on the last one.", None)
    total: int = public("Number of items in the complete list, or the number at which counting stopped.", 7)
    total_is_exact: bool = public("False if there are more than `total`.", True)


class MetaOut(Public):
    """The data that a response was made from."""

    data_version: str = public("Version of the data: equal versions mean equal responses.", "3c3ab12c0847")


class FacetOut(Public):
    """Number of items with a value."""

    value: str | int | bool | None = public("The value; null for items without one.", "Africa")
    count: int = public("Number of items.", 3)


def path_of(resource: Resource) -> str:
    """Return the path of a resource's list."""
    return f"/v1/{resource.name}"


def item_model(resource: Resource) -> type[BaseModel]:
    """Return the schema of an item in a list: the resource's own with nothing required, for `fields` chooses what is there."""
    name = resource.schema.__name__.removesuffix("Out") + "Item"
    config = ConfigDict(json_schema_extra=lambda schema: schema.pop("required", None))
    namespace = {"__module__": resource.schema.__module__, "__doc__": resource.schema.__doc__, "model_config": config}
    metaclass: Any = type(resource.schema)
    model: type[BaseModel] = metaclass(name, (resource.schema,), namespace)
    return model


@cache
def list_model(resource: Resource) -> type[BaseModel]:
    """Return the schema of a page of a resource's list."""
    item: Any = item_model(resource)
    missing: Any = (
        {"missing": (list[str], public("Unknown ids among those in `id=`.", [], default=[]))} if resource.is_record else {}
    )
    return create_model(
        resource.schema.__name__.removesuffix("Out") + "List",
        __doc__=f"A page of {resource.name.replace('-', ' ')}.",
        data=(list[item], public("The items.")),
        **missing,
        facets=(
            dict[str, list[FacetOut]],
            public("For each field in `facet`: number of items per value over the complete list, the most frequent first."),
        ),
        facets_are_exact=(bool, public("False if some counts are estimated from a sample.", True)),
        page=(PageOut, public("The position of the page.")),
        meta=(MetaOut, public("The data that the response was made from.")),
    )


def ok(description: str, model: Any = None, **contents: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """Describe the 200 of a route for its `responses`: JSON by its model, then other contents by media type.

    The media types decide what `Accept` may ask for (see routing.py). A model that is GENERATED is filled in by openapi.py when
    the document is requested.
    """
    response: dict[str, Any] = {"description": description, "content": ({} if model is None else {JSON: {}}) | contents}
    return {200: response if model in (None, GENERATED) else response | {"model": model}}


def text_content(example: str) -> dict[str, Any]:
    """Describe a text format by an example."""
    return {"schema": {"type": "string"}, "example": example}
