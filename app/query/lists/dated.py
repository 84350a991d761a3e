"""The date fields of all kinds, found in their declarations, as sources of the timeline's entries."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, literal, or_, select

from app.model.catalogue import Catalogue
from app.model.partial_date import last_day, parse
from app.model.record import FieldStatus, Record
from app.model.resource import Resource, core, table
from app.query.filters.declared import filters
from app.query.filters.filter import Filter
from app.query.lists.keyset import Key, Order

KEYS = ("day", "rank", "id", "place")
"""The sort keys of entries: first day, precision from year to day, id, and the position of the field in its declaration."""
RECORD, STATUS = table(Record), table(FieldStatus)

Conditions = Sequence[ColumnElement[bool]]


@dataclass(frozen=True, kw_only=True, eq=False)
class DateField:
    """One date field of one kind."""

    resource: Resource
    field: str
    place: int
    """Its position among the date fields of its kind."""
    filters: Mapping[str, Filter]
    """The filters of its kind by a table of facts, such as countries, by the name of the parameter."""

    @property
    def day(self) -> ColumnElement[Any]:
        return self.resource.fields[self.field].expression

    @property
    def precision(self) -> ColumnElement[Any]:
        column = self.resource.fields[self.field].precision
        assert column is not None  # noqa: S101 - every date field has a precision
        return core(column)

    @property
    def keys(self) -> Sequence[ColumnElement[Any]]:
        """The columns of the sort keys, in the order of `KEYS`."""
        rank = case((self.precision == "year", 0), (self.precision == "month", 1), else_=2)
        return self.day, rank, self.resource.fields["id"].expression, literal(self.place)

    def fact_conditions(self, facts: Mapping[str, Sequence[str]]) -> Conditions:
        """Return the conditions on records with these facts. If the kind has no such facts, no record meets them."""
        return [self.filters[name].condition_on(values) if name in self.filters else false() for name, values in facts.items()]

    def between(self, start: str | None, end: str | None) -> Conditions:
        """Return the conditions on dates whose range of days overlaps that from `start` to `end`. NULL never does."""
        conditions: list[ColumnElement[bool]] = [self.day.is_not(None)]
        if start:
            first = parse(start)[0]
            month, year = first.replace(day=1), first.replace(month=1, day=1)
            in_month = and_(self.precision == "month", self.day >= month)
            conditions.append(self.day >= year)
            if first > year:  # else the condition above suffices, and a count needs only the index
                conditions.append(or_(self.precision == "year", in_month, self.day >= first))
        return [*conditions, self.day <= last_day(end)] if end else conditions

    def page(self, conditions: Conditions, after: Sequence[Any] | None, size: int) -> Select[Any]:
        """Build the statement for the first `size` entries that meet the conditions, after these values of the sort keys."""
        keys = [key.label(name) for key, name in zip(self.keys, KEYS, strict=True)]
        status = and_(STATUS.c.record_id == RECORD.c.id, STATUS.c.field == self.field)
        of_field = func.coalesce(STATUS.c.verification, RECORD.c.verification)
        verification = case((RECORD.c.verification == "disputed", "disputed"), else_=of_field)
        members = (literal(self.field).label("what"), RECORD.c.kind, RECORD.c.name, verification.label("verification"))
        rows = select(*keys, self.precision.label("precision"), *members)
        rows = rows.select_from(self.resource.rows.outerjoin(STATUS, status)).where(*conditions)
        return (rows.where(order(self.keys).after(after)) if after else rows).order_by(*keys).limit(size)

    def count(self, conditions: Conditions) -> ColumnElement[int]:
        """Return the subquery for the number of records that meet the conditions."""
        return select(func.count()).select_from(table(self.resource.model)).where(*conditions).scalar_subquery()


def dated_fields(catalogue: Catalogue) -> Iterator[DateField]:
    """Yield every date field of every kind."""
    keys = [facts.key for facts in catalogue.tables]
    for resource in catalogue.kinds.values():
        all_filters = filters(resource, catalogue)
        fact_filters = {
            name: all_filters[name]
            for name in (
                field.singular or name for name, field in resource.fields.items() if any(field.vocabulary is key for key in keys)
            )
        }
        dates = [name for name, field in resource.fields.items() if field.precision is not None]
        for place, name in enumerate(dates):
            yield DateField(resource=resource, field=name, place=place, filters=fact_filters)


def order(keys: Sequence[ColumnElement[Any]]) -> Order:
    """Return the order of entries by these columns."""
    return Order(None, tuple(Key(key, descending=False, nullable=False) for key in keys))
