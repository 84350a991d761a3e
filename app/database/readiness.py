"""Readiness: whether the database can serve requests, and if not, why. Knows nothing of HTTP."""

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
    """The result of each check, `ok` or the failure, and the data version if all of them are ok."""

    checks: dict[str, str]
    data_version: str | None

    @property
    def missing(self) -> str:
        """The failures, in one line; empty if there are none."""
        return "; ".join(dict.fromkeys(result for result in self.checks.values() if result not in (OK, UNKNOWN)))


async def check_readiness(reader: Reader, seconds: float) -> Readiness:
    """Check connection, schema and release, for `seconds` and twice the grace of a statement at most."""
    checks, version = dict.fromkeys((DATABASE, MIGRATED, RELEASE), UNKNOWN), None
    try:
        async with asyncio.timeout(seconds + 2 * GRACE):
            revision = await reader.revision()
            checks |= {DATABASE: OK, MIGRATED: _check_revision(revision)}
            if revision:
                version = await _check_release(reader, checks)
    except TimeoutError:
        checks[DATABASE] = f"the database does not answer within {seconds:g} s"
    except NotReady as error:
        checks[DATABASE] = str(error)
    return Readiness(checks, version)


async def _check_release(reader: Reader, checks: dict[str, str]) -> str | None:
    try:
        async with reader.snapshot() as snapshot:
            checks[RELEASE] = OK
            return snapshot.data_version
    except NotReady as error:
        checks[RELEASE] = str(error)
        return None


def _check_revision(revision: str | None) -> str:
    if revision == head():
        return OK
    if not revision:
        return "the database has no schema yet: run `casebook load`"
    return f"the schema is at revision {revision}, but {head()} is needed: run the `casebook load` of this version"
