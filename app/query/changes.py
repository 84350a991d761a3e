"""What differs between a release and the current one: the revisions of then against those of now, whatever was between.

Knows no kind, and no field by name: a revision holds a digest for each field that is served.
"""

from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Subquery, and_, exists, func, null, select, union_all

from app.database import Snapshot
from app.model.error import NotFound
from app.model.release import Release, Revision
from app.model.resource import table
from app.query.lists.keyset import Key, Order, decode, encode, fingerprint

RELEASE, REVISION = table(Release), table(Revision)
NAMED = 20
WHAT_TO_DO = "fetch everything anew, keep the data version that comes with it, and ask since that one"


@dataclass(frozen=True, kw_only=True)
class Changes:
    """A page of what differs, by id."""

    added: list[str] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    total: int = 0
    next_cursor: str | None = None


async def changes(snapshot: Snapshot, since: str, limit: int, cursor: str | None) -> Changes:
    """What differs since the release of that version. NotFound where it is unknown or too old.

    Four statements, one where the version is the current one. A cursor holds for one pair of versions.
    """
    query = fingerprint("changes", since, snapshot.data_version)
    after = decode(cursor, query, _order(REVISION.c.id)) if cursor else None
    if since == snapshot.data_version:
        return Changes()
    differing = _differing(await _release(snapshot, since))
    beyond = [_order(differing.c.id).after(after)] if after else []
    rows = await snapshot.rows(select(differing).where(*beyond).order_by(differing.c.id).limit(limit + 1))
    kept = rows[:limit]
    return Changes(
        added=[row.id for row in kept if row.former is None],
        changed=[{"id": row.id, "fields": _fields(row.former, row.present)} for row in kept if row.former and row.present],
        removed=[row.id for row in kept if row.present is None],
        total=(await snapshot.rows(select(func.count()).select_from(differing)))[0][0],
        next_cursor=encode(query, [], kept[-1].id) if len(rows) > limit else None,
    )


async def _release(snapshot: Snapshot, version: str) -> int:
    """The newest release of that version; NotFound, with the versions since which changes are known, where it is no use."""
    newest = select(RELEASE.c.id, RELEASE.c.kept).where(RELEASE.c.version == version).order_by(RELEASE.c.id.desc()).limit(1)
    found = await snapshot.rows(newest)
    if found and found[0].kept:
        release: int = found[0].id
        return release
    rows = await snapshot.rows(select(RELEASE.c.version).where(RELEASE.c.kept).order_by(RELEASE.c.id.desc()).limit(NAMED))
    known = list(dict.fromkeys(row.version for row in rows))
    why = f"{version!r} is too old, changes since then are not kept" if found else f"no release here has the version {version!r}"
    raise NotFound(f"{why}: {WHAT_TO_DO}. Changes are known since: {', '.join(known) or 'none'}", known)


def _differing(release: int) -> Subquery:
    """Ids with their digests in that release and now, null where they were or are not there, and only where the two differ."""
    former, present = REVISION.alias("former"), REVISION.alias("present")
    stood = and_(former.c.begun <= release, former.c.ended > release)
    same_id = and_(present.c.id == former.c.id, present.c.ended.is_(None))
    gone_or_changed = (
        select(former.c.id, former.c.digests.label("former"), present.c.digests.label("present"))
        .outerjoin_from(former, present, same_id)
        .where(stood, present.c.digests.is_distinct_from(former.c.digests))
    )
    new = select(present.c.id, null().label("former"), present.c.digests.label("present")).where(
        present.c.ended.is_(None), present.c.begun > release, ~exists().where(former.c.id == present.c.id, stood)
    )
    return union_all(gone_or_changed, new).subquery()


def _fields(former: str, present: str) -> list[str]:
    before, now = orjson.loads(former), orjson.loads(present)
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))


def _order(id_: Any) -> Order:
    return Order(None, (Key(id_, descending=False, nullable=False),))
