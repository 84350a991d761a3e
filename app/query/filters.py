"""The filters of a resource: one for each parameter that narrows its list, made from its declaration."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import FromClause, Select, and_, inspect, not_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from app.catalog.catalogue import Catalogue
from app.catalog.link import Link
from app.catalog.record import Record
from app.catalog.resource import Field, Resource, table
from app.catalog.schema import RECORD_FIELDS
from app.query import search_grammar
from app.query.operators import ALL, ANY, ISNULL, NONE, SINGLE, contains, equal
from app.query.search_index import matches
from app.query.value import Text, is_text, value_type


@dataclass(frozen=True, kw_only=True, eq=False)
class Filter:
    """One parameter that narrows a list."""

    name: str
    annotation: Any
    many: bool
    help: str
    example: Any
    condition: Callable[[Any], ColumnElement[bool]]
    vocabulary: InstrumentedAttribute[Any] | None = None
    related: Resource | None = None
    """Values are slugs or ids of this kind's records; the condition takes their numbers."""
    ids: bool = False
    """Values are ids of records of any kind; the condition takes the numbers of those that there are."""


def filters(resource: Resource, catalogue: Catalogue) -> Mapping[str, Filter]:
    """Every filter of a resource, by the name of its parameter: what is its own first, what all records share last."""
    common = [name for name in resource.fields if resource.is_record and name in RECORD_FIELDS]
    made = [filter_ for name in resource.fields if name not in common for filter_ in _of_field(resource, name, catalogue)]
    made += [filter_ for other in catalogue.related(resource) for filter_ in _related(resource, other)]
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
            condition = lambda value, operator=operator: operator.condition(column, value)  # noqa: E731
            yield Filter(
                name=name + operator.suffix,
                annotation=Text if operator.condition is contains else kind,
                many=operator.many,
                help=f"{public.description} Here: {operator.help}."
                if operator.suffix
                else f"{public.description} Filter: {operator.help}.",
                example=example,
                condition=condition,
                vocabulary=field.vocabulary if operator.condition is not contains else None,
            )
    if name in resource.optional:
        yield _is_null(name, public.description or "", lambda value: column.is_(None) if value else column.is_not(None))


def _many(resource: Resource, name: str, field: Field) -> Iterator[Filter]:
    column, public = field.expression, resource.schema.model_fields[name]
    ids: Select[Any] = select(parent_column(resource, field)).select_from(belonging(field)).where(column.is_not(None))
    parameter = field.singular or name
    example = ((public.examples or [[None]])[0] or [None])[0]
    common = {"example": example, "many": True}

    def having(values: Sequence[Any]) -> ColumnElement[bool]:
        return resource.id.in_(ids.where(equal(column, values)))

    def of(suffix: str, help_: str, condition: Callable[[Any], ColumnElement[bool]]) -> Filter:
        text = f"{public.description} Filter: {help_}."
        return Filter(
            name=parameter + suffix,
            annotation=value_type(column),
            help=text,
            condition=condition,
            vocabulary=field.vocabulary,
            **common,
        )

    yield of(ANY, "given again, any of the values", having)
    yield of(NONE, "none of the values", lambda values: not_(having(values)))
    yield of(ALL, "every one of the values", lambda values: and_(*(having([value]) for value in values)))
    if is_text(column) and field.vocabulary is None:
        yield Filter(
            name=f"{parameter}__contains",
            annotation=Text,
            help=f"{public.description} Filter: one holds this text, in either case.",
            condition=lambda values: resource.id.in_(ids.where(contains(column, values))),
            **common,
        )
    yield _is_null(
        parameter, public.description or "", lambda value: not_(resource.id.in_(ids)) if value else resource.id.in_(ids)
    )


def _related(resource: Resource, other: Resource) -> Iterator[Filter]:
    def tied(numbers: Sequence[int]) -> ColumnElement[bool]:
        link = table(Link)
        out = select(link.c.subject_id).where(link.c.object_id.in_(numbers), link.c.subject_kind == resource.kind)
        back = select(link.c.object_id).where(link.c.subject_id.in_(numbers), link.c.object_kind == resource.kind)
        return resource.id.in_(union_all(out, back))

    what = f"Slug or id of a {other.kind.replace('_', ' ')} that it is tied to by a link, either way"
    yield _by_record(other.kind + ANY, other, f"{what}: given again, any of them.", tied)
    yield _by_record(other.kind + NONE, other, f"{what}: none of them.", lambda numbers: not_(tied(numbers)))
    every = lambda numbers: and_(*(tied([number]) for number in numbers))  # noqa: E731
    yield _by_record(other.kind + ALL, other, f"{what}: every one of them.", every)


def _naming(name: str, field: Field, other: Resource) -> Iterator[Filter]:
    def named(numbers: Sequence[int]) -> ColumnElement[bool]:
        record = table(Record)
        return field.expression.in_(select(record.c.slug).where(record.c.id.in_(numbers)))

    what = f"Slug or id of the {other.kind.replace('_', ' ')}"
    yield _by_record(name + ANY, other, f"{what}: given again, any of them.", named)
    yield _by_record(name + NONE, other, f"{what}: none of them.", lambda numbers: not_(named(numbers)))


def _by_record(name: str, other: Resource, help_: str, condition: Callable[[Any], ColumnElement[bool]]) -> Filter:
    return Filter(name=name, annotation=Text, many=True, help=help_, example=other.example, condition=condition, related=other)


def _search(resource: Resource) -> Filter:
    return Filter(
        name="q",
        annotation=search_grammar.SearchText,
        many=False,
        help=f"Only records that say this, in the order of the list. {search_grammar.HELP}",
        example=search_grammar.EXAMPLE,
        condition=lambda q: resource.id.in_(matches(search_grammar.parse(q))),
    )


def _ids(resource: Resource) -> Filter:
    return Filter(
        name="id",
        annotation=Text,
        many=True,
        help="Id of a record; given again, any of them. The answer lists in `missing` those that there are not.",
        example=f"{resource.kind}:{resource.example}" if resource.is_kind else "mission:isaf",
        condition=resource.id.in_,
        ids=True,
    )


def _is_null(name: str, description: str, condition: Callable[[bool], ColumnElement[bool]]) -> Filter:
    text = f"{description} Filter: `true` where it is unknown, `false` where it is known."
    return Filter(name=name + ISNULL, annotation=bool, many=False, help=text, example=False, condition=condition)


def belonging(field: Field) -> FromClause:
    """The rows of a field of many values: its own table, joined with the one that its column is of."""
    assert field.of is not None  # noqa: S101 - asked only of fields of many values
    own = table(field.of)
    further = inspect(field.column).parent.local_table if isinstance(field.column, InstrumentedAttribute) else own
    return own if further is own else own.join(further)


def parent_column(resource: Resource, field: Field) -> ColumnElement[Any]:
    """The column of a field's own table that holds the id of the record that a row belongs to."""
    assert field.of is not None  # noqa: S101 - asked only of fields of many values
    owners = {resource.id, *table(resource.model).primary_key.columns}
    return next(column for column in table(field.of).c if any(key.column in owners for key in column.foreign_keys))
