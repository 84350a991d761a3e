"""The SQL of the contestants that are written by hand: each statement makes the JSON of a response in as few steps as it can.

Written for SQLite and the current schema; the harness compares the results with Casebook's own responses.
"""


def _list(name: str, *, empty_is_null: bool = False) -> str:
    """Return the expression of a multi-valued field, whose values are in the record's own row."""
    value = f"r.lists -> '{name}'"
    return f"json(nullif({value}, '[]'))" if empty_is_null else f"json({value})"


def _date(name: str) -> str:
    """Return the expression of a partial date, such as 1993, 1993-10 or 1993-10-05."""
    return f"substr(m.{name}, 1, case m.{name}_precision when 'year' then 4 when 'month' then 7 else 10 end)"


FIELDS = {
    "id": "r.kind || ':' || r.slug",
    "kind": "r.kind",
    "slug": "r.slug",
    "name": "r.name",
    "summary": "r.summary",
    "aliases": _list("aliases"),
    "verification": "r.verification",
    "field_verification": _list("field_verification"),
    "acronym": "m.acronym",
    "mission_type": "m.mission_type",
    "lead_organizations": _list("lead_organizations"),
    "established": _date("established"),
    "ended": _date("ended"),
    "status": "m.status",
    "countries": _list("countries"),
    "regions": _list("regions"),
    "subregions": _list("subregions"),
    "headquarters": "m.headquarters",
    "headquarters_latitude": "m.headquarters_latitude",
    "headquarters_longitude": "m.headquarters_longitude",
    "personnel": _list("personnel", empty_is_null=True),
    "mandate_tasks": _list("mandate_tasks", empty_is_null=True),
    "source_conflicts": _list("source_conflicts"),
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
YEARS = """
(select json_group_array(json_object('year', year, 'total', total, 'with_international_actors', with_actors,
    'activities', json(activities)))
 from (select year, count(*) total, sum(with_international_actors) with_actors,
           (select json_group_array(activity) from (select distinct s.activity from activity s
                where s.mission = a.mission and s.year = a.year order by s.activity)) activities
       from activity a where a.mission = r.slug group by a.mission, year order by year))
"""

VERSION = "select version from release order by id desc limit 1"
DETAIL = f"""
select json_object({OBJECT}, 'activities', json({YEARS}), 'links', json({LINKS}),
    'citations', json({CITATIONS.format(of="c.record_id = r.id")}))
{FROM} where r.kind = 'mission' and r.slug = ?
"""
RECORD_ID = "select id from record where kind = ? and slug = ?"
AFTER = "select id from record where (kind, slug) <= (?, ?) order by kind desc, slug desc limit 1"
ITEMS = f"select r.slug, json_object({OBJECT}) {FROM} where {{where}} order by m.id limit :rows"
LIST = ITEMS.format(where="m.id > :after")
LIST_RELATED = f"""
select r.slug, json_object({OBJECT}) from link l join mission m on m.id = l.subject_id join record r on r.id = m.id
where l.object_id = :challenge and l.subject_kind = 'mission' and l.subject_id > :after order by l.subject_id limit :rows
"""
LIST_SINCE = ITEMS.format(where="m.established >= :day and m.id > :after")
COUNT = "select counts ->> 'mission' from release order by id desc limit 1"
COUNT_RELATED = "select records from degree where record_id = :challenge and kind = 'mission'"
COUNT_SINCE = "select count(*) from (select 1 from mission where established >= :day limit 10001)"
FACET_SINCE = (
    "select {name}, count(*) from mission where established >= :day group by {name} order by count(*) desc, {name} nulls last"
)
SAMPLED = "count(*) * max(stands_for) from sample join mission on mission.id = row_id where resource = 'missions'"
FACET_SAMPLED = f"select {{name}}, {SAMPLED} and established >= :day group by {{name}} order by 2 desc, {{name}} nulls last"
STATS_SAMPLED = f"select {{first}}, {{second}}, {SAMPLED} group by 1, 2 order by 3 desc, 1 nulls last, 2 nulls last"
STATS = "select {first}, {second}, count(*) from mission group by 1, 2 order by count(*) desc, 1 nulls last, 2 nulls last"

EXPORT_JSONL = f"select r.id, json_object({OBJECT}) {FROM} where m.id > ? order by m.id limit ?"
"""One chunk, after an id and up to a number of rows; EXPORT_CSV too."""


def _cell(name: str) -> str:
    """Return the expression of a CSV cell; several values are joined by `;`."""
    if name == "field_verification":
        return "(select group_concat(key || '=' || value, ';') from json_each(r.lists, '$.field_verification'))"
    if FIELDS[name].startswith("json("):
        return f"(select group_concat(value, ';') from json_each(r.lists, '$.{name}'))"
    return FIELDS[name]


EXPORT_CSV = f"select r.id, {', '.join(map(_cell, FIELDS))} {FROM} where m.id > ? order by m.id limit ?"
ALL_JSONL = f"select json_object({OBJECT}) {FROM} order by m.id"
ALL_CSV = f"select {', '.join(f'{_cell(name)} as {name}' for name in FIELDS)} {FROM} order by m.id"

SCORED = """
select r.id, r.kind, r.slug, r.name, r.verification, f.score + case when r.id in
    (select record_id from completion where inside = 0 and rest = :name) then 100.0 else 0.0 end score
from (select rowid, -bm25(search_index, 10.0, 5.0, 2.0, 1.0) score from search_index where search_index match :match) f
join record r on r.id = f.rowid {where} order by score desc, r.id limit :rows
"""
AFTER_SCORE = "where score < :score or score = :score and r.id > :after"
MATCH_COUNTS = """
select r.kind, r.verification, count(*) from search_index s cross join record r on r.id = s.rowid
where s.search_index match :match group by 1, 2
"""
TEXTS = "select record_id, part, field, text from document where record_id in ({ids}) order by record_id, position"
