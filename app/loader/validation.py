"""Entries against the models of their files: what is wrong with their form. Knows nothing of what they refer to."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.loader.files import Entry
from app.model.error import Mistake, nearest


def validated(model: type[Any], entries: Sequence[Entry], mistakes: list[Mistake]) -> list[tuple[Entry, Any]]:
    """The entries that are of the form, as models; every mistake in the others is added to `mistakes`."""
    valid, strange = [], set[tuple[str, str]]()
    for entry in entries:
        try:
            valid.append((entry, model.model_validate(entry.value)))
        except ValidationError as error:
            for details in error.errors(include_url=False):
                made = _mistake(entry, model, details)
                column = (entry.file, made.field) if entry.is_row and details["type"] == "extra_forbidden" else None
                if column is None or column not in strange:  # a column is strange once, not in every row
                    mistakes.append(made)
                strange |= {column} if column else set()
    return valid


def _mistake(entry: Entry, model: type[BaseModel], details: ErrorDetails) -> Mistake:
    loc, msg = ".".join(str(part) for part in details["loc"]), details["msg"].removeprefix("Value error, ")
    if details["type"] == "extra_forbidden" and len(details["loc"]) == 1:
        near = nearest(loc, list(model.model_fields))
        msg = "is not a field of this file" + (f": did you mean {near[0]}?" if near else "")
    elif details["type"] == "literal_error":
        near = nearest(str(details["input"]), re.findall(r"'([^']*)'", details["ctx"]["expected"]))
        msg += f": did you mean {near[0]}?" if near else ""
    return entry.mistake(loc, msg)
