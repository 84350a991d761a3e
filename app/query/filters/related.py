"""Filters by other records: by those that a link connects to a record, and by those that one of its fields names."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from sqlalchemy import and_, exists, not_, select, union_all
from sqlalchemy.sql.elements import ColumnElement

from app.model.catalogue import Catalogue
from app.model.link import Link
from app.model.naming import with_article
from app.model.record import Record
from app.model.resource import Field, Resource, table
from app.query.filters.filter import Filter, OrderedIndexScan
from app.query.filters.operators import ALL, ANY, NONE, Binds, equal
from app.query.filters.types import Text


def link_filters(resource: Resource, other: Resource, catalogue: Catalogue) -> Iterator[Filter]:
    """Yield the filters by the records of another kind that a link connects to a record, in either direction."""

    def linked(binds: Binds) -> ColumnElement[bool]:
        link = table(Link)
        subjects = select(link.c.subject_id).where(equal(link.c.object_id, binds), link.c.subject_kind == resource.kind)
        objects = select(link.c.object_id).where(equal(link.c.subject_id, binds), link.c.object_kind == resource.kind)
        return resource.id.in_(union_all(subjects, objects))

    def linked_to_all(binds: Binds) -> ColumnElement[bool]:
        return and_(*(linked([bind]) for bind in binds))

    kind = with_article(other.kind.replace("_", " "))
    any_ = _by_record(
        other.kind + ANY,
        other,
        f"Slug or id of {kind} linked to it, in either direction. Repeat to match any of several (OR).",
        linked,
    )
    yield replace(any_, by_link=True, scan=_link_scan(resource, other, catalogue))
    yield _by_record(
        other.kind + NONE,
        other,
        f"Slug or id of {kind}; excludes records linked to it. Repeat to exclude several.",
        lambda binds: not_(linked(binds)),
    )
    yield _by_record(
        other.kind + ALL,
        other,
        f"Slug or id of {kind} linked to it, in either direction. Repeat to match all of several (AND).",
        linked_to_all,
    )


def _link_scan(resource: Resource, other: Resource, catalogue: Catalogue) -> OrderedIndexScan | None:
    """Return the scan of the links of one record of `other`; None if the two kinds can be linked in both directions.

    Two records can be linked by several predicates. Of these links only the one with the least predicate counts, so that each
    record is returned once.
    """
    link, duplicate = table(Link), table(Link).alias("same")
    as_subject = [name for subject, name, object_ in catalogue.relations if (subject, object_) == (resource.kind, other.kind)]
    as_object = [name for subject, name, object_ in catalogue.relations if (subject, object_) == (other.kind, resource.kind)]
    if as_subject and as_object:
        return None
    id_, kind, other_id = (
        ("subject_id", "subject_kind", "object_id") if as_subject else ("object_id", "object_kind", "subject_id")
    )

    def conditions(binds: Binds) -> list[ColumnElement[bool]]:
        linked = [link.c[other_id] == binds[0], link.c[kind] == resource.kind]
        if len(as_subject or as_object) == 1:
            return linked
        same_ends = duplicate.c[id_] == link.c[id_], duplicate.c[other_id] == link.c[other_id]
        return [*linked, ~exists().where(*same_ends, duplicate.c.predicate < link.c.predicate)]

    return OrderedIndexScan(id=link.c[id_], conditions=conditions)


def reference_filters(name: str, field: Field, other: Resource) -> Iterator[Filter]:
    """Yield the filters by the record of another kind that a field names by its slug."""

    def named(binds: Binds) -> ColumnElement[bool]:
        record = table(Record)
        return field.expression.in_(select(record.c.slug).where(equal(record.c.id, binds)))

    description = f"Slug or id of the {other.kind.replace('_', ' ')}."
    yield _by_record(name + ANY, other, f"{description} Repeat to match any of several (OR).", named)
    yield _by_record(
        name + NONE, other, f"{description} Excludes it. Repeat to exclude several.", lambda binds: not_(named(binds))
    )


def _by_record(name: str, other: Resource, help_: str, condition: Callable[[Binds], ColumnElement[bool]]) -> Filter:
    return Filter(name=name, annotation=Text, many=True, help=help_, example=other.example, condition=condition, related=other)
