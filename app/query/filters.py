"""The filters of a resource: one for each parameter that narrows its list, made from its declaration."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import BindParameter, Select, and_, exists, func, literal, not_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from app.catalog.catalogue import Catalogue
from app.catalog.link import Link
from app.catalog.record import Record
from app.catalog.resource import Field, Resource, table
from app.catalog.schema import RECORD_FIELDS
from app.catalog.search import INDEX
from app.database import bound
from app.query import search_grammar
from app.query.many import belonging, parent_column
from app.query.operators import ALL, ANY, ISNULL, NONE, SINGLE, Binds, contains, equal, patterns_of
from app.query.search_index import Matches, matches, spelt
from app.query.value import Text, is_text, value_type


@dataclass(frozen=True, kw_only=True, eq=False)
class Along:
    """What holds the records that one value asks for in the order of their numbers: a list of any length can be read along it."""

    id: ColumnElement[Any]
    """The number of the record that a row belongs to or, of a link, of the record at the other end."""
    conditions: Callable[[Binds], list[ColumnElement[bool]]]
    """Made of what is bound for the one value; they hold once for each record."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Filter:
    """One parameter that narrows a list."""

    name: str
    annotation: Any
    many: bool
    help: str
    example: Any
    condition: Callable[[Binds], ColumnElement[bool]]
    """Made of as many binds as there are values."""
    values: Callable[[Any], list[Any]] = list
    """What is bound for what a client gives or, for records, for the numbers of those that it names."""
    fixed: bool = False
    """Whether what is given is part of the condition itself, as whether something is known."""
    vocabulary: InstrumentedAttribute[Any] | None = None
    related: Resource | None = None
    """Values are slugs or ids of this kind's records; their numbers are bound."""
    ids: bool = False
    """Values are ids of records of any kind; the numbers of those that there are are bound."""

    by_link: bool = False
    """Whether it keeps the records that a link ties to any of those named."""
    along: Along | None = None
    """What to read along where the filter is given one value and is alone."""
    leads: bool = False
    """Whether the list is read along it also where other filters narrow it."""
    binds_a_value: int = 1
    """How many binds one value takes, as far as `along` has use for it."""

    def place(self, n: int) -> str:
        """The name of a place for a value: none that SQLAlchemy gives to a constant, as `kind_1` beside a column `kind`."""
        return f"{self.name}_v{n}"

    def binds(self, count: int) -> list[BindParameter[Any]]:
        """Named places for values."""
        return [bound(self.place(n)) for n in range(count)]

    def of(self, values: Sequence[Any]) -> ColumnElement[bool]:
        """The condition on values that are known already."""
        return self.condition(values if self.fixed else [literal(value) for value in self.values(values)])


def filters(resource: Resource, catalogue: Catalogue) -> Mapping[str, Filter]:
    """Every filter of a resource, by the name of its parameter: what is its own first, what all records share last."""
    common = [name for name in resource.fields if resource.is_record and name in RECORD_FIELDS]
    made = [filter_ for name in resource.fields if name not in common for filter_ in _of_field(resource, name, catalogue)]
    made += [filter_ for other in catalogue.related(resource) for filter_ in _related(resource, other, catalogue)]
    made += [filter_ for name in common for filter_ in _of_field(resource, name, catalogue)]
    if resource.is_record:
        made += [_search(resource), _ids(resource)]
    return {filter_.name: filter_ for filter_ in made}


def _of_field(resource: Resource, name: str, catalogue: Catalogue) -> Iterable[Filter]:
    field = resource.fields[name]
    if not field.filter:
        return ()
    if field.record is not None:
        return _naming(name, field, catalogue.kinds[field.record])
    return _many(resource, name, field) if field.of is not None else _single(resource, name, field)


def _single(resource: Resource, name: str, field: Field) -> Iterator[Filter]:
    column, public = field.expression, resource.schema.model_fields[name]
    example = (public.examples or [None])[0]
    kind = value_type(column)
    for operator in SINGLE:
        if operator.fits(column):
            yield Filter(
                name=name + operator.suffix,
                annotation=Text if operator.condition is contains else kind,
                many=operator.many,
                help=f"{public.description} Filter: {operator.help}.",
                example=example,
                condition=partial(operator.condition, column),
                values=partial(operator.values, column),
                vocabulary=field.vocabulary if operator.condition is not contains else None,
            )
    if name in resource.optional:
        yield _is_null(name, public.description or "", column.is_(None), column.is_not(None))


