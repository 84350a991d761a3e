"""What a load changed: everything as it is now served, against its current revisions.

Compares what clients are answered, so that whatever shows in an answer counts as a change. Knows no kind.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence

import orjson
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from app.database import LoadingSnapshot, run_sync
from app.model.catalogue import Catalogue
from app.model.release import Release, Revision
from app.model.resource import table
from app.query.lists.detail import batch, written_batch
from app.query.lists.rows import Item

RELEASE, REVISION = table(Release), table(Revision)
CURRENT = REVISION.c.ended.is_(None)
CHUNK = 500
DIGEST_LENGTH = 16
SORTED = orjson.OPT_SORT_KEYS
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


def revise(connection: Connection, catalogue: Catalogue, release: int, progress: Progress) -> dict[str, int]:
    """Bring the revisions to the rows that are there now; how many records, sources and facts differ, and how."""
    seen: set[str] = set()
    counts = {"added": 0, "changed": 0, "removed": 0}
    for now in _served(connection, catalogue, progress):
        current = select(REVISION.c.id, REVISION.c.digests).where(CURRENT, REVISION.c.id.in_(now))
        before = {row.id: row.digests for row in connection.execute(current)}
        differing = [id_ for id_ in now if before.get(id_) != now[id_]]
        changed = [id_ for id_ in differing if id_ in before]
        _end(connection, changed, release)
        if differing:
            connection.execute(insert(REVISION), [{"id": id_, "begun": release, "digests": now[id_]} for id_ in differing])
        counts["added"] += len(differing) - len(changed)
        counts["changed"] += len(changed)
        seen.update(now)
    gone = [id_ for id_ in connection.scalars(select(REVISION.c.id).where(CURRENT)) if id_ not in seen]
    _end(connection, gone, release)
    return counts | {"removed": len(gone)}


def forget(connection: Connection, keep: int) -> None:
    """Forget how things stood before the newest `keep` releases."""
    newest = select(RELEASE.c.id).order_by(RELEASE.c.id.desc()).limit(keep).subquery()
    oldest = select(func.min(newest.c.id)).scalar_subquery()
    connection.execute(delete(REVISION).where(REVISION.c.ended <= oldest))
    connection.execute(update(RELEASE).where(RELEASE.c.id < oldest).values(kept=False))


def _end(connection: Connection, ids: Sequence[str], release: int) -> None:
    if ids:
        current = update(REVISION).where(CURRENT, REVISION.c.id == bindparam("of")).values(ended=release)
        connection.execute(current, [{"of": id_} for id_ in ids])


def _served(connection: Connection, catalogue: Catalogue, progress: Progress) -> Iterator[dict[str, str]]:
    """Everything that has a detail, some at a time: its public id, and the digests of what that detail says."""
    snapshot = LoadingSnapshot(connection)
    for resource in catalogue.resources:
        if resource.is_kind or not resource.is_record:
            total = connection.execute(select(func.count()).select_from(resource.rows)).scalar_one()
            done, last, read = 0, None, written_batch if resource.is_kind else batch
            while items := run_sync(read(snapshot, resource, last, CHUNK)):
                yield {f"{resource.kind}:{item[resource.key.key]}": _digests(item) for item in items.values()}
                done, last = done + len(items), next(reversed(items))
                progress(f"comparing {resource.name}", done, total)


def _digests(item: Item) -> str:
    digests = {
        name: hashlib.sha256(orjson.dumps(value, option=SORTED)).hexdigest()[:DIGEST_LENGTH] for name, value in item.items()
    }
    return orjson.dumps(digests, option=SORTED).decode()
