"""The format of seed files as Pydantic models; the models of the kinds are made from their declarations.

Knows the form of one entry, not whether what it refers to exists.
"""

from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, create_model, model_validator

from app.model import partial_date
from app.model.citation import Stance
from app.model.partial_date import PartialDate
from app.model.resource import Include, Resource
from app.model.schema import RECORD_FIELDS
from app.model.source import PassageKind, SourceKind

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
RECORD_ID = r"^[a-z_]+:[a-z0-9]+(-[a-z0-9]+)*$"
SHA256 = r"^[0-9a-f]{64}$"
LOCATOR = r"^[a-z0-9-]+:[1-9]\d*\.[1-9]\d*$"
PATTERN_MEANINGS = {
    SLUG: "lower-case letters, digits and single hyphens, such as s-res-1386-2001",
    RECORD_ID: "the id of a record, such as mission:isaf",
    SHA256: "64 hexadecimal digits in lower case",
    LOCATOR: "the locator of a passage, such as introduction:1.2",
    partial_date.PATTERN: "a year, month or day, such as 1993, 1993-10 or 1993-10-05",
}
"""Patterns in the words of error messages."""
Slug = Annotated[str, StringConstraints(pattern=SLUG, max_length=100)]
RecordId = Annotated[str, StringConstraints(pattern=RECORD_ID, max_length=150)]
Sha256 = Annotated[str, StringConstraints(pattern=SHA256)]


class SeedModel(BaseModel):
    """The base of all models here: refuses unknown fields and empty text."""

    model_config = ConfigDict(extra="forbid", str_min_length=1, str_strip_whitespace=True, str_max_length=10_000)


class PackSeed(SeedModel):
    """pack.yaml: the description of the pack."""

    name: str = Field(description="Title of the pack.")
    summary: str = Field(description="What the pack contains.")
    article: Slug | None = Field(None, description="Slug of the source that bare locators refer to.")


class SourceSeed(SeedModel):
    """sources.yaml: a document or data set that can be cited."""

    slug: Slug = Field(description="Slug by which citations name the source.")
    name: str = Field(description="Title.")
    kind: SourceKind = Field(description="Type of source.")
    publisher: str | None = Field(None, description="Who published it. Verification counts the sources of one publisher once.")
    published: PartialDate | None = Field(None, description="Date of publication, ISO 8601, as precise as known.")
    url: str | None = Field(None, description="Where it can be found.")
    licence: str | None = Field(None, description="Terms of use.")
    attribution: str | None = Field(None, description="How to acknowledge it.")
    sha256: Sha256 | None = Field(None, description="SHA-256 of the document whose passages are in passages.csv.")


class SectionSeed(SeedModel):
    """sections.csv: the headings of the pack's article, in order."""

    slug: Slug = Field(description="Slug by which locators name the section.")
    heading: str = Field(description="Heading.")


class PassageSeed(SeedModel):
    """passages.csv: the passages of the pack's article, in order."""

    locator: str = Field(pattern=LOCATOR, description="`<section>:<paragraph>.<sentence>`.")
    kind: PassageKind = Field(description="Type of passage. A `lead_in` only announces a list.")
    sha256: Sha256 = Field(description="SHA-256 of the normalized text.")
    characters: int = Field(gt=0, description="Length of the normalized text.")


class CitationSeed(SeedModel):
    """A place in a source. A bare locator is short for a supporting citation of a passage of the pack's article."""

    source: Slug | None = Field(None, description="Slug of the source; the pack's article if left out.")
    passage: str | None = Field(None, description="Locator of a passage, for a source that has passages.")
    locator: str | None = Field(None, description="The place in the source's own terms, for any other source.")
    stance: Stance = Field("supports", description="Whether the source supports or disputes the claim.")
    about: str | None = Field(None, description="Field that the citation applies to; the whole record if left out.")
    note: str | None = Field(None, description="What to know when reading the source there.")

    @model_validator(mode="after")
    def _check_place(self) -> Self:
        if (self.passage is None) == (self.locator is None):
            raise ValueError("needs either a passage or a locator")
        return self


