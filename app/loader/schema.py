"""The format of seed files as Pydantic models; those of the kinds are made from their declarations.

Knows the shape of one entry, not whether what it refers to exists.
"""

from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, create_model, model_validator

from app.model.citation import Stance
from app.model.partial_date import PartialDate
from app.model.resource import Include, Resource
from app.model.schema import RECORD_FIELDS
from app.model.source import PassageKind, SourceKind

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
Slug = Annotated[str, StringConstraints(pattern=SLUG, max_length=100)]
RecordId = Annotated[str, StringConstraints(pattern=r"^[a-z_]+:[a-z0-9]+(-[a-z0-9]+)*$", max_length=150)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class SeedModel(BaseModel):
    """Nothing unknown, nothing empty."""

    model_config = ConfigDict(extra="forbid", str_min_length=1, str_strip_whitespace=True, str_max_length=10_000)


class PackSeed(SeedModel):
    """pack.yaml: what the pack is."""

    name: str = Field(description="Title of the pack.")
    summary: str = Field(description="What it holds.")
    article: Slug | None = Field(None, description="The source that a citation given as a bare locator means.")


class SourceSeed(SeedModel):
    """sources.yaml: a document or data set to cite."""

    slug: Slug = Field(description="Name in citations.")
    name: str = Field(description="Title.")
    kind: SourceKind = Field(description="Sort of source.")
    publisher: str | None = Field(None, description="Who issued it; sources of one publisher count once in verification.")
    published: PartialDate | None = Field(None, description="Date of issue, ISO 8601, as precise as known.")
    url: str | None = Field(None, description="Where it can be had.")
    licence: str | None = Field(None, description="Terms of use.")
    attribution: str | None = Field(None, description="How to acknowledge it.")
    sha256: Sha256 | None = Field(None, description="SHA-256 of the document that the passages' digests were made from.")


class SectionSeed(SeedModel):
    """sections.csv: the headings of the pack's article, in order."""

    slug: Slug = Field(description="Name in locators.")
    heading: str = Field(description="Heading.")


class PassageSeed(SeedModel):
    """passages.csv: the passages of the pack's article, in order."""

    locator: str = Field(pattern=r"^[a-z0-9-]+:[1-9]\d*\.[1-9]\d*$", description="`<section>:<paragraph>.<sentence>`.")
    kind: PassageKind = Field(description="A `lead_in` only announces a list.")
    sha256: Sha256 = Field(description="SHA-256 of the normalised text.")
    characters: int = Field(gt=0, description="Length of the normalised text.")


class CitationSeed(SeedModel):
    """A place in a source; a bare locator means a passage of the pack's article that supports."""

    source: Slug | None = Field(None, description="Slug of the source; the pack's article where left out.")
    passage: str | None = Field(None, description="Locator of a passage, for a source that has passages.")
    locator: str | None = Field(None, description="The place in the source's own terms, for any other source.")
    stance: Stance = Field("supports", description="Whether it supports or disputes what is said.")
    about: str | None = Field(None, description="The one field that it speaks of.")
    note: str | None = Field(None, description="What to know when reading it there.")

    @model_validator(mode="after")
    def _at_one_place(self) -> Self:
        if (self.passage is None) == (self.locator is None):
            raise ValueError("needs either a passage or a locator")
        return self


def _in_full(value: object) -> object:
    """A bare locator is short for a passage that supports."""
    return {"passage": value} if isinstance(value, str) else value


Cites = Annotated[
    list[Annotated[CitationSeed, BeforeValidator(_in_full, json_schema_input_type=str | CitationSeed)]],
    Field(min_length=1, description="Citations: a passage's locator, or a mapping."),
]


class LinkSeed(SeedModel):
    """A link from the record that it stands in."""

    to: RecordId = Field(description="Id of the record at the other end, `kind:slug`.")
    cites: Cites
    note: str | None = Field(None, description="What ties the two here.")


class RecordSeed(SeedModel):
    """What every kind's entries have: either `slug` and `name`, or `adds_to`."""

    slug: Slug | None = Field(None, description="Defines a record of this name.")
    adds_to: RecordId | None = Field(None, description="Adds to a record that another pack defines.")
    name: str | None = Field(None, description="Name as the field uses it.")
    summary: str | None = Field(None, description="What the sources say of it, in our own words.")
    aliases: list[str] = Field([], description="Other names and acronyms.")
    former_slugs: list[Slug] = Field([], description="Slugs that it had before; they redirect.")
    cites: Cites
    links: dict[str, list[LinkSeed]] = Field({}, description="Predicate to links.")

    @model_validator(mode="after")
    def _defines_or_adds(self) -> Self:
        if (self.slug is None) == (self.adds_to is None):
            raise ValueError("needs either slug or adds_to")
        if (self.name is None) == (self.adds_to is None):
            raise ValueError("needs a name where it defines a record, and none where it adds to one")
        return self


def seed_model(resource: Resource) -> type[SeedModel]:
    """What one entry of a resource's seed file may say."""
    own = {name: _optional(resource, name) for name in resource.seeded if name not in RECORD_FIELDS}
    for name, include in resource.include.items():
        if include.table is not None:
            row: Any = _row_model(include)
            own[name] = list[row], Field([], description="Rows in order, each with its own citations.")
    base: type[SeedModel] = RecordSeed if resource.is_record else SeedModel
    if not resource.is_record:
        own = {name: _as_declared(resource, name) for name in resource.seeded}
    model: type[SeedModel] = create_model(f"{resource.schema.__name__.removesuffix('Out')}Seed", __base__=base, **own)
    return model


def required_fields(resource: Resource) -> list[str]:
    """The fields of its own that a record of the kind cannot be without."""
    own = [name for name in resource.seeded if name not in RECORD_FIELDS and resource.fields[name].of is None]
    return [name for name in own if name not in resource.optional]


def _optional(resource: Resource, name: str) -> Any:
    """A field as the schema has it, save that an addition may leave it out."""
    public = resource.schema.model_fields[name]
    annotation: Any = public.rebuild_annotation()
    if resource.fields[name].of is not None:
        return annotation, Field([], description=public.description)
    return annotation | None, Field(None, description=public.description)


def _as_declared(resource: Resource, name: str) -> Any:
    public = resource.schema.model_fields[name]
    default = None if name in resource.optional else ...
    return public.rebuild_annotation(), Field(default, description=public.description)


def _row_model(include: Include) -> type[SeedModel]:
    """A row that stands inside a record's entry, with its own citations."""
    fields: dict[str, Any] = {
        name: (field.rebuild_annotation(), Field(description=field.description))
        for name, field in include.schema.model_fields.items()
        if name not in {"position", "citations"}
    }
    return create_model(f"{include.schema.__name__.removesuffix('Out')}Seed", __base__=SeedModel, **fields, cites=(Cites, ...))
