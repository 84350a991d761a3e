"""Random draws that are equal on every machine and every version of Python, uniform or by Zipf's law.

Of `random` it uses only `random()`, whose sequence Python promises to keep, and of arithmetic only what rounds alike everywhere:
no powers and no logarithms.
"""

from array import array
from bisect import bisect
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from random import Random
from typing import TypeVar

Value = TypeVar("Value")


class SeededRandom:
    """A sequence of draws that follows from the seed: the text of its parts."""

    def __init__(self, *seed: object) -> None:
        self._random = Random(" ".join(map(str, seed))).random  # noqa: S311 - nothing here is secret

    def below(self, number: int) -> int:
        """Draw an integer from 0 to `number` - 1."""
        return int(self._random() * number)

    def is_within(self, percent: int) -> bool:
        """Return True in `percent` of a hundred draws."""
        return self._random() * 100 < percent

    def choice(self, values: Sequence[Value]) -> Value:
        """Draw one of the values."""
        return values[int(self._random() * len(values))]

    def choices(self, values: Sequence[Value], count: int) -> list[Value]:
        """Draw `count` of the values, with replacement."""
        draw, size = self._random, len(values)
        return [values[int(draw() * size)] for _ in range(count)]

    def zipf_index(self, number: int) -> int:
        """Draw an integer from 0 to `number` - 1 by Zipf's law: 0 twice as often as 1, three times as often as 2, and so on."""
        cumulative = _zipf_weights(number)
        return bisect(cumulative, self._random() * cumulative[-1], hi=number - 1)

    def zipf_choice(self, values: Sequence[Value]) -> Value:
        """Draw one of the values by Zipf's law, the first most often."""
        return values[self.zipf_index(len(values))]


@cache
def _zipf_weights(number: int) -> Sequence[float]:
    """Return the cumulative weights."""
    return array("d", accumulate(1 / rank for rank in range(1, number + 1)))
