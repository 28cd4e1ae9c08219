"""Pictures of ticks, as SVG: what happened, by colour and by height."""

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT, BAR, STEP = 90, 16, 2, 3
HEIGHTS = {"r": 16, "f": 16, "s": 6}
WORDS = {"r": "requested", "f": "failed", "s": "skipped"}


def strip(letters: str) -> Markup:
    """Return the strip of a sensor's last ticks, newest on the right.

    Args:
        letters: ``r`` requested or acted, ``s`` skipped, ``f`` failed, oldest first.
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
        f'aria-label="{_said(known)}">{bars}</svg>'
    )


def _said(letters: Sequence[str]) -> str:
    counted = [f"{letters.count(x)} {WORDS[x]}" for x in WORDS if x in letters]
    return f"last {len(letters)} ticks: {', '.join(counted)}" if letters else "no ticks yet"