def _many(resource: Resource, name: str, field: Field) -> Iterator[Filter]:
    column, public = field.expression, resource.schema.model_fields[name]
    ids: Select[Any] = select(parent_column(resource, field)).select_from(belonging(field)).where(column.is_not(None))
    parameter = field.singular or name
    example = ((public.examples or [[None]])[0] or [None])[0]
    common = {"example": example, "many": True}

    def having(binds: Binds) -> ColumnElement[bool]:
        return resource.id.in_(ids.where(equal(column, binds)))

    def of(suffix: str, help_: str, condition: Callable[[Binds], ColumnElement[bool]]) -> Filter:
        text = f"{public.description} Filter: {help_}."
        return Filter(
            name=parameter + suffix,
            annotation=value_type(column),
            help=text,
            condition=condition,
            vocabulary=field.vocabulary,
            **common,
        )

    once = Along(id=parent_column(resource, field), conditions=lambda binds: [column == binds[0]])
    any_ = of(ANY, "given again, any of the values", having)
    yield replace(any_, along=once) if column.table is parent_column(resource, field).table else any_
    yield of(NONE, "none of the values", lambda binds: not_(having(binds)))
    yield of(ALL, "every one of the values", lambda binds: and_(*(having([bind]) for bind in binds)))
    if is_text(column) and field.vocabulary is None:
        yield Filter(
            name=f"{parameter}__contains",
            annotation=Text,
            help=f"{public.description} Filter: one holds this text, in either case.",
            condition=lambda binds: resource.id.in_(ids.where(contains(column, binds))),
            values=partial(patterns_of, column),
            **common,
        )
    yield _is_null(parameter, public.description or "", not_(resource.id.in_(ids)), resource.id.in_(ids))


def _related(resource: Resource, other: Resource, catalogue: Catalogue) -> Iterator[Filter]:
    def tied(binds: Binds) -> ColumnElement[bool]:
        link = table(Link)
        out = select(link.c.subject_id).where(equal(link.c.object_id, binds), link.c.subject_kind == resource.kind)
        back = select(link.c.object_id).where(equal(link.c.subject_id, binds), link.c.object_kind == resource.kind)
        return resource.id.in_(union_all(out, back))

    kind = other.kind.replace("_", " ")
    what = f"Slug or id of {'an' if kind[0] in 'aeiou' else 'a'} {kind} that it is tied to by a link, either way"
    any_ = _by_record(other.kind + ANY, other, f"{what}: given again, any of them.", tied)
    yield replace(any_, by_link=True, along=_along(resource, other, catalogue))
    yield _by_record(other.kind + NONE, other, f"{what}: none of them.", lambda binds: not_(tied(binds)))
    every = lambda binds: and_(*(tied([bind]) for bind in binds))  # noqa: E731
    yield _by_record(other.kind + ALL, other, f"{what}: every one of them.", every)


def _along(resource: Resource, other: Resource, catalogue: Catalogue) -> Along | None:
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

    return Along(id=link.c[near], conditions=conditions)


def _naming(name: str, field: Field, other: Resource) -> Iterator[Filter]:
    def named(binds: Binds) -> ColumnElement[bool]:
        record = table(Record)
        return field.expression.in_(select(record.c.slug).where(equal(record.c.id, binds)))

    what = f"Slug or id of the {other.kind.replace('_', ' ')}"
    yield _by_record(name + ANY, other, f"{what}: given again, any of them.", named)
    yield _by_record(name + NONE, other, f"{what}: none of them.", lambda binds: not_(named(binds)))


def _by_record(name: str, other: Resource, help_: str, condition: Callable[[Binds], ColumnElement[bool]]) -> Filter:
    return Filter(name=name, annotation=Text, many=True, help=help_, example=other.example, condition=condition, related=other)


def _search(resource: Resource) -> Filter:
    return Filter(
        name="q",
        annotation=search_grammar.SearchText,
        many=False,
        help=f"Only records that say this, in the order of the list. {search_grammar.HELP}",
        example=search_grammar.EXAMPLE,
        condition=lambda binds: resource.id.in_(matches(*binds).where(*_numbers(resource))),
        values=lambda q: spelt(search_grammar.parse(q)),
        along=Along(id=INDEX.c.rowid, conditions=lambda binds: [Matches(*binds), *_numbers(resource)]),
        leads=True,
        binds_a_value=2,
    )


def _numbers(resource: Resource) -> list[ColumnElement[bool]]:
    """That a row of the search index can be of this kind, by the least and the largest number that there are."""
    if not resource.is_kind:
        return []
    least, largest = (select(end(resource.id)).scalar_subquery() for end in (func.min, func.max))
    return [INDEX.c.rowid >= least, INDEX.c.rowid <= largest]


def _ids(resource: Resource) -> Filter:
    return Filter(
        name="id",
        annotation=Text,
        many=True,
        help="Id of a record; given again, any of them. The answer lists unknown ids in `missing`.",
        example=f"{resource.kind}:{resource.example}" if resource.is_kind else "mission:isaf",
        condition=partial(equal, resource.id),
        ids=True,
    )


def _is_null(name: str, description: str, unknown: ColumnElement[bool], known: ColumnElement[bool]) -> Filter:
    return Filter(
        name=name + ISNULL,
        annotation=bool,
        many=False,
        help=f"{description} Filter: `true` where it is unknown, `false` where it is known.",
        example=False,
        condition=lambda given: unknown if given else known,
        fixed=True,
    )
