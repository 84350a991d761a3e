"""The public shape that all records share, and the fields behind it.

Knows no kind: a kind's own schema inherits `RecordOut`, and its declaration begins with `RECORD_FIELDS`.
"""

from typing import Any

import pydantic
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import aliased

from app.model import resource
from app.model.aggregate import object_of
from app.model.citation import Stance
from app.model.link import Link
from app.model.record import Alias, FieldStatus, Record, Verification
from app.model.resource import core, table


def public(description: str, example: object = ..., **kw: Any) -> Any:
    """A field of a public schema: what it means, and one value as a client would see it."""
    return pydantic.Field(description=description, examples=None if example is ... else [example], **kw)


class Public(BaseModel):
    """A public schema. No answer is validated by it, so what could do that is made when the document is asked for."""

    model_config = ConfigDict(defer_build=True)


class CitationOut(Public):
    """The place in a source that a record, a field or a link rests on."""

    source: str = public("Slug of the source, as in /v1/sources/{slug}.", "ssr-article")
    passage: str | None = public(
        "Locator of the passage, `<section>:<paragraph>.<sentence>`; null where the source has no passages.",
        "case-study-international-security-assistance-force-in-afghanistan:3.1",
    )
    locator: str | None = public(
        "The place in the source's own terms, such as a row or a resolution symbol; null where there is a passage.", None
    )
    stance: Stance = public("Whether the place supports or disputes what is said.", "supports")
    about: str | None = public("The one field that it speaks of; null: the whole.", None)
    note: str | None = public("What to know when reading that place.", None)


class LinkOut(Public):
    """The record at the other end of a link, and what the link rests on."""

    id: str = public("Id of the other record.", "challenge:insurgent-resistance")
    kind: str = public("Kind of the other record.", "challenge")
    name: str = public("Name of the other record.", "Insurgent resistance")
    verification: Verification = public("Status of this link, computed from its own citations.", "single_source")
    note: str | None = public("What ties the two here.", None)
    citations: list[CitationOut] = public("Where the link is said.")


class RecordOut(Public):
    """What every record has. Null means unknown."""

    id: str = public("`kind:slug`; stable.", "mission:isaf")
    kind: str = public("Kind of record.", "mission")
    slug: str = public("Name in paths; unique within its kind.", "isaf")
    name: str = public("Name as the field uses it.", "International Security Assistance Force")
    summary: str | None = public(
        "What the sources say of it, in Casebook's words.",
        "Multinational force set up in 2001 to help the Afghan government keep security.",
    )
    aliases: list[str] = public("Other names and acronyms.", ["ISAF"])
    verification: Verification = public(
        "Computed from the citations that speak of the record as a whole: `disputed` where one disputes it, "
        "`corroborated` where sources of two or more publishers support it, else `single_source`.",
        "corroborated",
    )
    field_verification: dict[str, Verification] = public(
        "The same for each field that citations speak of by name (`about`).", {"outcome": "disputed"}
    )
    links: dict[str, list[LinkOut]] = public("The records it is tied to, by predicate, read from this end.")
    citations: list[CitationOut] = public("Where the record itself is said.")


def linked(predicate: str) -> ScalarSelect[str]:
    """The id of the record that this one is tied to by a predicate that it has at most once."""
    other = aliased(Record)
    return (
        select(other.kind + ":" + other.slug)
        .join(Link, Link.object_id == other.id)
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
    "field_verification": resource.Field(column=object_of(_field_status), filter=False),
}
