"""The date fields of a catalogue, each as a stretch of a timeline.

Which fields there are follows from the declarations; knows no kind.
"""

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
"""The order of entries: first day, the coarser precision first, id, then the fields of one record as declared."""
RECORD, STATUS = table(Record), table(FieldStatus)

Conditions = Sequence[ColumnElement[bool]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Dated:
    """One date field of one kind."""

    resource: Resource
    field: str
    place: int
    """Where it stands among the date fields of its kind."""
    filters: Mapping[str, Filter]
    """What narrows its kind by a table of facts, such as that of countries, by the name of the parameter."""

    @property
    def day(self) -> ColumnElement[Any]:
        return self.resource.fields[self.field].expression

    @property
    def precision(self) -> ColumnElement[Any]:
        column = self.resource.fields[self.field].precision
        assert column is not None  # noqa: S101 - it is what makes a field a date field
        return core(column)

    @property
    def keys(self) -> Sequence[ColumnElement[Any]]:
        """What entries are ordered by, as `KEYS` names it."""
        rank = case((self.precision == "year", 0), (self.precision == "month", 1), else_=2)
        return self.day, rank, self.resource.fields["id"].expression, literal(self.place)

    def having(self, facts: Mapping[str, Sequence[str]]) -> Conditions:
        """Records of these facts; none where the kind has no such facts."""
        return [self.filters[name].of(values) if name in self.filters else false() for name, values in facts.items()]

    def between(self, start: str | None, end: str | None) -> Conditions:
        """Dates whose range of days overlaps that from `start` to `end`; unknown dates never do."""
        where: list[ColumnElement[bool]] = [self.day.is_not(None)]
        if start:
            first = parse(start)[0]
            month, year = first.replace(day=1), first.replace(month=1, day=1)
            in_month = and_(self.precision == "month", self.day >= month)
            where.append(self.day >= year)
            if first > year:  # else it says all there is to say, and the index alone can count
                where.append(or_(self.precision == "year", in_month, self.day >= first))
        return [*where, self.day <= last_day(end)] if end else where

    def page(self, where: Conditions, after: Sequence[Any] | None, size: int) -> Select[Any]:
        """The first entries of the field that meet the conditions and come after those values of the keys."""
        keys = [key.label(name) for key, name in zip(self.keys, KEYS, strict=True)]
        status = and_(STATUS.c.record_id == RECORD.c.id, STATUS.c.field == self.field)
        own = func.coalesce(STATUS.c.verification, RECORD.c.verification)
        verification = case((RECORD.c.verification == "disputed", "disputed"), else_=own)
        shown = (literal(self.field).label("what"), RECORD.c.kind, RECORD.c.name, verification.label("verification"))
        rows = select(*keys, self.precision.label("precision"), *shown)
        rows = rows.select_from(self.resource.rows.outerjoin(STATUS, status)).where(*where)
        return (rows.where(order(self.keys).after(after)) if after else rows).order_by(*keys).limit(size)

    def count(self, where: Conditions) -> ColumnElement[int]:
        """How many records meet the conditions."""
        return select(func.count()).select_from(table(self.resource.model)).where(*where).scalar_subquery()


def dated_fields(catalogue: Catalogue) -> Iterator[Dated]:
    """Every date field of every kind."""
    keys = [facts.key for facts in catalogue.tables]
    for resource in catalogue.kinds.values():
        made = filters(resource, catalogue)
        of_facts = [
            field.singular or name for name, field in resource.fields.items() if any(field.vocabulary is key for key in keys)
        ]
        dates = [name for name, field in resource.fields.items() if field.precision is not None]
        for place, name in enumerate(dates):
            yield Dated(resource=resource, field=name, place=place, filters={fact: made[fact] for fact in of_facts})


def order(keys: Sequence[ColumnElement[Any]]) -> Order:
    """The order of entries, by these columns."""
    return Order(None, tuple(Key(key, descending=False, nullable=False) for key in keys))
