"""What the entries of seed_data refer to: sources, passages, fields, records, legal links, other names.

What SQL constraints say is checked by them, in `trial`. Knows no database.
"""

from collections import Counter
from collections.abc import Iterator

from app.loader.parse import CitationInput, LinkInput, RecordInput, Seed
from app.model.catalogue import Catalogue
from app.model.error import Mistake, nearest
from app.model.naming import slugify
from app.model.resource import Resource
from app.model.schema import RECORD_FIELDS


def references(seed: Seed, catalogue: Catalogue) -> Iterator[Mistake]:
    """Every mistake in how entries refer to one another."""
    yield from _articles(seed)
    passages = {source: {passage.locator for _, passage in rows} for source, rows in seed.passages.items()}
    sources = {source.slug for _, source in seed.sources}
    taken: dict[tuple[str, str], str] = {(draft.resource.kind, draft.slug): draft.id for draft in seed.records.values()}
    for draft in seed.records.values():
        fields = set(draft.resource.fields) - {"id", "kind", "slug", "verification", "field_verification"}
        for said in draft.cites:
            yield from _citation(said, sources, passages, fields)
        for tied in draft.links:
            for said in tied.cites:
                yield from _citation(said, sources, passages, set())
            yield from _link(draft, tied, seed, catalogue)
        yield from _counted(draft, catalogue)
        yield from _names(draft, taken)
        yield from _vocabulary(draft, seed, catalogue)
    for resource in catalogue.tables:
        yield from _named(resource, seed)


def _articles(seed: Seed) -> Iterator[Mistake]:
    known = {source.slug for _, source in seed.sources}
    for source, passages in seed.passages.items():
        if source not in known and passages:
            yield Mistake(
                file=passages[0][0].file, field="article", msg="pack.yaml names no article among the sources for these passages"
            )
        sections = {section.slug for _, section in seed.sections.get(source, [])}
        for entry, passage in passages:
            if passage.locator.partition(":")[0] not in sections:
                yield entry.mistake("locator", "is in no section of sections.csv")


def _citation(said: CitationInput, sources: set[str], passages: dict[str, set[str]], fields: set[str]) -> Iterator[Mistake]:
    cite = said.citation
    if said.source not in sources:
        known = _hint(said.source, sources) if said.source else ": the pack names no article, so each citation names its source"
        yield said.entry.mistake(f"{said.field}.source", f"no source has the slug {said.source!r}{known}")
    elif said.source in passages and cite.passage not in passages[said.source]:
        what = "the source has passages: cite one" if cite.passage is None else f"no passage {cite.passage}"
        yield said.entry.mistake(f"{said.field}.passage", what + _hint(cite.passage or "", passages[said.source]))
    elif said.source not in passages and cite.passage is not None:
        yield said.entry.mistake(f"{said.field}.passage", f"{said.source} has no passages: give a locator")
    if cite.about is not None and cite.about not in fields:
        yield said.entry.mistake(f"{said.field}.about", f"no field {cite.about!r} to speak of{_hint(cite.about, fields)}")


def _link(draft: RecordInput, tied: LinkInput, seed: Seed, catalogue: Catalogue) -> Iterator[Mistake]:
    kind, place = draft.resource.kind, f"links.{tied.predicate}"
    object_kind = tied.link.to.partition(":")[0]
    if tied.link.to not in seed.records:
        yield tied.entry.mistake(place, f"no record {tied.link.to}{_hint(tied.link.to, set(seed.records))}")
    elif tied.link.to == draft.id:
        yield tied.entry.mistake(place, "a record cannot be linked to itself")
    elif (kind, tied.predicate, object_kind) not in catalogue.relations:
        legal = {name for subject, name, object_ in catalogue.relations if subject == kind and object_ == object_kind}
        allowed = f"; allowed: {', '.join(sorted(legal))}" if legal else ""
        yield tied.entry.mistake(place, f"records of kind {kind} are not tied so to those of kind {object_kind}{allowed}")


def _counted(draft: RecordInput, catalogue: Catalogue) -> Iterator[Mistake]:
    pairs = Counter((tied.predicate, tied.link.to) for tied in draft.links)
    for (predicate, to), count in pairs.items():
        if count > 1:
            yield draft.entry.mistake(f"links.{predicate}", f"{to} stands {count} times")
    for (kind, name, _), relation in catalogue.relations.items():
        count = sum(tied.predicate == name for tied in draft.links) if kind == draft.resource.kind else 1
        if relation.single and count > 1:
            yield draft.entry.mistake(f"links.{name}", f"may stand once, stands {count} times")
        if relation.required and count == 0:
            yield draft.entry.mistake(f"links.{name}", "is missing")


def _names(draft: RecordInput, taken: dict[tuple[str, str], str]) -> Iterator[Mistake]:
    for name in [*draft.former_slugs, *draft.aliases]:
        slug = slugify(name)
        holder = taken.setdefault((draft.resource.kind, slug), f"{draft.id} as {name!r}")
        if not slug:
            yield draft.entry.mistake("aliases", f"{name!r} has no letter or digit")
        elif holder not in (draft.id, f"{draft.id} as {name!r}"):
            yield draft.entry.mistake("aliases", f"{name!r} is taken by {holder}")


def _vocabulary(draft: RecordInput, seed: Seed, catalogue: Catalogue) -> Iterator[Mistake]:
    """Values that stand for rows of a table of facts, as country codes do."""
    for name, field in draft.resource.fields.items():
        values = draft.values.get(name) or []
        if name in RECORD_FIELDS or field.vocabulary is None or not values:
            continue
        facts = next(resource for resource in catalogue.tables if resource.model is field.vocabulary.class_)
        known = {getattr(row, field.vocabulary.key) for _, row in seed.tables[facts.name]}
        for value in values:
            if value not in known:
                yield draft.entry.mistake(name, f"{value!r} is not in {facts.name}{_hint(value, known)}")


def _named(resource: Resource, seed: Seed) -> Iterator[Mistake]:
    """Records that rows of facts name."""
    for name, field in resource.fields.items():
        for entry, row in seed.tables[resource.name] if field.record else ():
            slug = slugify(getattr(row, name))
            if f"{field.record}:{slug}" not in seed.records:
                slugs = {draft.slug for draft in seed.records.values() if draft.resource.kind == field.record}
                yield entry.mistake(name, f"no {field.record} has the slug {slug!r}{_hint(slug, slugs)}")


def _hint(word: str, words: set[str]) -> str:
    near = nearest(word, sorted(words))
    return f": did you mean {near[0]}?" if near else ""
