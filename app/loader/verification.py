"""Verification, computed from citations: by the stances that sources take and the publishers that they come from."""

from collections.abc import Iterable, Mapping

from app.loader.parse import CitationInput


def status(cites: Iterable[CitationInput], publishers: Mapping[str, str]) -> str:
    """`disputed` where a citation disputes; else `corroborated` by two or more publishers; else `single_source`."""
    cites = list(cites)
    if "disputes" in [said.citation.stance for said in cites]:
        return "disputed"
    return "corroborated" if len({publishers[said.source] for said in cites}) > 1 else "single_source"


def field_statuses(cites: Iterable[CitationInput], publishers: Mapping[str, str]) -> dict[str, str]:
    """The status of each field that citations speak of by name, from these citations alone."""
    by_field: dict[str, list[CitationInput]] = {}
    for said in cites:
        if said.about is not None:
            by_field.setdefault(said.about, []).append(said)
    return {field: status(by_field[field], publishers) for field in sorted(by_field)}
