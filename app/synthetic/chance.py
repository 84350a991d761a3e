"""Chance that comes out alike on every machine: draws from a seed, even or by Zipf's law.

Takes nothing from `random` but the one sequence that Python promises to keep, and from arithmetic only what rounds alike
everywhere, so no powers and no logarithms.
"""

from array import array
from bisect import bisect
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from random import Random
from typing import TypeVar

Value = TypeVar("Value")


class Chance:
    """Draws that follow from what it is seeded with."""

    def __init__(self, *seed: object) -> None:
        self._draw = Random(" ".join(map(str, seed))).random  # noqa: S311 - nothing here is secret

    def below(self, number: int) -> int:
        """A number from 0 on, each as likely as the others."""
        return int(self._draw() * number)

    def in_100(self, times: int) -> bool:
        """True so many times in a hundred."""
        return self._draw() * 100 < times

    def rank(self, number: int) -> int:
        """A number from 0 on, the first twice as likely as the second, three times as likely as the third, and so on."""
        weights = _zipf(number)
        return bisect(weights, self._draw() * weights[-1], hi=number - 1)

    def one_of(self, values: Sequence[Value]) -> Value:
        """One of some values, each as likely as the others."""
        return values[int(self._draw() * len(values))]

    def some_of(self, values: Sequence[Value], number: int) -> list[Value]:
        """So many of some values, drawn each time from all of them."""
        draw, size = self._draw, len(values)
        return [values[int(draw() * size)] for _ in range(number)]

    def ranked(self, values: Sequence[Value]) -> Value:
        """One of some values, the earlier the likelier."""
        return values[self.rank(len(values))]


@cache
def _zipf(number: int) -> Sequence[float]:
    return array("d", accumulate(1 / rank for rank in range(1, number + 1)))
