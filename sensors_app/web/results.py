"""How a tick ended, in words: the same ones on every page."""

from collections.abc import Mapping
from typing import Final

from sensors_app.model.ticks import Tick, TickStatus

FAILED, REQUESTED, ACTED, SKIPPED = "failed", "requested", "acted", "skipped"

RANK: Final[Mapping[str, int]] = {SKIPPED: 0, ACTED: 1, REQUESTED: 2, FAILED: 3}
"""Of several ticks, the one that somebody should see has the highest."""

WHY_MAX_CHARS = 300


def result_of(tick: Tick) -> str:
    """Return how a tick ended, in a word."""
    if tick.status is TickStatus.FAILURE:
        return FAILED
    if tick.status is TickStatus.SKIPPED:
        return SKIPPED
    return REQUESTED if tick.created else ACTED


def why_of(tick: Tick) -> str:
    """Return, in one line, why nothing came of a tick, or what did."""
    if tick.error is not None:
        lines = tick.error.message.strip().splitlines()
        return lines[-1][:WHY_MAX_CHARS] if lines else tick.error.cls_name or ""
    if tick.skip_reason:
        return tick.skip_reason.strip().partition("\n")[0][:WHY_MAX_CHARS]
    if tick.created:
        return f"{tick.created:,} run{'s' if tick.created > 1 else ''} requested"
    return ""
