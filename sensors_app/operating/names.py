"""Names that somebody gave wrongly, and what they may have meant."""

import difflib
from collections.abc import Iterable

SHOWN_NAMES = 5


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a sentence that offers the names most like ``name``."""
    candidates = sorted(set(known))
    if not candidates:
        return ""
    near = difflib.get_close_matches(name, candidates, n=3, cutoff=0.5)
    if near:
        return f" Did you mean {' or '.join(near)}?"
    more = ", …" if len(candidates) > SHOWN_NAMES else ""
    return f" There are: {', '.join(candidates[:SHOWN_NAMES])}{more}"
