"""Counts estimated from a sample, for resources with too many rows to count for one response.

The loader samples every n-th row of such a resource. A count over the sample, times n, estimates the count over all rows.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import FromClause, Integer, SelectBase, func, select, union_all
from sqlalchemy.sql.elements import BinaryExpression, ColumnElement
from sqlalchemy.sql.operators import in_op, not_in_op
from sqlalchemy.sql.visitors import replacement_traverse

from app.model.release import Sample
from app.model.resource import Resource, table

MOST_COUNTED = 10_000
"""The number of rows counted for one response. If there are more, totals say "at least this many", and counts are estimated."""
SAMPLE = table(Sample)

Conditions = Sequence[ColumnElement[bool]]


def is_sampled(resource: Resource) -> bool:
    """Return whether a resource is sampled when it is large. One without integer ids, such as countries, is never large."""
    return isinstance(resource.id.type, Integer)


def restrict_to_sample(
    resource: Resource, source: FromClause, count: ColumnElement[Any], conditions: Conditions
) -> tuple[FromClause, ColumnElement[Any], list[ColumnElement[bool]]]:
    """Return the parts of a query that counts rows of `source`, changed to estimate the count from the sample.

    The source is joined to the sample, and the count is multiplied by the sampling interval.
    """
    of_resource, interval = SAMPLE.c.resource == resource.name, func.max(SAMPLE.c.stands_for)
    divisor = select(interval).where(of_resource).scalar_subquery()
    sampled = SAMPLE.join(source, SAMPLE.c.row_id == resource.id)
    return sampled, count * interval, [of_resource, *(_shorten_subqueries(resource, item, divisor) for item in conditions)]


def _shorten_subqueries(resource: Resource, condition: ColumnElement[bool], divisor: ColumnElement[Any]) -> ColumnElement[bool]:
    """Restrict every `id IN (SELECT ...)` of a condition to ids that are in the sample.

    The ids in the sample are those divisible by the interval, so the result stays the same, and the database need not collect
    the other ids of the subquery.
    """

    def shorten(element: Any, **_: Any) -> Any:
        """Return the replacement of one element of the condition, or None to keep it."""
        if not isinstance(element, BinaryExpression) or element.operator not in (in_op, not_in_op):
            return None
        subquery = getattr(element.right, "element", None)
        if not element.left.compare(resource.id) or not isinstance(subquery, SelectBase):
            return None
        arms: list[Any] = getattr(subquery, "selects", [subquery])  # of a UNION ALL, or the one SELECT
        return element.operator(
            element.left, union_all(*(arm.where(next(iter(arm.selected_columns)) % divisor == 0) for arm in arms))
        )

    return replacement_traverse(condition, {}, shorten)
