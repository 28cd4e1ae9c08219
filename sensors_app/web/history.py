"""What is known of the kept ticks of sensors that somebody looks at: each is read once."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from sensors_app.model.ticks import Tick
from sensors_app.storage.store import Store
from sensors_app.web.results import FAILED, result_of, why_of

SENSORS_KNOWN = 64
PAGE = 100
"""Ticks read at once: each may hold some 100 KB of log."""

P95 = 0.95


@dataclass(frozen=True, slots=True)
class TickMark:
    """What pictures, filters and averages need of a tick. It never changes.

    Args:
        tick_id: The tick.
        result: How it ended, in a word.
        started_at: When it began, ms since the epoch.
        duration_ms: How long it took.
        why: Why nothing came of it, or what did.
        moved: Whether it left another cursor than it found.
    """

    tick_id: str
    result: str
    started_at: int
    duration_ms: int
    why: str = ""
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Durations:
    """How long the kept ticks took, in ms; None if there are none.

    Args:
        count: How many there are.
        mean: Their mean.
        p95: What 95 of 100 of them stayed within.
    """

    count: int = 0
    mean: float | None = None
    p95: float | None = None


class TickHistory:
    """Keeps a mark for each kept tick of the sensors that were looked at last.

    Args:
        store: The state.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[tuple[str, str], list[TickMark]] = OrderedDict()
        self._lock = threading.Lock()

    def marks(self, location: str, sensor: str) -> Sequence[TickMark]:
        """Return a mark for each kept tick of a sensor, newest first."""
        with self._lock:
            known = self._known.get((location, sensor), [])
        oldest = self._store.ticks.oldest_id(location, sensor)
        if oldest is None:
            fresh, known = [], []
        else:
            fresh = self._newer(location, sensor, known[0].tick_id if known else None)
            known = [each for each in known if order(each.tick_id) >= order(oldest)]
        found = fresh + known
        with self._lock:
            self._known[location, sensor] = found
            self._known.move_to_end((location, sensor))
            while len(self._known) > SENSORS_KNOWN:
                self._known.popitem(last=False)
        return found

    def _newer(self, location: str, sensor: str, than: str | None) -> list[TickMark]:
        found: list[TickMark] = []
        before: str | None = None
        while True:
            page = self._store.ticks.ticks(location, sensor, limit=PAGE, before=before, after=than)
            found += map(mark_of, page)
            if len(page) < PAGE:
                return found
            before = page[-1].tick_id


def mark_of(tick: Tick) -> TickMark:
    """Return the mark of a tick."""
    return TickMark(
        tick.tick_id,
        result_of(tick),
        tick.started_at,
        tick.duration_ms,
        why_of(tick),
        tick.cursor_before != tick.cursor_after,
    )


def durations(marks: Sequence[TickMark]) -> Durations:
    """Return how long ticks took."""
    if not marks:
        return Durations()
    sorted_ms = sorted(mark.duration_ms for mark in marks)
    at = min(len(sorted_ms) - 1, int(len(sorted_ms) * P95))
    return Durations(len(sorted_ms), sum(sorted_ms) / len(sorted_ms), sorted_ms[at])


def failing_since(marks: Sequence[TickMark]) -> int | None:
    """Return when the first of the last ticks that all failed began; None if the last did not."""
    since = None
    for mark in marks:
        if mark.result != FAILED:
            break
        since = mark.started_at
    return since


def order(tick_id: str) -> tuple[int, int]:
    """Return what sorts ticks as they came."""
    ms, _, number = tick_id.partition("-")
    return int(ms), int(number or 0)
