"""The rows of a pack's CSV files as entries, by its `mappings.yaml`: which columns become fields, citations and links.

A row becomes the entry that a YAML file would have, and is then checked like one. Knows no kind by name, and not whether what is
referred to exists.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import Field

from app.loader.files import Entry, Pack
from app.loader.schema import SeedModel, Slug
from app.loader.suggestion import did_you_mean
from app.loader.validation import validate
from app.model.catalogue import Catalogue
from app.model.error import Mistake, SeedError
from app.model.naming import slugify
from app.model.resource import Resource

SOURCES = "sources"
"""The column with the slugs of a row's sources."""
SEPARATOR = ";"
PLACEHOLDER = re.compile(r"\{(\w+)\}")


class CitationTemplate(SeedModel):
    """A citation for every row that names the source; `{column}` is the row's cell, `{value}` the value that makes a link."""

    source: Slug = Field(description="Slug of the source.")
    locator: str = Field(description="The place in the source's own terms.")
    about: str | None = Field(
        None, description="Field that the citation applies to; rows where it is empty do not get the citation."
    )
    note: str | None = Field(None, description="What to know when reading the source there.")


class LinkTemplate(SeedModel):
    """Links made from a column of names: one for each name, with the column's name as predicate."""

    to: str = Field(description="Kind of the records named in the column, each by what makes its slug: symbol, acronym, slug.")
    cites: list[CitationTemplate] = Field(
        [], description="Citations of each link; those of the row if it names none of their sources."
    )
    note: str | None = Field(None, description="Why the two records are linked.")


class RowMapping(SeedModel):
    """The mapping of one CSV file to entries."""

    slug: str = Field("{slug}", description="Template of the slug.")
    name: str = Field("{name}", description="Template of the name.")
    aliases: list[str] = Field([], description="Templates of other names; one with an empty column is left out.")
    separators: dict[str, str] = Field({}, description="Separator of the values in a cell, by column, if it is not `;`.")
    cites: list[CitationTemplate] = Field([], description="Citations of each row, for the sources in its column `sources`.")
    links: dict[str, LinkTemplate] = Field({}, description="Columns that name other records, by predicate.")
    constants: dict[str, str] = Field({}, description="Fields that have the same value in every row.")


def map_rows(pack: Pack, catalogue: Catalogue, mistakes: list[Mistake]) -> dict[str, list[Entry]]:
    """Return the pack's entries by file stem, with the rows of CSV files turned into entries of their resource.

    Add mistakes in rows to `mistakes`. Raise SeedError if a mapping is wrong, since every row that it reads would look wrong too.
    """
    resources = {resource.name: resource for resource in (*catalogue.kinds.values(), *catalogue.tables)}
    tables = {name for name, rows in pack.entries.items() if not rows or any(row.is_row for row in rows)}
    mappings = _read_mappings(pack.entries.get("mappings", []), resources, tables)
    entries = dict(pack.entries)
    for name in resources.keys() & entries.keys():
        mapping = mappings.get(name, RowMapping.model_construct())
        entries[name] = [
            _map_row(resources[name], mapping, entry, mistakes) if entry.is_row else entry for entry in entries[name]
        ]
    return entries


def _read_mappings(entries: Sequence[Entry], resources: Mapping[str, Resource], tables: set[str]) -> dict[str, RowMapping]:
    mappings, mistakes = dict[str, RowMapping](), list[Mistake]()
    for entry in entries:
        for name, value in entry.fields.items():
            section = replace(entry, fields=value if isinstance(value, dict) else {}, label=name)
            if name not in resources:
                mistakes.append(section.mistake("", "is not the name of a CSV file of records" + did_you_mean(name, resources)))
                continue
            if name not in tables:
                mistakes.append(section.mistake("", f"maps the rows of {name}.csv, but this pack has none"))
            if not isinstance(value, dict):
                mistakes.append(section.mistake("", "must be a mapping"))
            for _, mapping in validate(RowMapping, [section], mistakes):
                mappings[name] = mapping
    if mistakes:
        raise SeedError(mistakes)
    return mappings


def _map_row(resource: Resource, mapping: RowMapping, row: Entry, mistakes: list[Mistake]) -> Entry:
    if resource.is_kind:
        return _RowMapper(resource, mapping, row, mistakes).make_entry()
    return replace(row, fields=mapping.constants | row.fields)


