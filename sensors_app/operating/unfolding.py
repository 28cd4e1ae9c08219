"""Creates the runs of large ticks that were committed and that nobody goes on with."""

import time
from collections import deque
from collections.abc import Iterable

from sensors_app.storage.store import Store

BUDGET_S = 0.05
"""How long a step takes at the most, and a part of a tick more: beat has sensors to claim."""


class Unfolding:
    """What a beat does beside its work. Several may: each part of a tick is created once.

    Args:
        store: The state.
        budget_s: How long a step takes at the most.
    """

    def __init__(self, store: Store, budget_s: float = BUDGET_S) -> None:
        self._ticks = store.large_ticks
        self._budget_s = budget_s
        self._left: deque[tuple[str, str, int]] = deque()

    def look(self, locations: Iterable[str], *, now_ms: int | None = None) -> None:
        """See which ticks of these code locations nobody is at."""
        self._left = deque(
            (location, sensor, token)
            for location in locations
            for sensor, token in self._ticks.left_behind(location, now_ms=now_ms)
        )

    def step(self, *, now_ms: int | None = None) -> bool:
        """Create some of their runs, a part of each in turn; return whether more are left."""
        until = time.monotonic() + self._budget_s
        while self._left and time.monotonic() < until:
            tick = self._left.popleft()
            if not self._ticks.unfold(*tick, now_ms=now_ms).over:
                self._left.append(tick)
        return bool(self._left)
