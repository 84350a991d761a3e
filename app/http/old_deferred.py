"""What only the OpenAPI document needs, made when that is asked for: models of all forms of all lists take longer to make than
everything else at the start. FastAPI keeps a token meanwhile, for it wants text.
"""

from collections.abc import Callable
from typing import Any

PREFIX = "deferred:"
_MAKERS: list[Callable[[], Any]] = []


def later(make: Callable[[], Any]) -> str:
    """A token for what `make` gives."""
    _MAKERS.append(make)
    return f"{PREFIX}{len(_MAKERS) - 1}"


def made(token: str) -> Any:
    """What a token stands for."""
    return _MAKERS[int(token.removeprefix(PREFIX))]()
