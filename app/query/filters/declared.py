"""The filters of a resource, built from its declaration."""

from collections.abc import Iterable, Iterator, Mapping
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
from app.query.filters.multivalued import parent_column, value_rows
from app.query.filters.operators import ALL, ANY, ISNULL, NONE, SINGLE, Binds, contains, contains_values, equal
from app.query.filters.related import link_filters, reference_filters
from app.query.filters.types import Text, is_text, value_type
from app.query.fulltext import grammar as search_grammar
from app.query.fulltext.index import Matches, engine_queries, matches


def filters(resource: Resource, catalogue: Catalogue) -> Mapping[str, Filter]:
    """Return every filter of a resource by the name of its parameter: its own fields, links, then what all records share."""
    common = [name for name in resource.fields if resource.is_record and name in RECORD_FIELDS]
    declared = [
        filter_ for name in resource.fields if name not in common for filter_ in _field_filters(resource, name, catalogue)
    ]
    declared += [filter_ for other in catalogue.related(resource) for filter_ in link_filters(resource, other, catalogue)]
    declared += [filter_ for name in common for filter_ in _field_filters(resource, name, catalogue)]
    if resource.is_record:
        declared += [_search_filter(resource), _id_filter(resource)]
    return {filter_.name: filter_ for filter_ in declared}


def _field_filters(resource: Resource, name: str, catalogue: Catalogue) -> Iterable[Filter]:
    field = resource.fields[name]
    if not field.filter:
        return ()
    if field.record is not None:
        return reference_filters(name, field, catalogue.kinds[field.record])
    return _multivalued(resource, name, field) if field.of is not None else _single_valued(resource, name, field)


def _single_valued(resource: Resource, name: str, field: Field) -> Iterator[Filter]:
    column, public = field.expression, resource.schema.model_fields[name]
    example = (public.examples or [None])[0]
    type_ = value_type(column)
    for operator in SINGLE:
        if operator.fits(column):
            yield Filter(
                name=name + operator.suffix,
                annotation=Text if operator.condition is contains else type_,
                many=operator.many,
                help=f"{public.description} {operator.help_for(column)}",
                example=example,
                condition=partial(operator.condition, column),
                values=partial(operator.values, column),
                vocabulary=field.vocabulary if operator.condition is not contains else None,
            )
    if name in resource.optional:
        yield _is_null(name, public.description or "", column.is_(None), column.is_not(None))


def _multivalued(resource: Resource, name: str, field: Field) -> Iterator[Filter]:
    column, public, parent = field.expression, resource.schema.model_fields[name], parent_column(resource, field)
    ids: Select[Any] = select(parent).select_from(value_rows(field)).where(column.is_not(None))
    parameter, description = field.singular or name, public.description or ""

    def has_any(binds: Binds) -> ColumnElement[bool]:
        return resource.id.in_(ids.where(equal(column, binds)))

    any_ = Filter(
        name=parameter + ANY,
        annotation=value_type(column),
        many=True,
        help=f"{description} Repeat to match any of several values (OR).",
        example=((public.examples or [[None]])[0] or [None])[0],
        condition=has_any,
        vocabulary=field.vocabulary,
        # Only if the child table itself has the column, so that one index leads from the value to the records in order.
        scan=OrderedIndexScan(id=parent, conditions=lambda binds: [column == binds[0]]) if column.table is parent.table else None,
    )
    yield any_
    yield replace(
        any_,
        name=parameter + NONE,
        help=f"{description} Excludes records with this value. Repeat to exclude several.",
        condition=lambda binds: not_(has_any(binds)),
        scan=None,
    )
    yield replace(
        any_,
        name=parameter + ALL,
        help=f"{description} Repeat to match all of several values (AND).",
        condition=lambda binds: and_(*(has_any([bind]) for bind in binds)),
        scan=None,
    )
    if is_text(column) and field.vocabulary is None:
        yield replace(
            any_,
            name=f"{parameter}__contains",
            annotation=Text,
            help=f"{description} Contains this text, ignoring case. Repeat to match any of several texts (OR).",
            condition=lambda binds: resource.id.in_(ids.where(contains(column, binds))),
            values=partial(contains_values, column),
            scan=None,
        )
    yield _is_null(parameter, description, not_(resource.id.in_(ids)), resource.id.in_(ids))


def _search_filter(resource: Resource) -> Filter:
    return Filter(
        name="q",
        annotation=search_grammar.SearchText,
        many=False,
        help=f"Full-text search; the list keeps its order. {search_grammar.HELP}",
        example=search_grammar.EXAMPLE,
        condition=lambda binds: resource.id.in_(matches(*binds).where(*_id_range(resource))),
        values=lambda q: engine_queries(search_grammar.parse(q)),
        scan=OrderedIndexScan(id=INDEX.c.rowid, conditions=lambda binds: [Matches(*binds), *_id_range(resource)]),
        drives_scan=True,
        binds_per_value=2,
    )


def _id_range(resource: Resource) -> list[ColumnElement[bool]]:
    """Return conditions that the row of the search index lies between the least and the largest id of a kind.

    Records are numbered in the order of (kind, slug), so the ids of a kind are one range.
    """
    if not resource.is_kind:
        return []
    least, largest = (select(end(resource.id)).scalar_subquery() for end in (func.min, func.max))
    return [INDEX.c.rowid >= least, INDEX.c.rowid <= largest]


def _id_filter(resource: Resource) -> Filter:
    return Filter(
        name="id",
        annotation=Text,
        many=True,
        help="Id of a record. Repeat to match any of several (OR). The response lists unknown ids in `missing`.",
        example=f"{resource.kind}:{resource.example}" if resource.is_kind else "mission:isaf",
        condition=partial(equal, resource.id),
        ids=True,
    )


def _is_null(name: str, description: str, unknown: ColumnElement[bool], known: ColumnElement[bool]) -> Filter:
    return Filter(
        name=name + ISNULL,
        annotation=bool,
        many=False,
        help=f"{description} `true` for records without a value, `false` for those with one.",
        example=False,
        condition=lambda is_null: unknown if is_null else known,
        inlined=True,
    )
