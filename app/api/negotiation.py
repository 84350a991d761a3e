"""Which of the formats that a path offers an answer takes: the suffix decides, else `Accept` (RFC 9110, 12.5.1)."""

from collections.abc import Mapping

from fastapi import Request
from starlette.exceptions import HTTPException

ANYWHERE = (
    "application/json",
    "text/html",
    "text/csv",
    "text/plain",
    "text/markdown",
    "application/x-ndjson",
    "application/geo+json",
    "application/graphml+xml",
    "application/zip",
    "application/x-bibtex",
    "application/x-research-info-systems",
    "application/vnd.citationstyles.csl+json",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)


def chosen(request: Request, offered: Mapping[str, str], suffix: str | None = None) -> str:
    """The name of one of the formats offered, name to media type, the default first. 406 where `Accept` takes none of them."""
    if suffix is not None:
        return suffix
    accepted = request.headers.get("accept", "*/*")
    weights = {name: _weight(media_type, accepted) for name, media_type in offered.items()}
    best = max(weights, key=lambda name: weights[name])
    if weights[best] == 0:
        raise HTTPException(406, f"offered here: {', '.join(dict.fromkeys(offered.values()))}", {"Vary": "Accept"})
    return best


async def check_accept(request: Request) -> None:
    """The same as a dependency: no thread is needed for it."""
    accepts_an_answer(request)


def accepts_an_answer(request: Request) -> None:
    """406 for an `Accept` that takes nothing that any path offers, save where a suffix or `format` decides.

    A path with several formats looks closer, by `chosen`.
    """
    if "." in request.url.path.rpartition("/")[2] or "format" in request.query_params:
        return
    accepted = request.headers.get("accept")
    if accepted and not any(_weight(media_type, accepted) for media_type in ANYWHERE):
        raise HTTPException(
            406, "every path offers application/json or a format that its documentation names", {"Vary": "Accept"}
        )


def _weight(media_type: str, accepted: str) -> float:
    """How much a client wants a media type, from 0 to 1: the most specific range that matches decides."""
    matches = []
    for part in accepted.split(","):
        wanted, *parameters = (piece.strip() for piece in part.lower().split(";"))
        pattern = wanted.split("/")
        ours = media_type.partition(";")[0].split("/")
        if len(pattern) == 2 and all(one in ("*", other) for one, other in zip(pattern, ours, strict=True)):
            matches.append((2 - pattern.count("*"), _quality(parameters)))
    return max(matches)[1] if matches else 0.0


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
