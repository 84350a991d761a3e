"""The SQL of the contestants that are written by hand: each makes the JSON of an answer by itself, in as few steps as it can.

Written for SQLite and for the schema as it stands; the harness compares what comes of it with Casebook's own answers.
"""


def _array(values: str) -> str:
    """A JSON array of the one column `v` of ordered rows."""
    return f"json((select json_group_array(v) from ({values})))"


def _many(own: str, column: str, joined: str = "") -> str:
    """The distinct values of a field of many, in the order of their positions."""
    return _array(
        f"select {column} v from {own} {joined} where {own}.mission_id = r.id and {column} is not null"
        f" group by {column} order by min({own}.position)"
    )


def _date(name: str) -> str:
    return f"substr(m.{name}, 1, case m.{name}_precision when 'year' then 4 when 'month' then 7 else 10 end)"


COUNTRY = "join country on country.iso3 = mission_country.iso3"
ALIASES = _array("select name v from alias where record_id = r.id and name is not null group by name order by min(position)")
STATUSES = (
    "json((select json_group_object(field, verification)"
    " from (select field, verification from field_status where record_id = r.id order by field)))"
)
FIELDS = {
    "id": "r.kind || ':' || r.slug",
    "kind": "r.kind",
    "slug": "r.slug",
    "name": "r.name",
    "summary": "r.summary",
    "aliases": ALIASES,
    "verification": "r.verification",
    "field_verification": STATUSES,
    "acronym": "m.acronym",
    "mission_type": "m.mission_type",
    "lead_organizations": _many("mission_lead", "organization"),
    "established": _date("established"),
    "ended": _date("ended"),
    "status": "m.status",
    "countries": _many("mission_country", "country.iso3", COUNTRY),
    "regions": _many("mission_country", "country.region", COUNTRY),
    "subregions": _many("mission_country", "country.subregion", COUNTRY),
    "headquarters": "m.headquarters",
    "headquarters_latitude": "m.headquarters_latitude",
    "headquarters_longitude": "m.headquarters_longitude",
    "personnel": _many("mission_personnel", "personnel"),
    "mandate_tasks": _many("mission_task", "task"),
    "source_conflicts": _many("mission_conflict", "conflict"),
    "outcome": "m.outcome",
    "note": "m.note",
}
OBJECT = ", ".join(f"'{name}', {column}" for name, column in FIELDS.items())
FROM = "from mission m join record r on r.id = m.id"

CITATIONS = """
(select json_group_array(json_object('source', source, 'passage', passage, 'locator', locator, 'stance', stance,
    'about', about, 'note', note))
 from (select s.slug source, p.locator passage, c.locator, c.stance, c.about, c.note
       from citation c join source s on s.id = c.source_id left join passage p on p.id = c.passage_id
       where {of} order by c.id))
"""
LINKS = f"""
(select json_group_object(predicate, json(links)) from
 (select predicate, json_group_array(json_object('id', kind || ':' || slug, 'kind', kind, 'name', name,
     'verification', verification, 'note', note, 'citations', json({CITATIONS.format(of="c.link_id = link")}))) links
  from (select predicate, kind, slug, name, both.verification, note, link
        from (select l.id link, l.predicate, l.object_id other, l.verification, l.note from link l where l.subject_id = r.id
              union all
              select l.id, p.inverse, l.subject_id, l.verification, l.note
              from link l join predicate p on p.subject_kind = l.subject_kind and p.name = l.predicate
                  and p.object_kind = l.object_kind
              where l.object_id = r.id) both
        join record o on o.id = both.other order by predicate, other, link)
  group by predicate))
"""

VERSION = "select version from release order by id desc limit 1"
DETAIL = f"""
select json_object({OBJECT}, 'links', json({LINKS}), 'citations', json({CITATIONS.format(of="c.record_id = r.id")}))
{FROM} where r.kind = 'mission' and r.slug = ?
"""
RELATED = """
(select subject_id from link where object_id = :number and subject_kind = 'mission'
 union select object_id from link where subject_id = :number and object_kind = 'mission')
"""
NUMBER = "select id from record where kind = ? and slug = ?"
AFTER = "select id from record where (kind, slug) <= (?, ?) order by kind desc, slug desc limit 1"
ITEMS = f"select r.slug, json_object({OBJECT}) {FROM} where {{where}} order by m.id limit :rows"
LIST = ITEMS.format(where="m.id > :after")
LIST_RELATED = ITEMS.format(where=f"m.id in {RELATED} and m.id > :after")
LIST_SINCE = ITEMS.format(where="m.established >= :day and m.id > :after")
COUNT = "select count(*) from mission"
COUNT_RELATED = f"select count(*) from {RELATED}"
COUNT_SINCE = "select count(*) from mission where established >= :day"
FACET_SINCE = (
    "select {name}, count(*) from mission where established >= :day group by {name} order by count(*) desc, {name} nulls last"
)
STATS = "select {first}, {second}, count(*) from mission group by 1, 2 order by count(*) desc, 1 nulls last, 2 nulls last"

EXPORT_LINES = f"select r.id, json_object({OBJECT}) {FROM} where m.id > ? order by m.id limit ?"
"""JSON Lines, so many rows at a time."""


def _cell(column: str) -> str:
    """Several values in one cell: joined by `;`."""
    if column is STATUSES:
        rows = "select field, verification from field_status where record_id = r.id order by field"
        return f"(select group_concat(field || '=' || verification, ';') from ({rows}))"
    if column.startswith("json("):
        return column.removeprefix("json(").removesuffix(")").replace("json_group_array(v)", "group_concat(v, ';')", 1)
    return column


EXPORT_CELLS = f"select r.id, {', '.join(map(_cell, FIELDS.values()))} {FROM} where m.id > ? order by m.id limit ?"
ALL_LINES = f"select json_object({OBJECT}) {FROM} order by m.id"
ALL_CELLS = f"select {', '.join(f'{_cell(column)} as {name}' for name, column in FIELDS.items())} {FROM} order by m.id"

SCORED = """
select r.id, r.kind, r.slug, r.name, r.verification, f.score + case when r.id in
    (select record_id from completion where inside = 0 and rest = :name) then 100.0 else 0.0 end score
from (select rowid, -bm25(search_index, 10.0, 5.0, 2.0, 1.0) score from search_index where search_index match :question) f
join record r on r.id = f.rowid {where} order by score desc, r.id limit :rows
"""
BEYOND = "where score < :score or score = :score and r.id > :after"
MATCHED = """
select r.kind, r.verification, count(*) from search_index s cross join record r on r.id = s.rowid
where s.search_index match :question group by 1, 2
"""
TEXTS = "select record_id, part, field, text from document where record_id in ({ids}) order by record_id, position"
