"""Records of any kind by their public ids, as questions across records name them.

Knows nothing of what is asked about them.
"""

from collections.abc import Sequence

from sqlalchemy import select

from app.database import Snapshot
from app.model.catalogue import Catalogue
from app.model.error import NotFound, nearest
from app.model.naming import slugify
from app.query.lookup import CANDIDATES, NEAR, RECORD, known_numbers


async def identify(snapshot: Snapshot, catalogue: Catalogue, ids: Sequence[str]) -> list[tuple[str, int]]:
    """Kind and number of the record that each id names, by slug, alias or former slug, in the order of the ids.

    One statement; NotFound, after one more for each of the first few, where ids name none.
    """
    pairs = [_kind_and_slug(id_) for id_ in ids]
    known = await known_numbers(snapshot, set(pairs))
    unknown = [(id_, pair) for id_, pair in zip(ids, pairs, strict=True) if pair not in known]
    if unknown:
        named = ", ".join(repr(id_) for id_, _ in unknown)
        near = [id_ for _, pair in unknown[:NEAR] for id_ in await _near(snapshot, catalogue, *pair)]
        raise NotFound(f"no record has the id {named}", list(dict.fromkeys(near)))
    return [(pair[0], known[pair]) for pair in pairs]


async def _near(snapshot: Snapshot, catalogue: Catalogue, kind: str, slug: str) -> list[str]:
    """The ids nearest to one that names no record: of its kind, or of any where there is no such kind."""
    statement = select(RECORD.c.kind, RECORD.c.slug).order_by(RECORD.c.id).limit(CANDIDATES)
    rows = await snapshot.rows(statement.where(RECORD.c.kind == kind) if kind in catalogue.kinds else statement)
    near = nearest(slug, [row.slug for row in rows], NEAR)
    return [f"{row.kind}:{row.slug}" for name in near for row in rows if row.slug == name][:NEAR]


def _kind_and_slug(id_: str) -> tuple[str, str]:
    kind, _, name = id_.rpartition(":")
    return kind, slugify(name) or name
