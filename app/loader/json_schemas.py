"""The JSON Schemas of a pack's YAML files, for editors that complete names and underline mistakes."""

from typing import Any

from pydantic import TypeAdapter

from app.loader.mapping import RowMapping
from app.loader.schema import PackSeed, SeedModel, SourceSeed, seed_model
from app.model.catalogue import Catalogue


def published_schemas(catalogue: Catalogue) -> dict[str, Any]:
    """Return the JSON Schema of each file, by the file's stem."""
    resources = (*catalogue.kinds.values(), *catalogue.tables)
    models: dict[str, type[SeedModel]] = {"sources": SourceSeed} | {resource.name: seed_model(resource) for resource in resources}
    single = {"pack": PackSeed.model_json_schema(), "mappings": TypeAdapter(dict[str, RowMapping]).json_schema()}
    lists = {name: TypeAdapter(list[model]).json_schema() for name, model in models.items()}  # type: ignore[valid-type] # a model made here
    return single | lists
