"""Rows of a pack's CSV files as entries: what a pack's `mappings.yaml` says of how columns become fields, citations and links.

A row becomes what a YAML entry of its kind would say, and is then checked like one. Knows no kind, and not whether what is
referred to exists.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import Field

from app.loader.files import Entry, Pack
from app.loader.schema import SeedModel, Slug
from app.loader.validation import validated
from app.model.catalogue import Catalogue
from app.model.error import Mistake, SeedError, nearest
from app.model.naming import slugify
from app.model.resource import Resource

SOURCES = "sources"
"""The column that names the sources of a row."""
SEPARATOR = ";"
PLACE = re.compile(r"\{(\w+)\}")


class CitationTemplate(SeedModel):
    """A citation of every row that names the source; `{column}` stands for the row's cell, `{value}` for a link's own value."""

    source: Slug = Field(description="Slug of the source.")
    locator: str = Field(description="The place in the source's own terms.")
    about: str | None = Field(None, description="The one field that it speaks of; rows without that field do not cite it.")
    note: str | None = Field(None, description="What to know when reading it there.")


class LinkTemplate(SeedModel):
    """What a column of names becomes: a link to the record of each name, by the predicate that the column is called."""

    to: str = Field(description="Kind of the records that are named, by slug, symbol, acronym: whatever makes the slug.")
    cites: list[CitationTemplate] = Field(
        [], description="Citations of each link; those of the row where it names none of these."
    )
    note: str | None = Field(None, description="What ties the two.")


class RowMapping(SeedModel):
    """How the rows of one CSV file are read."""

    slug: str = Field("{slug}", description="What makes the slug.")
    name: str = Field("{name}", description="What makes the name.")
    aliases: list[str] = Field([], description="Other names, left out where their columns are empty.")
    separators: dict[str, str] = Field({}, description="What stands between several values of a cell, where it is not `;`.")
    cites: list[CitationTemplate] = Field([], description="Citations of each row, for the sources that its `sources` names.")
    links: dict[str, LinkTemplate] = Field({}, description="Columns that name other records, by predicate.")
    constants: dict[str, str] = Field({}, description="Fields that are the same in every row.")


def entries_of(pack: Pack, catalogue: Catalogue, mistakes: list[Mistake]) -> dict[str, list[Entry]]:
    """The pack's entries by file stem, the rows of its CSV files made entries by its mappings.

    SeedError where a mapping is wrong, for what is read by it would only look wrong.
    """
    held = {resource.name: resource for resource in (*catalogue.kinds.values(), *catalogue.tables)}
    mappings = _mappings(pack.entries.get("mappings", []), held)
    entries = dict(pack.entries)
    for name in held.keys() & entries.keys():
        resource, mapping = held[name], mappings.get(name, RowMapping.model_construct())
        made = _as_entry if resource.is_kind else _with_constants
        entries[name] = [made(resource, mapping, row, mistakes) if row.is_row else row for row in entries[name]]
    return entries


def _mappings(entries: Sequence[Entry], held: Mapping[str, Resource]) -> dict[str, RowMapping]:
    mappings, wrong = dict[str, RowMapping](), list[Mistake]()
    for entry in entries:
        for name, value in entry.value.items():
            one = replace(entry, value=value if isinstance(value, dict) else {}, label=name)
            if name not in held:
                near = nearest(name, held)
                wrong.append(one.mistake("", "is no file of records" + (f": did you mean {near[0]}?" if near else "")))
            mappings |= {name: made for _, made in validated(RowMapping, [one], wrong)}  # noqa: B035 - at most one is made
    if wrong:
        raise SeedError(wrong)
    return mappings


def _as_entry(resource: Resource, mapping: RowMapping, row: Entry, mistakes: list[Mistake]) -> Entry:
    """The entry that a row makes; what it lacks is added to `mistakes`."""
    return _Reading(resource, mapping, row, mistakes).entry()


def _with_constants(_resource: Resource, mapping: RowMapping, row: Entry, _mistakes: list[Mistake]) -> Entry:
    """The row of a plain table, with what is the same in every row."""
    return replace(row, value=mapping.constants | row.value)


class _Reading:
    def __init__(self, resource: Resource, mapping: RowMapping, row: Entry, mistakes: list[Mistake]) -> None:
        self.resource, self.mapping, self.row, self.mistakes = resource, mapping, row, mistakes
        self.cells: Mapping[str, str] = mapping.constants | row.value
        self.sources = self._values(SOURCES)

    def entry(self) -> Entry:
        value = dict(self._fields())
        value |= {"slug": slugify(self._filled(self.mapping.slug)), "name": self._filled(self.mapping.name)}
        aliases = [self._filled(template) for template in self.mapping.aliases if self._lacking(template) is None]
        cites = self._cites()
        links = {predicate: made for predicate in self.mapping.links if (made := self._links(predicate, cites))}
        return replace(self.row, value=value | {"aliases": aliases, "cites": cites, "links": links})

    def _fields(self) -> Iterator[tuple[str, Any]]:
        """The columns that are fields; one that is none has to serve a template."""
        said = self.mapping.model_dump_json(include={"slug", "name", "aliases", "cites"})
        serving = {SOURCES, *self.mapping.links, *PLACE.findall(said)} - self.resource.fields.keys()
        for name, cell in self.cells.items():
            if name not in serving:
                many = name in self.resource.fields and self.resource.fields[name].of is not None
                yield name, self._values(name) if many else cell

    def _cites(self) -> list[dict[str, Any]]:
        declared = {template.source for template in self.mapping.cites if template.about is None}
        for source in self.sources:
            if source not in declared:
                near = nearest(source, declared)
                hint = f": did you mean {near[0]}?" if near else f"; declared are {', '.join(sorted(declared))}"
                self._wrong(SOURCES, f"mappings.yaml declares no citation of {source!r}{hint}")
        return [cite for template in self.mapping.cites if (cite := self._cite(template))]

    def _cite(self, template: CitationTemplate, **more: str) -> dict[str, Any] | None:
        if template.source not in self.sources or (template.about and template.about not in self.cells):
            return None
        lacking = self._lacking(template.locator, **more)
        if lacking is not None:
            self._wrong(lacking, f"is empty, and the citation of {template.source} needs it")
            return None
        optional = {name: text for name, text in (("about", template.about), ("note", template.note)) if text}
        return {"source": template.source, "locator": self._filled(template.locator, **more)} | optional

    def _links(self, predicate: str, own: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        template = self.mapping.links[predicate]
        whole = [cite for cite in own if "about" not in cite]
        made = []
        for value in self._values(predicate):
            cites = [cite for one in template.cites if (cite := self._cite(one, value=value))]
            note = {"note": self._filled(template.note, value=value)} if template.note else {}
            made.append({"to": f"{template.to}:{slugify(value)}", "cites": cites or whole} | note)
        return made

    def _values(self, name: str) -> list[str]:
        separator = self.mapping.separators.get(name, SEPARATOR)
        return [value.strip() for value in self.cells.get(name, "").split(separator) if value.strip()]

    def _filled(self, template: str, **more: str) -> str:
        cells = {**self.cells, **more}
        return " ".join(PLACE.sub(lambda place: "; ".join(cells.get(place[1], "").split(SEPARATOR)), template).split())

    def _lacking(self, template: str, **more: str) -> str | None:
        """The first column that a template needs and the row has not."""
        return next((name for name in PLACE.findall(template) if name not in self.cells and name not in more), None)

    def _wrong(self, column: str, msg: str) -> None:
        self.mistakes.append(self.row.mistake(column, msg))
