"""Whether questions can be answered, and if not, what is missing. Knows nothing of HTTP."""

import asyncio
from dataclasses import dataclass

from app.database.postgresql.socket_timeout import GRACE
from app.database.schema_version import head
from app.database.snapshot import Reader
from app.model.error import NotReady

OK, UNKNOWN = "ok", "not known"
DATABASE, MIGRATED, RELEASE = "database", "migrated", "release"


@dataclass(frozen=True)
class Readiness:
    """Each check with `ok` or what is wrong, and the version of the data where all are ok."""

    checks: dict[str, str]
    data_version: str | None

    @property
    def missing(self) -> str:
        """What is wrong, in one line; empty where nothing is."""
        return "; ".join(dict.fromkeys(found for found in self.checks.values() if found not in (OK, UNKNOWN)))


async def readiness(reader: Reader, seconds: float) -> Readiness:
    """Ask the database, for so long at most."""
    checks, version = dict.fromkeys((DATABASE, MIGRATED, RELEASE), UNKNOWN), None
    try:
        async with asyncio.timeout(seconds + 2 * GRACE):
            revision = await reader.revision()
            checks |= {DATABASE: OK, MIGRATED: _migrated(revision)}
            if revision:
                version = await _version(reader, checks)
    except TimeoutError:
        checks[DATABASE] = f"the database does not answer within {seconds:g} s"
    except NotReady as error:
        checks[DATABASE] = str(error)
    return Readiness(checks, version)


async def _version(reader: Reader, checks: dict[str, str]) -> str | None:
    try:
        async with reader.snapshot() as snapshot:
            checks[RELEASE] = OK
            return snapshot.data_version
    except NotReady as error:
        checks[RELEASE] = str(error)
        return None


def _migrated(revision: str | None) -> str:
    if revision == head():
        return OK
    if not revision:
        return "the database has no schema yet: run `casebook load`"
    return f"the schema is at revision {revision}, where {head()} is needed: run the `casebook load` of this version"
