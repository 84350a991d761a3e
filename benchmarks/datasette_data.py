"""The same data as Datasette likes it best: flat tables with the indexes and the full text search that its pages use.

What its pages show of a record is less than Casebook's answers hold: neither links nor citations.
"""

import sqlite3
from pathlib import Path

from benchmarks import statements as sql

COLUMNS = ", ".join(f"{column} as {name}" for name, column in sql.FIELDS.items() if name not in ("id", "slug"))
TABLES = f"""
create table missions (slug text primary key, id text, kind text, name text, summary text, aliases text, verification text,
    field_verification text, acronym text, mission_type text, lead_organizations text, established text, ended text, status text,
    countries text, regions text, subregions text, headquarters text, headquarters_latitude real, headquarters_longitude real,
    personnel text, mandate_tasks text, source_conflicts text, outcome text, note text);
insert into missions select r.slug, r.kind || ':' || r.slug, {COLUMNS} {sql.FROM} order by m.id;
create index missions_established on missions (established);
create index missions_status on missions (status, mission_type);
create index missions_mission_type on missions (mission_type);
create table met (mission text references missions (slug), challenge text, primary key (challenge, mission)) without rowid;
insert into met select m.slug, c.slug from link join record m on m.id = subject_id join record c on c.id = object_id
    where subject_kind = 'mission' and object_kind = 'challenge';
create table records (rowid integer primary key, id text, kind text, slug text, name text, verification text, said text);
insert into records select r.id, r.kind || ':' || r.slug, r.kind, r.slug, r.name, r.verification,
    (select group_concat(text, ' ') from (select text from document where record_id = r.id order by position))
    from record r order by r.id;
create virtual table records_fts using fts5 (name, said, content="records", tokenize="porter unicode61");
insert into records_fts (records_fts) values ('rebuild');
analyze;
"""


def make(file: Path) -> Path:
    """The file for Datasette's pages, made where it is missing or older than the data."""
    made = file.with_name(f"{file.stem}-pages.sqlite3")
    if not made.exists() or made.stat().st_mtime < file.stat().st_mtime:
        made.unlink(missing_ok=True)
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
            database.execute("attach ? as pages", (f"file:{made}?mode=rwc",))
            for statement in TABLES.split(";\n"):
                database.execute(_in_pages(statement.strip()))
        database.close()
    return made


def _in_pages(statement: str) -> str:
    """Names of new tables, in the file that is attached."""
    for verb in ("create table ", "create virtual table ", "create index ", "insert into ", "analyze"):
        if statement.startswith(verb):
            return f"{verb.strip()} pages.{statement.removeprefix(verb)}" if verb != "analyze" else "analyze pages"
    return statement
