"""Filters by other records: those that a link ties to a record, and those that one of its fields names."""

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


def related(resource: Resource, other: Resource, catalogue: Catalogue) -> Iterator[Filter]:
    """By the records of another kind that a link ties to them."""

    def tied(binds: Binds) -> ColumnElement[bool]:
        link = table(Link)
        out = select(link.c.subject_id).where(equal(link.c.object_id, binds), link.c.subject_kind == resource.kind)
        back = select(link.c.object_id).where(equal(link.c.subject_id, binds), link.c.object_kind == resource.kind)
        return resource.id.in_(union_all(out, back))

    what = f"Slug or id of {with_article(other.kind.replace('_', ' '))} that it is tied to by a link, either way"
    any_ = _by_record(other.kind + ANY, other, f"{what}: given again, any of them.", tied)
    yield replace(any_, by_link=True, along=_along(resource, other, catalogue))
    yield _by_record(other.kind + NONE, other, f"{what}: none of them.", lambda binds: not_(tied(binds)))
    every = lambda binds: and_(*(tied([bind]) for bind in binds))  # noqa: E731
    yield _by_record(other.kind + ALL, other, f"{what}: every one of them.", every)


def _along(resource: Resource, other: Resource, catalogue: Catalogue) -> OrderedIndexScan | None:
    """None where the two can be tied in either direction."""
    link, same = table(Link), table(Link).alias("same")
    out = [name for subject, name, object_ in catalogue.relations if (subject, object_) == (resource.kind, other.kind)]
    back = [name for subject, name, object_ in catalogue.relations if (subject, object_) == (other.kind, resource.kind)]
    if out and back:
        return None
    near, near_kind, far = ("subject_id", "subject_kind", "object_id") if out else ("object_id", "object_kind", "subject_id")

    def conditions(binds: Binds) -> list[ColumnElement[bool]]:
        made = [link.c[far] == binds[0], link.c[near_kind] == resource.kind]
        if len(out or back) > 1:
            again = same.c[near] == link.c[near], same.c[far] == link.c[far], same.c.predicate < link.c.predicate
            made.append(~exists().where(*again))
        return made

    return OrderedIndexScan(id=link.c[near], conditions=conditions)


def naming(name: str, field: Field, other: Resource) -> Iterator[Filter]:
    """By the record of another kind that a field names."""

    def named(binds: Binds) -> ColumnElement[bool]:
        record = table(Record)
        return field.expression.in_(select(record.c.slug).where(equal(record.c.id, binds)))

    what = f"Slug or id of the {other.kind.replace('_', ' ')}"
    yield _by_record(name + ANY, other, f"{what}: given again, any of them.", named)
    yield _by_record(name + NONE, other, f"{what}: none of them.", lambda binds: not_(named(binds)))


def _by_record(name: str, other: Resource, help_: str, condition: Callable[[Binds], ColumnElement[bool]]) -> Filter:
    return Filter(name=name, annotation=Text, many=True, help=help_, example=other.example, condition=condition, related=other)
