"""OpenAPI parameters and schemas of the generated routes.

They are made from the declarations when the document is requested: the models of all resources take longer to build than
everything else at the start.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Union, get_args

from pydantic import BaseModel, create_model

from app.http.resources.stats import StatsOut
from app.http.schemas import list_model
from app.model.catalogue import Catalogue
from app.query.lists.parameters import Parameters, choices

CHOICES = ("sort", "fields", "include", "facet")
"""Parameters that take names of fields, which are others for each kind."""


@dataclass(frozen=True)
class Operation:
    """The model of an operation's query string, and the type of its JSON response."""

    query: type[BaseModel] | None = None
    result: Any = None


def operations(catalogue: Catalogue, parameters: dict[str, Parameters]) -> Iterator[tuple[str, Operation]]:
    """Yield each generated operation by its `operationId`."""
    for resource in catalogue.resources:
        own, name = parameters[resource.name], resource.name.replace("-", "_")
        yield f"list_{name}", Operation(own.model, list_model(resource))
        yield f"export_{name}", Operation(own.export)
        yield f"get_{resource.kind}", Operation(result=resource.schema)
        if own.groupings:
            yield f"get_{name}_stats", Operation(own.stats, StatsOut)
            yield f"export_{name}_stats", Operation(own.stats)
        if others := resource.is_kind and catalogue.related(resource):
            pages: Any = Union[tuple(list_model(other) for other in others)]  # noqa: UP007 - known at run time
            yield (
                f"list_related_to_{resource.kind}",
                Operation(_common([parameters[other.name].model for other in others]), pages),
            )


def _common(models: Sequence[type[BaseModel]]) -> type[BaseModel]:
    """Return a model of the parameters that all models have. A choice takes what any of them does, the most common first."""
    first = models[0].model_fields
    names = [name for name in first if all(name in model.model_fields for model in models)]
    fields: dict[str, Any] = {name: (first[name].annotation, first[name]) for name in names}
    for name in CHOICES:
        if name in fields:
            counts = Counter(chain(*(get_args(get_args(model.model_fields[name].annotation)[0]) for model in models)))
            fields[name] = choices(tuple(choice for choice, _ in counts.most_common()), first[name].description or "")
    return create_model("SharedParameters", **fields)
