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

PYDANTIC_SUBJECT = re.compile(r"^(Input|String|List|Value) should ")
MESSAGES = {
    "missing": "is required",
    "string_too_short": "must not be empty: leave out what is unknown",
    "too_short": "must not be empty",
    "bool_parsing": "must be true or false, or 1 or 0",
    "int_parsing": "must be an integer",
    "float_parsing": "must be a number",
    "string_type": "must be text",
    "list_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
}
"""By Pydantic's type of error, where its own message would not tell an editor enough."""


def validate(model: type[Any], entries: Sequence[Entry], mistakes: list[Mistake]) -> list[tuple[Entry, Any]]:
    """Return the entries that are valid, each with its model instance; add every mistake in the others to `mistakes`."""
    valid, unknown_columns = [], set[tuple[str, str]]()
    for entry in entries:
        try:
            valid.append((entry, model.model_validate(entry.fields)))
        except ValidationError as error:
            for details in error.errors(include_url=False):
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
    """Return Pydantic's message in the words of somebody who edits a seed file."""
    kind, loc, context = details["type"], details["loc"], details.get("ctx", {})
    if kind in MESSAGES:
        return MESSAGES[kind]
    if kind == "extra_forbidden" and len(loc) > 1:
        return "is not a field here"
    if kind == "extra_forbidden":
        return "is not a field of this file" + did_you_mean(str(loc[0]), model.model_fields)
    if kind == "string_pattern_mismatch" and context["pattern"] in PATTERN_MEANINGS:
        return f"must be {PATTERN_MEANINGS[context['pattern']]}"
    msg = PYDANTIC_SUBJECT.sub("must ", details["msg"].removeprefix("Value error, "))
    if kind == "literal_error":
        msg += did_you_mean(str(details["input"]), re.findall(r"'([^']*)'", context["expected"]))
    return msg