def _expand_bare_locator(value: object) -> object:
    return {"passage": value} if isinstance(value, str) else value


Cites = Annotated[
    list[Annotated[CitationSeed, BeforeValidator(_expand_bare_locator, json_schema_input_type=str | CitationSeed)]],
    Field(min_length=1, description="Citations: each the locator of a passage, or a mapping."),
]


class LinkSeed(SeedModel):
    """A link from the record whose entry it is part of."""

    to: RecordId = Field(description="Id of the record at the other end, `kind:slug`.")
    cites: Cites
    note: str | None = Field(None, description="Why the two records are linked.")


class RecordSeed(SeedModel):
    """The fields that the entries of all kinds share. An entry has either `slug` and `name`, or `adds_to`."""

    slug: Slug | None = Field(None, description="Slug of the record that the entry defines.")
    adds_to: RecordId | None = Field(None, description="Id of a record that another entry defines and this one adds to.")
    name: str | None = Field(None, description="Preferred name.")
    summary: str | None = Field(None, description="What the sources say about it, in our own words.")
    aliases: list[str] = Field([], description="Other names and acronyms.")
    former_slugs: list[Slug] = Field([], description="Earlier slugs; they redirect to the current one.")
    cites: Cites
    links: dict[str, list[LinkSeed]] = Field({}, description="Links by predicate.")

    @model_validator(mode="after")
    def _check_identity(self) -> Self:
        if (self.slug is None) == (self.adds_to is None):
            raise ValueError("needs either slug, to define a record, or adds_to, to add to one")
        if (self.name is None) == (self.adds_to is None):
            raise ValueError("needs a name if it has a slug, and must not have one if it has adds_to")
        return self


def seed_model(resource: Resource) -> type[SeedModel]:
    """Return the model of one entry of a resource's seed file."""
    if resource.is_record:
        base: type[SeedModel] = RecordSeed
        fields = {name: _optional_field(resource, name) for name in resource.seeded if name not in RECORD_FIELDS}
    else:
        base = SeedModel
        fields = {name: _declared_field(resource, name) for name in resource.seeded}
    for name, include in resource.include.items():
        if resource.is_record and include.table is not None:
            row: Any = _row_model(include)
            fields[name] = list[row], Field([], description="Rows in order, each with its own citations.")
    model: type[SeedModel] = create_model(f"{resource.schema.__name__.removesuffix('Out')}Seed", __base__=base, **fields)
    return model


def required_fields(resource: Resource) -> list[str]:
    """Return the single-valued fields of a kind that every record needs, once all entries about it are merged."""
    single = [name for name in resource.seeded if name not in RECORD_FIELDS and resource.fields[name].of is None]
    return [name for name in single if name not in resource.optional]


def _optional_field(resource: Resource, name: str) -> Any:
    """Return a field as the public schema has it, but optional, since an entry with `adds_to` may leave it out."""
    public = resource.schema.model_fields[name]
    annotation: Any = public.rebuild_annotation()
    if resource.fields[name].of is not None:
        return annotation, Field([], description=public.description)
    return annotation | None, Field(None, description=public.description)


def _declared_field(resource: Resource, name: str) -> Any:
    """Return a field as the public schema has it, required unless it may be null."""
    public = resource.schema.model_fields[name]
    default = None if name in resource.optional else ...
    return public.rebuild_annotation(), Field(default, description=public.description)


def _row_model(include: Include) -> type[SeedModel]:
    """Return the model of a row that is part of a record's entry and has citations of its own."""
    fields: dict[str, Any] = {
        name: (field.rebuild_annotation(), Field(description=field.description))
        for name, field in include.schema.model_fields.items()
        if name not in {"position", "citations"}
    }
    return create_model(f"{include.schema.__name__.removesuffix('Out')}Seed", __base__=SeedModel, **fields, cites=(Cites, ...))