class _RowMapper:
    """Makes the entry of one row of a kind; adds what the row lacks to `mistakes`."""

    def __init__(self, resource: Resource, mapping: RowMapping, row: Entry, mistakes: list[Mistake]) -> None:
        self.resource, self.mapping, self.row, self.mistakes = resource, mapping, row, mistakes
        self.cells: Mapping[str, str] = mapping.constants | row.fields
        self.sources = self._split(SOURCES)
        self.reported: set[str] = set()
        """The columns with a mistake: one each."""

    def make_entry(self) -> Entry:
        fields = dict(self._field_cells())
        fields |= {"slug": slugify(self._fill(self.mapping.slug)), "name": self._fill(self.mapping.name)}
        aliases = [self._fill(template) for template in self.mapping.aliases if self._empty_column(template) is None]
        cites = self._make_cites()
        links = {predicate: links for predicate in self.mapping.links if (links := self._make_links(predicate, cites))}
        reported = frozenset({"cites", "links", *self.reported}) if self.reported else frozenset()
        return replace(self.row, fields=fields | {"aliases": aliases, "cites": cites, "links": links}, reported=reported)

    def _field_cells(self) -> Iterator[tuple[str, Any]]:
        """Yield all columns that only templates do not use, so that validation refuses those that are not fields."""
        templates = self.mapping.model_dump_json(include={"slug", "name", "aliases", "cites"})
        only_templates = {SOURCES, *self.mapping.links, *PLACEHOLDER.findall(templates)} - self.resource.fields.keys()
        for name, cell in self.cells.items():
            if name not in only_templates:
                is_list = name in self.resource.fields and self.resource.fields[name].of is not None
                yield name, self._split(name) if is_list else cell

    def _make_cites(self) -> list[dict[str, Any]]:
        """Return the citations of the row. Every source that it names needs a template of a citation of the whole record."""
        declared = sorted({template.source for template in self.mapping.cites if template.about is None})
        for source in self.sources:
            if source not in declared:
                hint = did_you_mean(source, declared) or f"; those without `about` are for: {', '.join(declared) or 'none'}"
                self._report(SOURCES, f"mappings.yaml has no citation template for {source!r}{hint}")
        return [cite for template in self.mapping.cites if (cite := self._make_cite(template))]

    def _make_cite(self, template: CitationTemplate, **link: str) -> dict[str, Any] | None:
        if template.source not in self.sources or (template.about and template.about not in self.cells):
            return None
        empty = self._empty_column(template.locator, **link)
        if empty is not None:
            self._report(empty, f"is empty, but the citation template for {template.source} needs it")
            return None
        optional = {name: text for name, text in (("about", template.about), ("note", template.note)) if text}
        return {"source": template.source, "locator": self._fill(template.locator, **link)} | optional

    def _make_links(self, predicate: str, row_cites: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the links of one predicate. A link without citations of its own has those of the row without `about`."""
        template = self.mapping.links[predicate]
        record_cites = [cite for cite in row_cites if "about" not in cite]
        links = []
        for value in self._split(predicate):
            cites = [cite for cite_template in template.cites if (cite := self._make_cite(cite_template, value=value))]
            note = {"note": self._fill(template.note, value=value)} if template.note else {}
            links.append({"to": f"{template.to}:{slugify(value)}", "cites": cites or record_cites} | note)
        return links

    def _split(self, column: str) -> list[str]:
        separator = self.mapping.separators.get(column, SEPARATOR)
        return [value.strip() for value in self.cells.get(column, "").split(separator) if value.strip()]

    def _fill(self, template: str, **link: str) -> str:
        """Return a template with its placeholders filled in; an empty column leaves no gap."""
        cells = {**self.cells, **link}
        filled = PLACEHOLDER.sub(lambda place: "; ".join(cells.get(place[1], "").split(SEPARATOR)), template)
        return " ".join(filled.split())

    def _empty_column(self, template: str, **link: str) -> str | None:
        """Return the first column that a template uses and the row leaves empty, if any."""
        return next((name for name in PLACEHOLDER.findall(template) if name not in self.cells and name not in link), None)

    def _report(self, column: str, msg: str) -> None:
        if column not in self.reported:
            self.reported.add(column)
            self.mistakes.append(self.row.mistake(column, msg))
