"""The differences between an earlier release and the current one. States between the two do not matter.

A revision holds a digest of each public field, so this module knows no kind and no field by name.
"""

from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Subquery, and_, exists, func, null, select, union_all

from app.database import Snapshot
from app.model.error import NotFound
from app.model.release import Release, Revision
from app.model.resource import table
from app.query.lists.keyset import Key, Order, decode, encode, fingerprint

RELEASE, REVISION = table(Release), table(Revision)
MAX_VERSIONS_NAMED = 20
"""Known versions that the error for an unknown one names."""
ADVICE = "fetch everything anew and store its data version, then ask for changes since that version"


@dataclass(frozen=True, kw_only=True)
class Changes:
    """A page of the differences, ordered by id."""

    added: list[str] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    total: int = 0
    next_cursor: str | None = None


async def changes(snapshot: Snapshot, since: str, limit: int, cursor: str | None) -> Changes:
    """Return the differences since a data version. Raise NotFound if it is unknown or too old.

    Four statements, that of the release among them, or only that one if `since` is the current version. A cursor is valid for one
    pair of versions.
    """
    query_id = fingerprint("changes", since, snapshot.data_version)
    after = decode(cursor, query_id, _order(REVISION.c.id)) if cursor else None
    if since == snapshot.data_version:
        return Changes()
    differences = _differences(await _find_release(snapshot, since))
    after_cursor = [_order(differences.c.id).after(after)] if after else []
    rows = await snapshot.rows(select(differences).where(*after_cursor).order_by(differences.c.id).limit(limit + 1))
    on_page = rows[:limit]
    return Changes(
        added=[row.id for row in on_page if row.former is None],
        changed=[
            {"id": row.id, "fields": _changed_fields(row.former, row.present)} for row in on_page if row.former and row.present
        ],
        removed=[row.id for row in on_page if row.present is None],
        total=(await snapshot.rows(select(func.count()).select_from(differences)))[0][0],
        next_cursor=encode(query_id, [], on_page[-1].id) if len(rows) > limit else None,
    )


async def _find_release(snapshot: Snapshot, version: str) -> int:
    """Return the row id of the newest release with this version.

    Raise NotFound, with the versions since which changes are known, if there is none or its revisions are no longer kept.
    """
    newest = select(RELEASE.c.id, RELEASE.c.kept).where(RELEASE.c.version == version).order_by(RELEASE.c.id.desc()).limit(1)
    releases = await snapshot.rows(newest)
    if releases and releases[0].kept:
        release_id: int = releases[0].id
        return release_id
    kept = select(RELEASE.c.version).where(RELEASE.c.kept).order_by(RELEASE.c.id.desc()).limit(MAX_VERSIONS_NAMED)
    known = list(dict.fromkeys(row.version for row in await snapshot.rows(kept)))
    reason = f"data version {version!r} is too old" if releases else f"no release has the data version {version!r}"
    raise NotFound(f"{reason}: {ADVICE}. Changes are known since: {', '.join(known) or 'none'}", known)


def _differences(release_id: int) -> Subquery:
    """Select the ids whose digests differ between that release and now, with both digests.

    The former digests are null for what is new, the present ones for what was removed.
    """
    former, present = REVISION.alias("former"), REVISION.alias("present")
    valid_in_release = and_(former.c.begun <= release_id, former.c.ended > release_id)
    current_of_same_id = and_(present.c.id == former.c.id, present.c.ended.is_(None))
    removed_or_changed = (
        select(former.c.id, former.c.digests.label("former"), present.c.digests.label("present"))
        .outerjoin_from(former, present, current_of_same_id)
        .where(valid_in_release, present.c.digests.is_distinct_from(former.c.digests))
    )
    added = select(present.c.id, null().label("former"), present.c.digests.label("present")).where(
        present.c.ended.is_(None), present.c.begun > release_id, ~exists().where(former.c.id == present.c.id, valid_in_release)
    )
    return union_all(removed_or_changed, added).subquery()


def _changed_fields(former: str, present: str) -> list[str]:
    before, now = orjson.loads(former), orjson.loads(present)
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))


def _order(id_: ColumnElement[Any]) -> Order:
    return Order(None, (Key(id_, descending=False, nullable=False),))
