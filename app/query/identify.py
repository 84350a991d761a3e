"""Records of any kind by their public ids, such as `mission:isaf`."""

from collections.abc import Sequence

from sqlalchemy import select

from app.database import Snapshot
from app.model.catalogue import Catalogue
from app.model.error import NotFound
from app.query.lookup import MAX_SUGGESTIONS, RECORD, find_ids, kind_and_slug, similar_keys


async def identify(snapshot: Snapshot, catalogue: Catalogue, ids: Sequence[str]) -> list[tuple[str, int]]:
    """Return kind and id in the database of the record that each public id names, in the order of the ids.

    The part after the kind can be a slug, an alias or a former slug. One statement, then one more for each of the first few
    ids that name no record, and NotFound.
    """
    pairs = [kind_and_slug(id_) for id_ in ids]
    row_ids = await find_ids(snapshot, set(pairs))
    unknown = [(id_, pair) for id_, pair in zip(ids, pairs, strict=True) if pair not in row_ids]
    if unknown:
        names = ", ".join(repr(id_) for id_, _ in unknown)
        similar = [id_ for _, pair in unknown[:MAX_SUGGESTIONS] for id_ in await _similar_ids(snapshot, catalogue, *pair)]
        raise NotFound(f"no record has the id {names}", list(dict.fromkeys(similar)))
    return [(kind, row_ids[kind, slug]) for kind, slug in pairs]


async def _similar_ids(snapshot: Snapshot, catalogue: Catalogue, kind: str, slug: str) -> list[str]:
    """Return the ids most similar to one that names no record: of its kind, or of all kinds if there is no such kind."""
    candidates = select(RECORD.c.kind + ":" + RECORD.c.slug, RECORD.c.slug).order_by(RECORD.c.id)
    of_kind = candidates.where(RECORD.c.kind == kind) if kind in catalogue.kinds else candidates
    return await similar_keys(snapshot, of_kind, slug, MAX_SUGGESTIONS)
