"""The revisions that a load adds: every record, source and fact as it is now served, compared with its current revision.

Compares the details that clients get, so that whatever a client can see counts as a change. Knows no kind by name.
"""

import hashlib
from collections.abc import Iterator, Sequence

import orjson
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from app.database import LoadingSnapshot, run_sync
from app.loader.write import Progress
from app.model.catalogue import Catalogue
from app.model.release import Release, Revision
from app.model.resource import table
from app.query.lists.detail import batch, rendered_batch
from app.query.lists.rows import Item

RELEASE, REVISION = table(Release), table(Revision)
IS_CURRENT = REVISION.c.ended.is_(None)
CHUNK = 500
DIGEST_LENGTH = 16


def update_revisions(connection: Connection, catalogue: Catalogue, release_id: int, progress: Progress) -> dict[str, int]:
    """End the revisions of what changed or was removed, and begin new ones. Return the numbers added, changed and removed."""
    seen: set[str] = set()
    counts = {"added": 0, "changed": 0, "removed": 0}
    for digests in _digest_chunks(connection, catalogue, progress):
        current = select(REVISION.c.id, REVISION.c.digests).where(IS_CURRENT, REVISION.c.id.in_(digests))
        previous = {row.id: row.digests for row in connection.execute(current)}
        differing = [id_ for id_ in digests if previous.get(id_) != digests[id_]]
        changed = [id_ for id_ in differing if id_ in previous]
        _end_revisions(connection, changed, release_id)
        if differing:
            rows = [{"id": id_, "begun": release_id, "digests": digests[id_]} for id_ in differing]
            connection.execute(insert(REVISION), rows)
        counts["added"] += len(differing) - len(changed)
        counts["changed"] += len(changed)
        seen.update(digests)
    removed = [id_ for id_ in connection.scalars(select(REVISION.c.id).where(IS_CURRENT)) if id_ not in seen]
    _end_revisions(connection, removed, release_id)
    return counts | {"removed": len(removed)}


def forget_old_releases(connection: Connection, keep: int) -> None:
    """Delete the revisions that ended before the newest `keep` releases, and mark the older releases as not kept."""
    newest = select(RELEASE.c.id).order_by(RELEASE.c.id.desc()).limit(keep).subquery()
    oldest_kept = select(func.min(newest.c.id)).scalar_subquery()
    connection.execute(delete(REVISION).where(REVISION.c.ended <= oldest_kept))
    connection.execute(update(RELEASE).where(RELEASE.c.id < oldest_kept).values(kept=False))


def _end_revisions(connection: Connection, ids: Sequence[str], release_id: int) -> None:
    if ids:
        statement = update(REVISION).where(IS_CURRENT, REVISION.c.id == bindparam("revision_id")).values(ended=release_id)
        connection.execute(statement, [{"revision_id": id_} for id_ in ids])


def _digest_chunks(connection: Connection, catalogue: Catalogue, progress: Progress) -> Iterator[dict[str, str]]:
    """Yield the digests of everything that has a detail, by public id, in chunks."""
    snapshot = LoadingSnapshot(connection)
    for resource in catalogue.resources:
        if resource.is_record and not resource.is_kind:
            continue  # the list of records of all kinds: each is compared with its kind
        total = connection.execute(select(func.count()).select_from(resource.rows)).scalar_one()
        done, last_id = 0, None
        read_chunk = rendered_batch if resource.is_kind else batch
        while items := run_sync(read_chunk(snapshot, resource, last_id, CHUNK)):
            yield {f"{resource.kind}:{item[resource.key.key]}": _field_digests(item) for item in items.values()}
            done, last_id = done + len(items), next(reversed(items))
            progress(f"comparing {resource.name}", done, total)


def _field_digests(item: Item) -> str:
    """Return the digest of each field as JSON. Keys are sorted throughout, so that equal fields give equal text."""
    digests = {
        name: hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()[:DIGEST_LENGTH]
        for name, value in item.items()
    }
    return orjson.dumps(digests, option=orjson.OPT_SORT_KEYS).decode()
