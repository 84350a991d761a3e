"""The same data as one flat table a kind, with the indexes and the full-text search that Datasette's table pages use.

A row holds less than a record of Casebook's: neither links nor citations. Datasette serves the file; ROAPI loads it into memory.
"""

import sqlite3
from pathlib import Path

from benchmarks import handwritten_sql as sql

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
create table records (rowid integer primary key, id text, kind text, slug text, name text, verification text, body text);
insert into records select r.id, r.kind || ':' || r.slug, r.kind, r.slug, r.name, r.verification,
    (select group_concat(text, ' ') from (select text from document where record_id = r.id order by position))
    from record r order by r.id;
create virtual table records_fts using fts5 (name, body, content="records", tokenize="porter unicode61");
insert into records_fts (records_fts) values ('rebuild');
analyze;
"""


def flat_file(file: Path) -> Path:
    """Return the path of the flat tables of a database."""
    return file.with_name(f"{file.stem}-flat.sqlite3")


def build_flat_tables(file: Path) -> None:
    """Write the flat tables of a database, unless they are there and newer than the database."""
    flat = flat_file(file)
    if flat.exists() and flat.stat().st_mtime >= file.stat().st_mtime:
        return
    flat.unlink(missing_ok=True)
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        database.execute("attach ? as flat", (f"file:{flat}?mode=rwc",))
        for statement in TABLES.split(";\n"):
            database.execute(_in_flat_schema(statement.strip()))
    database.close()


def _in_flat_schema(statement: str) -> str:
    """Qualify the name of the table or index that a statement writes with the schema of the attached file."""
    if statement == "analyze":
        return "analyze flat"
    for verb in ("create table ", "create virtual table ", "create index ", "insert into "):
        if statement.startswith(verb):
            return f"{verb}flat.{statement.removeprefix(verb)}"
    return statement
