"""Pictures of ticks, as SVG: what happened, by colour and by height."""

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT, BAR, STEP = 90, 16, 2, 3
HEIGHTS = {"r": 16, "f": 16, "s": 6}
WORDS = {
    "ticks": {"r": "requested", "f": "failed", "s": "skipped"},
    "runs": {"r": "went well", "f": "failed", "s": "canceled"},
}


def strip(letters: str, what: str = "ticks") -> Markup:
    """Return the strip of a sensor's last ticks, or a job's last runs, newest on the right.

    Args:
        letters: ``r`` requested or acted, or went well, ``s`` skipped, or canceled, ``f`` failed,
            oldest first.
        what: ``ticks`` or ``runs``.
    """
    known = [letter for letter in letters if letter in HEIGHTS]
    left = WIDTH - STEP * len(known)
    bars = "".join(
        f'<rect class="{letter}" x="{left + STEP * n}" y="{HEIGHT - HEIGHTS[letter]}" '
        f'width="{BAR}" height="{HEIGHTS[letter]}"/>'
        for n, letter in enumerate(known)
    )
    # Only digits and letters of ours are in it.
    return Markup(
        f'<svg class="strip" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{_said(known, what)}">{bars}</svg>'
    )


def _said(letters: Sequence[str], what: str) -> str:
    words = WORDS[what]
    counted = [f"{letters.count(x)} {words[x]}" for x in words if x in letters]
    return f"last {len(letters)} {what}: {', '.join(counted)}" if letters else f"no {what} yet"
