"""The references between entries: to sources, passages, fields, records and vocabularies, by legal links, and by unique names.

What constraints of the schema say is left to `constraint_check`. Knows no database.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from app.loader.parse import CitationInput, LinkInput, RecordInput, Seed
from app.loader.suggestion import did_you_mean
from app.model.catalogue import Catalogue
from app.model.error import Mistake
from app.model.naming import slugify
from app.model.resource import Resource
from app.model.schema import RECORD_FIELDS

UNCITABLE = {"id", "kind", "slug", "verification", "field_verification"}
"""The fields that no citation can be about."""


def broken_references(seed: Seed, catalogue: Catalogue) -> Iterator[Mistake]:
    """Yield every mistake in how entries refer to one another, but none that follows from another mistake."""
    yield from _check_reserved_names(seed, catalogue)
    yield from _check_articles(seed)
    yield from _check_repeated_sources(seed)
    yield from _check_passages(seed)
    sources = {source.slug for _, source in seed.sources}
    passages = {source: {passage.locator for _, passage in rows} for source, rows in seed.passages.items()}
    owners: dict[tuple[str, str], str] = {(record.resource.kind, record.slug): record.id for record in seed.records.values()}
    for record in seed.records.values():
        citable_fields = set(record.resource.fields) - UNCITABLE
        for cite in record.cites:
            yield from _check_citation(cite, seed, sources, passages)
            if cite.citation.about is not None and cite.citation.about not in citable_fields:
                hint = did_you_mean(cite.citation.about, citable_fields)
                yield cite.entry.mistake(f"{cite.field}.about", f"no field {cite.citation.about!r} that can be cited{hint}")
        for link in record.links:
            for cite in link.cites:
                yield from _check_citation(cite, seed, sources, passages)
                if cite.citation.about is not None:
                    yield cite.entry.mistake(f"{cite.field}.about", "is not allowed in a citation of a link")
            yield from _check_link(record, link, seed, catalogue)
        yield from _check_link_counts(record, seed, catalogue)
        yield from _check_names(record, owners)
        yield from _check_vocabularies(record, seed, catalogue)
    for resource in catalogue.tables:
        yield from _check_named_records(resource, seed)


def _check_reserved_names(seed: Seed, catalogue: Catalogue) -> Iterator[Mistake]:
    """Check that no route has the address that an item would have."""
    for record in seed.records.values():
        names = [("slug", record.slug)]
        names += [("former_slugs", slug) for slug in record.former_slugs] + [("aliases", alias) for alias in record.aliases]
        for field, name in names:
            if slugify(name) in catalogue.reserved.get(record.resource.name, ()):
                yield record.entry.mistake(field, _taken(name, record.resource.name, slugify(name)))
    for entry, source in seed.sources:
        if source.slug in catalogue.reserved.get("sources", ()):
            yield entry.mistake("slug", _taken(source.slug, "sources", source.slug))
    for resource in catalogue.tables:
        for entry, row in seed.tables[resource.name]:
            key = getattr(row, resource.key.key, None)  # None for a key that is made of several values: it has hyphens
            if key in catalogue.reserved.get(resource.name, ()):
                yield entry.mistake(resource.key.key, _taken(str(key), resource.name, str(key)))


def _taken(name: str, resource: str, slug: str) -> str:
    return f"{name!r} cannot be used, since /v1/{resource}/{slug} is an address of its own: choose another"


def _check_articles(seed: Seed) -> Iterator[Mistake]:
    """Check that each pack's article is a source, and that sections and passages have an article."""
    sources = {source.slug for _, source in seed.sources}
    for manifest, article in seed.articles:
        if article not in sources and not seed.may_be_rejected("sources", article):
            msg = f"must name the source of passages.csv by its slug in sources.yaml{did_you_mean(article, sources)}"
            yield manifest.mistake("article", msg)
    rows = seed.passages.get("") or seed.sections.get("")
    if rows and not seed.may_be_rejected("sources", ""):
        folder = rows[0][0].file.rpartition("/")[0]
        yield Mistake(file=f"{folder}/pack.yaml", field="article", msg="is required, for the pack has passages or sections")


def _check_repeated_sources(seed: Seed) -> Iterator[Mistake]:
    first_files: dict[str, str] = {}
    for entry, source in seed.sources:
        if source.slug in first_files:
            yield entry.mistake("slug", f"{source.slug} is a source already, in {first_files[source.slug]}")
        first_files.setdefault(source.slug, entry.file)


def _check_passages(seed: Seed) -> Iterator[Mistake]:
    """Check that the sections of passages exist; report each that does not once, and that no locator is given twice."""
    for source, passages in seed.passages.items():
        sections = {section.slug for _, section in seed.sections.get(source, [])}
        locators, missing = set[str](), set[str]()
        for entry, passage in passages:
            section = passage.locator.partition(":")[0]
            if section not in sections | missing and not seed.may_be_rejected("sections", section):
                missing.add(section)
                seed.reject("passages", None)  # the passage has another locator
                hint = did_you_mean(section, sections)
                yield entry.mistake("locator", f"no section of sections.csv has the slug {section!r}{hint}")
            if passage.locator in locators:
                yield entry.mistake("locator", f"{passage.locator} is given twice")
            locators.add(passage.locator)


