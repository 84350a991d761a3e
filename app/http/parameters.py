"""Query parameters that several hand-written routes share, as annotated types for their signatures."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import Query

from app.model.catalogue import Catalogue
from app.query.lists.parameters import MAX_CURSOR

Cursor = Annotated[
    str | None, Query(min_length=1, max_length=MAX_CURSOR, description="Cursor from `page.next` of the previous page.")
]


def choice_of(names: Sequence[str], description: str) -> Any:
    """Return the type of a parameter that takes any of the names, repeatedly."""
    choice: Any = Literal[tuple(names)]
    return Annotated[list[choice], Query(max_length=len(names), description=description, examples=[[names[0]]])]


def predicates(catalogue: Catalogue) -> Any:
    """Return the type of the parameter that filters links by predicate."""
    names = tuple(dict.fromkeys(name for _, name, _ in catalogue.relations))
    return choice_of(names, "Only links of this predicate, as named from the subject. Repeat for several.")
