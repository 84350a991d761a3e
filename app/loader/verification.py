"""Verification, computed from citations: from the stances that they take and the publishers of the sources that they name."""

from collections.abc import Iterable, Mapping

from app.loader.parse import CitationInput


def verification_of(cites: Iterable[CitationInput], publishers: Mapping[str, str]) -> str:
    """Return `disputed` if a citation disputes; else `corroborated` if two or more publishers support; else `single_source`.

    `publishers` gives the publisher of each source by its slug.
    """
    cites = list(cites)
    if "disputes" in [cite.citation.stance for cite in cites]:
        return "disputed"
    return "corroborated" if len({publishers[cite.source] for cite in cites}) > 1 else "single_source"


def field_verification(cites: Iterable[CitationInput], publishers: Mapping[str, str]) -> dict[str, str]:
    """Return the verification of each field that citations name in `about`, computed from these citations alone."""
    by_field: dict[str, list[CitationInput]] = {}
    for cite in cites:
        if cite.about is not None:
            by_field.setdefault(cite.about, []).append(cite)
    return {field: verification_of(by_field[field], publishers) for field in sorted(by_field)}
