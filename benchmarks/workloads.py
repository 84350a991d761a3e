"""The workloads: for each, some URLs of Casebook, all different, and what another server needs to be sent the same.

What a synthesized file holds follows from its size alone, so the workloads do too.
"""

import base64
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import orjson

from benchmarks.servers import Request, Server

MAX_URLS = 100
PAGE = 20
LIST = f"/v1/missions?limit={PAGE}"
FIRST_YEAR, LAST_YEAR = 1950, 2005
SEARCHES = ("reform training", "police oversight", "ceasefire", "border smuggling", "joint patrol", "drone", "local budget")
COMMON_WORD = "peacekeeping"
MAX_CHALLENGES = 40
MISSIONS = "select slug from record where kind = 'mission' order by id"
MOST_LINKED_CHALLENGES = """
select slug from record join link on object_id = record.id
where kind = 'challenge' and subject_kind = 'mission' group by slug order by count(*) desc, slug limit ?
"""
FIRST_NAMES = "select name from record where kind = 'mission' order by id limit 60"


@dataclass(frozen=True)
class Workload:
    """One thing to measure. The server written by hand takes the same paths as Casebook."""

    name: str
    paths: Sequence[str]
    params: Sequence[dict[str, str]]
    """For each path, the values that another server's request is built from."""

    @property
    def requests(self) -> list[Request]:
        """The requests to Casebook."""
        return [Request(path) for path in self.paths]


def workloads(casebook: Server, file: Path) -> list[Workload]:
    """Return the workloads of a file, without those that it has no URL for."""
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        missions = [slug for (slug,) in database.execute(MISSIONS)]
        challenges = [slug for (slug,) in database.execute(MOST_LINKED_CHALLENGES, (MAX_CHALLENGES,))]
        last_words = [name.rpartition(" ")[2].lower() for (name,) in database.execute(FIRST_NAMES)]
    database.close()
    ends_of_pages = missions[PAGE - 1 : -1 : PAGE][: MAX_URLS - 1]
    last_quarter = _spread(missions[len(missions) * 3 // 4 : -1])
    candidates = [
        _details(_spread(missions)),
        _pages(casebook, "list of 20", ["", *ends_of_pages]),
        _pages(casebook, "cursor page, deep", last_quarter),
        Workload(
            "relation filter",
            [f"{LIST}&challenge={slug}" for slug in challenges],
            [{"challenge": slug} for slug in challenges],
        ),
        _searches(casebook, (*SEARCHES, *last_words)),
        _facets(),
    ]
    return [workload for workload in candidates if workload.paths]


def slow_workloads() -> list[Workload]:
    """Return workloads for the slowest responses: counts over all records, and words that are in every text."""
    searches = [*SEARCHES, *(f"{COMMON_WORD} {words}" for words in SEARCHES), COMMON_WORD]
    facets = ("status", "region", "mission_type", "lead_organization", "verification", "established_decade")
    filters = ("", "&region=Africa", "&established__gte=1990", "&status=closed")
    groupings = (("established_decade", "status"), ("region", "status"), ("mission_type", "verification"))
    stats = [urlencode([("group_by", name) for name in pair]) for pair in groupings]
    return [
        Workload("facet", [f"{LIST}&facet={name}{filter_}" for name in facets for filter_ in filters], []),
        Workload("stats", [f"/v1/missions/stats?{grouping}{filter_}" for grouping in stats for filter_ in filters], []),
        Workload("search", [_search_path(q, PAGE) for q in searches], []),
    ]


def _details(slugs: Sequence[str]) -> Workload:
    return Workload("detail", [f"/v1/missions/{slug}" for slug in slugs], [{"slug": slug} for slug in slugs])


def _pages(casebook: Server, name: str, slugs: Sequence[str]) -> Workload:
    """Return the pages after these records, the first page for an empty slug. A cursor saves walking to a deep page."""
    cursor = _first_cursor(casebook)
    paths = [f"{LIST}&cursor={_cursor_after(slug, cursor)}" if slug else LIST for slug in slugs]
    return Workload(name, paths, [{"after": slug} for slug in slugs])


def _searches(casebook: Server, candidates: Iterable[str]) -> Workload:
    searches = [q for q in dict.fromkeys(candidates) if _is_ranked_completely(casebook, q)]
    return Workload("search", [_search_path(q, PAGE) for q in searches], [{"q": q} for q in searches])


def _facets() -> Workload:
    years = [str(year) for year in range(FIRST_YEAR, LAST_YEAR + 1)]
    paths = [f"{LIST}&facet=status&facet=mission_type&established__gte={year}" for year in years]
    return Workload("facet", paths, [{"year": year} for year in years])


def _search_path(q: str, limit: int) -> str:
    return f"/v1/search?{urlencode({'q': q, 'limit': limit})}"


def _spread(values: Sequence[str]) -> list[str]:
    """Return MAX_URLS values at most, from the first on, at equal distances."""
    step = max(1, len(values) // MAX_URLS)
    return list(values[::step][:MAX_URLS])


def _first_cursor(casebook: Server) -> list[object]:
    """Return the content of the first page's cursor: the fingerprint of the list, then the key of the last row."""
    page = orjson.loads(casebook.get(LIST).body)["page"]
    cursor: str = page["next"].rpartition("cursor=")[2]
    content: list[object] = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return content


def _cursor_after(slug: str, cursor: Sequence[object]) -> str:
    """Return the same list's cursor after another record."""
    return base64.urlsafe_b64encode(orjson.dumps([*cursor[:-1], f"mission:{slug}"])).decode().rstrip("=")


def _is_ranked_completely(casebook: Server, q: str) -> bool:
    """Return whether a search has hits, and few enough for Casebook to rank all: no other server ranks only some."""
    page = orjson.loads(casebook.get(_search_path(q, 1)).body)["page"]
    return bool(page["total"] > 0 and page["total_is_exact"])
