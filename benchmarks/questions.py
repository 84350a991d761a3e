"""What is asked, the same of every contestant that can answer it: some URLs for each question, all of them different.

What is in a file that was synthesized follows from its size alone, so the questions do too.
"""

import base64
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import orjson

from benchmarks.servers import Server

URLS = 100
PAGE = 20
FIRST_YEAR, LAST_YEAR = 1950, 2005
SEARCHED = ("reform training", "police oversight", "ceasefire", "border smuggling", "joint patrol", "drone", "local budget")
EVERYWHERE = "peacekeeping"
MOST_LINKED = 40
MOST_MET = """
select slug from record join link on object_id = record.id
where kind = 'challenge' and subject_kind = 'mission' group by slug order by count(*) desc, slug limit ?
"""


@dataclass(frozen=True)
class Question:
    """One thing to measure, with its URLs at Casebook, which the contestant written by hand takes as well."""

    name: str
    paths: Sequence[str]
    keys: Sequence[dict[str, str]]
    """For each URL, what another server needs to be asked the same."""


def questions(casebook: Server, file: Path) -> list[Question]:
    """The questions that are asked of a file."""
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        missions = [row[0] for row in database.execute("select slug from record where kind = 'mission' order by id")]
        challenges = [row[0] for row in database.execute(MOST_MET, (MOST_LINKED,))]
        places = [row[0] for row in database.execute("select name from record where kind = 'mission' order by id limit 60")]
    database.close()
    details = _spread(missions, URLS)
    first = _cursor(casebook)
    near = ["", *missions[PAGE - 1 : -1 : PAGE][: URLS - 1]]
    deep = _spread(missions[len(missions) * 3 // 4 : -1], URLS)
    called = (name.rpartition(" ")[2].lower() for name in places)
    words = [q for q in dict.fromkeys((*SEARCHED, *called)) if _found(casebook, q)]
    years = [str(year) for year in range(FIRST_YEAR, LAST_YEAR + 1)]
    listed = f"/v1/missions?limit={PAGE}"
    faceted = f"{listed}&facet=status&facet=mission_type&established__gte="
    asked = [
        Question("detail", [f"/v1/missions/{slug}" for slug in details], [{"slug": slug} for slug in details]),
        Question(
            "list of 20",
            [listed, *(f"{listed}&cursor={_at(first, slug)}" for slug in near[1:])],
            [{"after": slug} for slug in near],
        ),
        Question(
            "cursor page, deep", [f"{listed}&cursor={_at(first, slug)}" for slug in deep], [{"after": slug} for slug in deep]
        ),
        Question(
            "relation filter",
            [f"{listed}&challenge={slug}" for slug in challenges],
            [{"challenge": slug} for slug in challenges],
        ),
        Question("search", [f"/v1/search?{urlencode({'q': q, 'limit': PAGE})}" for q in words], [{"q": q} for q in words]),
        Question("facet", [faceted + year for year in years], [{"year": year} for year in years]),
    ]
    return [question for question in asked if question.paths]


def slow_questions() -> list[Question]:
    """What is measured for its slowest answers: counts over everything, and words that are everywhere."""
    words = [*SEARCHED, *(f"{EVERYWHERE} {word}" for word in SEARCHED), EVERYWHERE]
    facets = ("status", "region", "mission_type", "lead_organization", "verification", "established_decade")
    filters = ("", "&region=Africa", "&established__gte=1990", "&status=closed")
    pairs = (("established_decade", "status"), ("region", "status"), ("mission_type", "verification"))
    stats = [urlencode([("group_by", name) for name in pair]) for pair in pairs]
    return [
        Question("facet", [f"/v1/missions?limit={PAGE}&facet={name}{where}" for name in facets for where in filters], []),
        Question("stats", [f"/v1/missions/stats?{pair}{where}" for pair in stats for where in filters], []),
        Question("search", [f"/v1/search?{urlencode({'q': q, 'limit': PAGE})}" for q in words], []),
    ]


def _spread(values: Sequence[str], most: int) -> list[str]:
    step = max(1, len(values) // most)
    return list(values[::step][:most])


def _cursor(casebook: Server) -> list[object]:
    """What the cursor of the first page holds: what it belongs to, and the key of a row, last."""
    page = orjson.loads(casebook.get(f"/v1/missions?limit={PAGE}")[1])
    cursor: str = page["page"]["next"].rpartition("cursor=")[2]
    held: list[object] = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return held


def _found(casebook: Server, q: str) -> bool:
    """Whether a record has the words, and not so many that only some are ranked, which no other server does."""
    page = orjson.loads(casebook.get(f"/v1/search?{urlencode({'q': q, 'limit': 1})}")[1])["page"]
    return bool(page["total"] > 0 and page["total_is_exact"])


def _at(cursor: Sequence[object], slug: str) -> str:
    """The same cursor after another row, so that a page deep down need not be walked to."""
    return base64.urlsafe_b64encode(orjson.dumps([*cursor[:-1], f"mission:{slug}"])).decode().rstrip("=")
