"""Completions for a search box: the records one of whose names has a word from which on it begins as the text does.

A prefix is a range of an index, read at two places: names that begin with it, and names that have it within. One statement.
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

CANDIDATES = 500
"""Names read at each of the two places: one record may have several."""
LAST = "\U0010ffff"
RECORD, COMPLETION = table(Record), table(Completion)


def _has_word(text: str) -> str:
    if not normalize(text):
        raise ValueError("has no letter or digit: give the beginning of a word of a name")
    return text


NameBeginning = Annotated[Text, AfterValidator(_has_word)]


async def suggest(snapshot: Snapshot, beginning: str, kinds: Sequence[str], limit: int) -> list[dict[str, Any]]:
    """Records with the name that matches, those whose name begins so first, then by that name; each record once."""
    prefix = " ".join(normalize(beginning))
    both = union_all(*(select(_within(prefix, inside, kinds).subquery()) for inside in (False, True))).subquery()
    rows = await snapshot.rows(select(both).order_by(both.c.inside, both.c.rest, both.c.id, both.c.position))
    first = {row.id: row for row in reversed(rows)}
    kept = [row for row in rows if first[row.id] is row][:limit]
    return [{"id": f"{row.kind}:{row.slug}", "kind": row.kind, "name": row.name, "match": row.match} for row in kept]


def _within(prefix: str, inside: bool, kinds: Sequence[str]) -> Select[Any]:
    key = (COMPLETION.c.inside, COMPLETION.c.rest, COMPLETION.c.position)
    shown = (RECORD.c.id, RECORD.c.kind, RECORD.c.slug, RECORD.c.name, COMPLETION.c.name.label("match"))
    range_ = (COMPLETION.c.inside.is_(inside), COMPLETION.c.rest >= prefix, COMPLETION.c.rest < prefix + LAST)
    of_kind = [RECORD.c.kind.in_(kinds)] if kinds else []
    rows = select(*shown, *key).join_from(COMPLETION, RECORD, RECORD.c.id == COMPLETION.c.record_id).where(*range_, *of_kind)
    return rows.order_by(COMPLETION.c.rest, RECORD.c.id).limit(CANDIDATES)
