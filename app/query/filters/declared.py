"""The filters of a resource: one for each parameter that narrows its list, made from its declaration."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import Select, and_, func, not_, select
from sqlalchemy.sql.elements import ColumnElement

from app.model.catalogue import Catalogue
from app.model.resource import Field, Resource
from app.model.schema import RECORD_FIELDS
from app.model.search import INDEX
from app.query.filters.filter import Filter, OrderedIndexScan
from app.query.filters.multivalued import belonging, parent_column
from app.query.filters.operators import ALL, ANY, ISNULL, NONE, SINGLE, Binds, contains, equal, patterns_of
from app.query.filters.related import naming, related
from app.query.filters.types import Text, is_text, value_type
from app.query.search import grammar as search_grammar
from app.query.search.index import Matches, engine_queries, matches


def filters(resource: Resource, catalogue: Catalogue) -> Mapping[str, Filter]:
    """Every filter of a resource, by the name of its parameter: what is its own first, what all records share last."""
    common = [name for name in resource.fields if resource.is_record and name in RECORD_FIELDS]
    made = [filter_ for name in resource.fields if name not in common for filter_ in _of_field(resource, name, catalogue)]
    made += [filter_ for other in catalogue.related(resource) for filter_ in related(resource, other, catalogue)]
    made += [filter_ for name in common for filter_ in _of_field(resource, name, catalogue)]
    if resource.is_record:
        made += [_search(resource), _ids(resource)]
    return {filter_.name: filter_ for filter_ in made}


def _of_field(resource: Resource, name: str, catalogue: Catalogue) -> Iterable[Filter]:
    field = resource.fields[name]
    if not field.filter:
        return ()
    if field.record is not None:
        return naming(name, field, catalogue.kinds[field.record])
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

    once = OrderedIndexScan(id=parent_column(resource, field), conditions=lambda binds: [column == binds[0]])
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


def _search(resource: Resource) -> Filter:
    return Filter(
        name="q",
        annotation=search_grammar.SearchText,
        many=False,
        help=f"Only records that say this, in the order of the list. {search_grammar.HELP}",
        example=search_grammar.EXAMPLE,
        condition=lambda binds: resource.id.in_(matches(*binds).where(*_numbers(resource))),
        values=lambda q: engine_queries(search_grammar.parse(q)),
        along=OrderedIndexScan(id=INDEX.c.rowid, conditions=lambda binds: [Matches(*binds), *_numbers(resource)]),
        drives_scan=True,
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
