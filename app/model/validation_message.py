"""Pydantic's errors in our own sentences, for those who edit seed files or set variables."""

import re

from pydantic_core import ErrorDetails

SUBJECT = re.compile(r"^(Input|String|List|Value|Dictionary) should ")
MESSAGES = {
    "missing": "is required",
    "string_too_short": "must not be empty: leave out what is unknown",
    "string_too_long": "must not be longer than {max_length} characters",
    "too_short": "must not be empty",
    "too_long": "must not have more than {max_length} values",
    "bool_parsing": "must be true or false, or 1 or 0",
    "bool_type": "must be true or false, or 1 or 0",
    "int_parsing": "must be an integer",
    "int_from_float": "must be an integer",
    "int_type": "must be an integer",
    "int_parsing_size": "must be an integer of fewer digits",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "string_type": "must be text",
    "list_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "path_type": "must be a path",
    "extra_forbidden": "is not a field here",
    "string_pattern_mismatch": "has characters that are not allowed here",
}
"""By Pydantic's type of error."""


def validation_message(details: ErrorDetails) -> str:
    """Return what is wrong with a value, as the end of a sentence that begins with its name."""
    template = MESSAGES.get(details["type"])
    if template is not None:
        return template.format(**details.get("ctx", {}))
    return SUBJECT.sub("must ", details["msg"].removeprefix("Value error, "))
