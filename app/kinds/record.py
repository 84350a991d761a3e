"""Records of all kinds in one list, with the fields that all kinds share."""

from app.model.record import Kind, Record
from app.model.resource import Field, Resource
from app.model.schema import RECORD_FIELDS, RecordOut

RECORDS = Resource(
    name="records",
    summary="Records of all kinds, with the fields that all kinds share.",
    model=Record,
    schema=RecordOut,
    key=Record.slug,
    example="isaf",
    fields={
        **RECORD_FIELDS,
        "kind": Field(column=Record.kind, vocabulary=Kind.name, sort=True),
        "slug": Field(column=Record.slug, sort=True),
    },
)
