"""The public schema of all records, and the declarations of its fields.

Knows no kind: the schema of a kind inherits from `RecordOut`, and its declaration includes `RECORD_FIELDS`.
"""

from typing import Any

import pydantic
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import aliased

from app.model import resource
from app.model.aggregate import json_object_agg
from app.model.citation import Stance
from app.model.link import Link
from app.model.record import Alias, FieldStatus, Record, Verification
from app.model.resource import core, table


def public(description: str, example: object = ..., **kw: Any) -> Any:
    """Return a field of a public schema with a description and an example of its value."""
    return pydantic.Field(description=description, examples=None if example is ... else [example], **kw)


class Public(BaseModel):
    """The base of public schemas. They only document responses, so their validators are built on first use."""

    model_config = ConfigDict(defer_build=True)


class CitationOut(Public):
    """A place in a source that supports or disputes a record, one of its fields, or a link."""

    source: str = public("Slug of the source, as in /v1/sources/{slug}.", "ssr-article")
    passage: str | None = public(
        "Locator of the passage, `<section>:<paragraph>.<sentence>`; null if the source is not divided into passages.",
        "case-study-international-security-assistance-force-in-afghanistan:3.1",
    )
    locator: str | None = public(
        "Place in the source's own terms, such as a row or a resolution symbol; null if `passage` is given.", None
    )
    stance: Stance = public("Whether the source supports or disputes the statement.", "supports")
    about: str | None = public("Field that the citation applies to; null means the whole record or link.", None)
    note: str | None = public("Note on how to read the cited place.", None)


class LinkOut(Public):
    """A link, given by the record at its other end, and the sources for it."""

    id: str = public("Id of the linked record.", "challenge:insurgent-resistance")
    kind: str = public("Kind of the linked record.", "challenge")
    name: str = public("Name of the linked record.", "Insurgent resistance")
    verification: Verification = public("Verification status of the link, computed from its own citations.", "single_source")
    note: str | None = public("Why the two records are linked.", None)
    citations: list[CitationOut] = public("Sources for the link.")


class RecordOut(Public):
    """The fields of all records. Null means unknown."""

    id: str = public("Stable identifier, `kind:slug`.", "mission:isaf")
    kind: str = public("Kind of record.", "mission")
    slug: str = public("Identifier in URLs, unique within the kind.", "isaf")
    name: str = public("Preferred name.", "International Security Assistance Force")
    summary: str | None = public(
        "Summary of what the sources say about it, in Casebook's own words.",
        "Multinational force set up in 2001 to help the Afghan government keep security.",
    )
    aliases: list[str] = public("Other names and acronyms.", ["ISAF"])
    verification: Verification = public(
        "Verification status, computed from the citations that apply to the record as a whole: `disputed` if any of them "
        "disputes it, `corroborated` if sources from at least two publishers support it, otherwise `single_source`.",
        "corroborated",
    )
    field_verification: dict[str, Verification] = public(
        "Verification status of each field that citations name in `about`, computed in the same way.", {"outcome": "disputed"}
    )
    links: dict[str, list[LinkOut]] = public("Linked records, grouped by predicate as read from this record.")
    citations: list[CitationOut] = public("Sources for the record as a whole, or for the field named in `about`.")


def linked(predicate: str) -> ScalarSelect[str]:
    """Return the id of the record that a record is linked to by a predicate, which it may have once at most."""
    target = aliased(Record)
    return (
        select(target.kind + ":" + target.slug)
        .join(Link, Link.object_id == target.id)
        .where(Link.subject_id == Record.id, Link.predicate == predicate)
        .correlate(table(Record))
        .scalar_subquery()
    )


_field_status = (
    select(core(FieldStatus.field), core(FieldStatus.verification))
    .where(core(FieldStatus.record_id) == core(Record.id))
    .order_by(core(FieldStatus.field))
    .correlate(table(Record))
)

RECORD_FIELDS = {
    "id": resource.Field(column=Record.kind + ":" + Record.slug, filter=False),
    "kind": resource.Field(column=Record.kind, filter=False),
    "slug": resource.Field(column=Record.slug, sort=Record.id),
    "name": resource.Field(column=Record.name, sort=Record.sort_name),
    "summary": resource.Field(column=Record.summary),
    "aliases": resource.Field(column=Alias.name, of=Alias, singular="alias"),
    "verification": resource.Field(column=Record.verification, sort=True),
    "field_verification": resource.Field(column=json_object_agg(_field_status), filter=False),
}
