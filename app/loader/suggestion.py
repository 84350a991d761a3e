"""The end of an error message that suggests what was probably meant."""

from collections.abc import Iterable

from app.model.error import nearest


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ": did you mean X?" with the known word nearest to `word`, or "" if none is near."""
    near = nearest(word, sorted(known))
    return f": did you mean {near[0]}?" if near else ""
