"""Completions for a search box: records with a name that, from the start of one of its words, begins with the text typed so far.

A prefix is a range of the index of `completion`. It is scanned twice in one statement: for complete names, and for the rests of
names from a later word on.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import AfterValidator
from sqlalchemy import Select, select, union_all

from app.database import Snapshot
from app.model.record import Record
from app.model.resource import table
from app.model.search import Completion
from app.model.tokenizer import normalize
from app.query.filters.types import Text

MAX_CANDIDATES = 500
"""Rows read from each of the two ranges. There are more than completions, because a record may have several names."""
LAST_CHARACTER = "\U0010ffff"
RECORD, COMPLETION = table(Record), table(Completion)


def _check_has_word(text: str) -> str:
    if not normalize(text):
        raise ValueError("contains no letter or digit: give the beginning of a word of a name")
    return text


NameBeginning = Annotated[Text, AfterValidator(_check_has_word)]


async def suggest(snapshot: Snapshot, beginning: str, kinds: Sequence[str], limit: int) -> list[dict[str, Any]]:
    """Return each matching record once, with its best matching name.

    Names that begin with the text come before those that have it at a later word; each of the two in alphabetical order.
    """
    prefix = " ".join(normalize(beginning))
    both = union_all(*(select(_completions(prefix, inside, kinds).subquery()) for inside in (False, True))).subquery()
    rows = await snapshot.rows(select(both).order_by(both.c.inside, both.c.rest, both.c.id, both.c.position))
    best_by_id = {row.id: row for row in reversed(rows)}
    best = [row for row in rows if best_by_id[row.id] is row][:limit]
    return [{"id": f"{row.kind}:{row.slug}", "kind": row.kind, "name": row.name, "match": row.match} for row in best]


def _completions(prefix: str, inside: bool, kinds: Sequence[str]) -> Select[Any]:
    sort_keys = (COMPLETION.c.inside, COMPLETION.c.rest, COMPLETION.c.position)
    columns = (RECORD.c.id, RECORD.c.kind, RECORD.c.slug, RECORD.c.name, COMPLETION.c.name.label("match"))
    # A range and not LIKE, so that both engines scan the primary key (inside, rest, ...).
    in_range = (COMPLETION.c.inside.is_(inside), COMPLETION.c.rest >= prefix, COMPLETION.c.rest < prefix + LAST_CHARACTER)
    of_kinds = [RECORD.c.kind.in_(kinds)] if kinds else []
    rows = select(*columns, *sort_keys).join_from(COMPLETION, RECORD, RECORD.c.id == COMPLETION.c.record_id)
    return rows.where(*in_range, *of_kinds).order_by(COMPLETION.c.rest, RECORD.c.id).limit(MAX_CANDIDATES)
