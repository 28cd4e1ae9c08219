"""Drops what is kept too long, or too much of: a little at a time, for ever."""

import time
from collections.abc import Callable, Sequence

from sensors_app.storage.retention import Looked
from sensors_app.storage.store import Store

BUDGET_S = 0.05
"""How long a step takes at the most, and a call of the store more: beat has sensors to claim."""

CALLS = 5
"""How often a step goes on in a code location where there is much to do."""


class Trimming:
    """What a beat does beside its work. Several may: what one has dropped is gone for the others.

    Args:
        store: The state.
        budget_s: How long a step takes at the most.
    """

    def __init__(self, store: Store, budget_s: float = BUDGET_S) -> None:
        self._retention = store.retention
        self._budget_s = budget_s
        self._passed: dict[str, int] = {}
        self._position = 0
        self._turn = 0

    def step(self, locations: Sequence[str], *, now_ms: int | None = None) -> int:
        """Do a bounded part of the work, of one code location after the other.

        Args:
            locations: All of them.
            now_ms: The time to go by.

        Returns:
            How much went.
        """
        until = time.monotonic() + self._budget_s
        self._position, gone = self._retention.trim_sensors(self._position, now_ms=now_ms)
        for _ in locations:
            location = locations[self._turn % len(locations)]
            self._turn += 1
            gone += self._oldest(location, now_ms)
            gone += self._walk(location, now_ms)
            gone += self._retention.trim_lists(location, now_ms=now_ms)
            if time.monotonic() >= until:
                break
        return gone

    def _oldest(self, location: str, now_ms: int | None) -> int:
        """Drop from the end where most of what is to go is."""
        return self._repeat(
            lambda: self._retention.trim_runs(location, now_ms=now_ms),
            lambda seen: seen.gone == seen.seen,
        )

    def _walk(self, location: str, now_ms: int | None) -> int:
        """Look at the others, too: old runs that are under way may be before those that are not."""

        def look() -> Looked:
            passed = self._passed.get(location, 0)
            seen = self._retention.trim_runs(location, passed, now_ms=now_ms)
            self._passed[location] = passed + seen.seen - seen.gone if seen.more else 0
            return seen

        return self._repeat(look, lambda seen: seen.gone > 0)

    def _repeat(self, look: Callable[[], Looked], is_worth_it: Callable[[Looked], bool]) -> int:
        gone = 0
        for _ in range(CALLS):
            seen = look()
            gone += seen.gone
            if not (seen.more and is_worth_it(seen)):
                break
        return gone
