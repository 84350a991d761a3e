"""The form of entries, checked by the Pydantic model of their file. Knows nothing of what entries refer to."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.loader.files import Entry
from app.loader.schema import PATTERN_MEANINGS
from app.loader.suggestion import did_you_mean
from app.model.error import Mistake
from app.model.validation_message import validation_message


def validate(
    model: type[Any], entries: Sequence[Entry], mistakes: list[Mistake], rejected: list[Entry] | None = None
) -> list[tuple[Entry, Any]]:
    """Return the entries that are valid, each with its model instance.

    Add every mistake in the others to `mistakes`, and these entries to `rejected`.
    """
    valid, unknown_columns = [], set[tuple[str, str]]()
    for entry in entries:
        try:
            valid.append((entry, model.model_validate(entry.fields)))
        except ValidationError as error:
            if rejected is not None:
                rejected.append(entry)
            for details in error.errors(include_url=False):
                if details["loc"][:1] and details["loc"][0] in entry.reported:
                    continue
                mistake = entry.mistake(".".join(map(str, details["loc"])), _message(details, model))
                column = (mistake.file, mistake.field)
                is_unknown_column = entry.is_row and details["type"] == "extra_forbidden"
                if is_unknown_column and column in unknown_columns:
                    continue  # reported once for the column, not for each of its rows
                if is_unknown_column:
                    unknown_columns.add(column)
                mistakes.append(mistake)
    return valid


def _message(details: ErrorDetails, model: type[BaseModel]) -> str:
    """Return what is wrong, with what was probably meant."""
    kind, loc, context = details["type"], details["loc"], details.get("ctx", {})
    if kind == "extra_forbidden" and len(loc) == 1:
        return "is not a field of this file" + did_you_mean(str(loc[0]), model.model_fields)
    if kind == "string_pattern_mismatch" and context["pattern"] in PATTERN_MEANINGS:
        return f"must be {PATTERN_MEANINGS[context['pattern']]}"
    msg = validation_message(details)
    if kind == "literal_error" and isinstance(details["input"], str):
        msg += did_you_mean(details["input"], re.findall(r"'([^']*)'", context["expected"]))
    return msg
