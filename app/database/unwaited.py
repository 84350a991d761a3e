"""Coroutines that have nothing to wait for: they come to their end at their first step, without a task, or an event loop."""

from collections.abc import Coroutine
from typing import Any, TypeVar

Made = TypeVar("Made")


class Waits(RuntimeError):
    """It has to be waited for after all."""


def at_once(work: Coroutine[Any, Any, Made]) -> Made:
    """What a coroutine makes that has nothing to wait for, without an event loop or from inside one. Waits where it has."""
    try:
        work.send(None)
    except StopIteration as done:
        made: Made = done.value
        return made
    work.close()
    raise Waits