def _check_citation(cite: CitationInput, seed: Seed, sources: set[str], passages: Mapping[str, set[str]]) -> Iterator[Mistake]:
    passage = cite.citation.passage
    if cite.source not in sources and seed.may_be_rejected("sources", cite.source):
        return
    if not cite.source:
        if "" not in passages:  # else the article is missing, which is a mistake of pack.yaml
            yield cite.entry.mistake(f"{cite.field}.source", "is required, since pack.yaml names no article")
    elif cite.source not in sources:
        if cite.citation.source is not None:  # else it is the article, and a mistake of pack.yaml
            msg = f"no source has the slug {cite.source!r}{did_you_mean(cite.source, sources)}"
            yield cite.entry.mistake(f"{cite.field}.source", msg)
    elif cite.source in passages and passage is None:
        yield cite.entry.mistake(f"{cite.field}.passage", f"is required: {cite.source} is cited by passages, not by locator")
    elif cite.source in passages and passage not in passages[cite.source]:
        if not seed.may_be_rejected("passages", passage or ""):
            msg = f"no passage of {cite.source} has the locator {passage}{did_you_mean(passage or '', passages[cite.source])}"
            yield cite.entry.mistake(f"{cite.field}.passage", msg)
    elif cite.source not in passages and passage is not None and not _may_have_passages(seed, cite.source):
        yield cite.entry.mistake(f"{cite.field}.passage", f"{cite.source} has no passages: give a `locator` instead")


def _may_have_passages(seed: Seed, source: str) -> bool:
    """Return True if passages are those of an article that was named wrongly, perhaps of this one."""
    return any(article not in {slug.slug for _, slug in seed.sources} for article in seed.passages if article != source)


def _check_link(record: RecordInput, link: LinkInput, seed: Seed, catalogue: Catalogue) -> Iterator[Mistake]:
    kind, target_kind = record.resource.kind, link.target.partition(":")[0]
    field = f"links.{link.predicate}"
    if link.target not in seed.records:
        if seed.may_be_rejected(*link.target.split(":", 1)):
            return
        yield link.entry.mistake(field, f"no record has the id {link.target}{did_you_mean(link.target, seed.records)}")
    elif link.target == record.id:
        yield link.entry.mistake(field, "a record cannot be linked to itself")
    elif (kind, link.predicate, target_kind) not in catalogue.relations:
        legal = {name for subject, name, object_ in catalogue.relations if (subject, object_) == (kind, target_kind)}
        allowed = f"; allowed: {', '.join(sorted(legal))}" if legal else ""
        yield link.entry.mistake(field, f"is not a predicate from kind {kind} to kind {target_kind}{allowed}")


def _check_link_counts(record: RecordInput, seed: Seed, catalogue: Catalogue) -> Iterator[Mistake]:
    links = Counter((link.predicate, link.target) for link in record.links)
    for (predicate, target), count in links.items():
        if count > 1:
            yield record.entry.mistake(f"links.{predicate}", f"{target} is given {count} times")
    known = {predicate for kind, predicate, _ in catalogue.relations if kind == record.resource.kind}
    is_misnamed = any(link.predicate not in known for link in record.links)
    is_partial = record.id in seed.incomplete or "links" in record.entry.reported or is_misnamed
    for (kind, predicate, _), relation in catalogue.relations.items():
        if kind == record.resource.kind:
            count = sum(link.predicate == predicate for link in record.links)
            if relation.single and count > 1:
                yield record.entry.mistake(f"links.{predicate}", f"only one such link is allowed, but {count} are given")
            if relation.required and count == 0 and not is_partial:
                yield record.entry.mistake(f"links.{predicate}", "is required")


def _check_names(record: RecordInput, owners: dict[tuple[str, str], str]) -> Iterator[Mistake]:
    """Check that no other record of the kind has the slug of an alias or former slug. Add those of this record to `owners`."""
    names = [("former_slugs", slug) for slug in record.former_slugs] + [("aliases", alias) for alias in record.aliases]
    for field, name in names:
        slug, owner = slugify(name), f"{record.id} as {name!r}"
        first_owner = owners.setdefault((record.resource.kind, slug), owner)
        if not slug:
            yield record.entry.mistake(field, f"{name!r} needs an ASCII letter or digit")
        elif first_owner not in (record.id, owner):
            yield record.entry.mistake(field, f"{name!r} is already used by {first_owner}")


def _check_vocabularies(record: RecordInput, seed: Seed, catalogue: Catalogue) -> Iterator[Mistake]:
    """Check values that must be keys of a plain table, as country codes must."""
    for name, field in record.resource.fields.items():
        values = record.values.get(name) or []
        if name in RECORD_FIELDS or field.vocabulary is None or not values:
            continue
        facts = next(resource for resource in catalogue.tables if resource.model is field.vocabulary.class_)
        known = {getattr(row, field.vocabulary.key) for _, row in seed.tables[facts.name]}
        for value in values:
            if value not in known and not seed.may_be_rejected(facts.name, value):
                yield record.entry.mistake(name, f"{value!r} is not in {facts.name}{did_you_mean(value, known)}")


def _check_named_records(resource: Resource, seed: Seed) -> Iterator[Mistake]:
    """Check the records that the rows of a plain table name by slug or acronym."""
    for name, field in resource.fields.items():
        for entry, row in seed.tables[resource.name] if field.record else ():
            slug = slugify(getattr(row, name))
            if f"{field.record}:{slug}" not in seed.records and not seed.may_be_rejected(field.record or "", slug):
                slugs = [record.slug for record in seed.records.values() if record.resource.kind == field.record]
                yield entry.mistake(name, f"no {field.record} has the slug {slug!r}{did_you_mean(slug, slugs)}")
