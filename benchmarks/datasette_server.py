"""Datasette in its own best form, out of its package: immutable files, tables counted beforehand, canned queries by hand.

uvicorn runs it as it runs the others, since Datasette's own command logs a line for each request.
"""

import os
import sqlite3
from pathlib import Path
from typing import Any

from datasette.app import Datasette

from benchmarks import handwritten_sql as sql
from benchmarks.flat_database import flat_file

SETTINGS = {
    "num_sql_threads": int(os.environ.get("BENCH_THREADS", "3")),
    "default_page_size": 20,
    "max_returned_rows": 10_000_000,
    "sql_time_limit_ms": 30_000,
    "facet_time_limit_ms": 30_000,
    "suggest_facets": False,
    "cache_size_kb": 200_000,
    "max_csv_mb": 0,
}
FLAT = ", ".join(f"{column} as {name}" for name, column in sql.FIELDS.items())
ROWS = f"select {FLAT}, ({{count}}) as total {sql.FROM} where {{where}} order by m.id limit 20"
SINCE = "established >= :year || '-01-01'"
COUNTED = ", ".join(
    f"(select json_group_object(coalesce(v, ''), n) from (select {name} v, count(*) n from mission where {SINCE} group by 1))"
    f" as {name}_counts"
    for name in ("status", "mission_type")
)
CHALLENGE = (
    "(select subject_id from link where subject_kind = 'mission'"
    " and object_id = (select id from record where kind = 'challenge' and slug = :challenge))"
)
QUERIES = {
    "detail": f"select {FLAT}, {sql.LINKS} as links, {sql.CITATIONS.format(of='c.record_id = r.id')} as citations"
    f" {sql.FROM} where r.kind = 'mission' and r.slug = :slug",
    "list": ROWS.format(
        count=sql.COUNT,
        where="m.id > (select coalesce(max(id), 0) from (select id from record where kind = 'mission' and slug = :after))",
    ),
    "related": ROWS.format(count=f"select count(*) from {CHALLENGE}", where=f"m.id in {CHALLENGE}"),
    "search": """
        with hits as materialized (
            select rowid, bm25(search_index, 10.0, 5.0, 2.0, 1.0) score from search_index where search_index match :q)
        select r.kind || ':' || r.slug id, r.kind, r.name, r.verification, score, d.text,
            (select count(*) from hits) total,
            (select json_group_array(json_array(kind, verification, n)) from
                (select kind, verification, count(*) n from record where id in (select rowid from hits) group by 1, 2)) facets
        from hits join record r on r.id = hits.rowid
        left join document d on d.record_id = r.id and d.field = 'summary' order by score limit 20""",
    "facet": ROWS.replace(" as total", f" as total, {COUNTED}").format(
        count=f"select count(*) from mission where {SINCE}", where=SINCE
    ),
}


def create_app() -> Any:
    """Return the application over the file that BENCH_FILE names and over its flat tables."""
    file = Path(os.environ["BENCH_FILE"])
    files = (file, flat_file(file))
    queries = {name: {"sql": statement} for name, statement in QUERIES.items()}
    datasette = Datasette(
        immutables=[str(path) for path in files],
        inspect_data={path.stem: {"hash": "0" * 64, "size": path.stat().st_size, "tables": _row_counts(path)} for path in files},
        metadata={"databases": {file.stem: {"queries": queries}}},
        settings=SETTINGS,
    )
    return datasette.app()


def _row_counts(file: Path) -> dict[str, Any]:
    """Return the number of rows of each table in the form of `datasette inspect`."""
    with sqlite3.connect(f"file:{file}?immutable=1", uri=True) as database:
        tables = [
            row[0] for row in database.execute("select name from sqlite_master where type = 'table' and name not like '%search%'")
        ]
        counts = {name: database.execute(f'select count(*) from "{name}"').fetchone()[0] for name in tables}
    database.close()
    return {name: {"count": count} for name, count in counts.items()}
