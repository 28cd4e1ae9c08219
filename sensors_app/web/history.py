"""What is known of the kept ticks of sensors that somebody looks at: each is read once."""

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from sensors_app.model.ticks import Tick
from sensors_app.storage.store import Store
from sensors_app.web.results import FAILED, result_of, why_of

SENSORS_KNOWN = 64
PAGE = 100
"""Ticks read at once: each may hold some 100 KB of log."""

P95 = 0.95


@dataclass(frozen=True, slots=True)
class TickMark:
    """What pictures, filters and averages need of a tick, or of several in a row kept as one.

    It never changes, but that of the last tick is replaced if a later one stands for it too.

    Args:
        tick_id: The tick.
        result: How it ended, in a word.
        started_at: When it began, ms since the epoch.
        duration_ms: How long it took.
        why: Why nothing came of it, or what did.
        moved: Whether it left another cursor than it found.
        times: How many ticks it stands for.
        first_at: When the first of them began; None: it is but one.
    """

    tick_id: str
    result: str
    started_at: int
    duration_ms: int
    why: str = ""
    moved: bool = False
    times: int = 1
    first_at: int | None = None

    @property
    def since(self) -> int:
        """When the first of those that it stands for began."""
        return self.started_at if self.first_at is None else self.first_at

    def times_in(self, start: int, end: int) -> int:
        """Return how many of them began in this time; if it has not all, about how many."""
        if self.since == self.started_at or start <= self.since <= self.started_at < end:
            return self.times if start <= self.started_at < end else 0
        within = max(0, min(end, self.started_at) - max(start, self.since))
        return round(self.times * within / (self.started_at - self.since))


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
            if known and fresh and _stands_for(fresh[-1], known[0]):
                known = known[1:]
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


def _stands_for(later: TickMark, earlier: TickMark) -> bool:
    return later.first_at is not None and later.first_at <= order(earlier.tick_id)[0]


def mark_of(tick: Tick) -> TickMark:
    """Return the mark of a tick."""
    return TickMark(
        tick.tick_id,
        result_of(tick),
        tick.started_at,
        tick.duration_ms,
        why_of(tick),
        tick.cursor_before != tick.cursor_after,
        tick.times,
        None if tick.first_id is None else tick.first_at,
    )


def durations(marks: Sequence[TickMark]) -> Durations:
    """Return how long ticks took; of those kept as one, each as long as the last."""
    count = sum(mark.times for mark in marks)
    if not count:
        return Durations()
    mean = sum(mark.duration_ms * mark.times for mark in marks) / count
    by_length = sorted((mark.duration_ms, mark.times) for mark in marks)
    shorter = accumulate(times for _, times in by_length)
    at = bisect_right(list(shorter), int(count * P95))
    return Durations(count, mean, by_length[at][0])


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
