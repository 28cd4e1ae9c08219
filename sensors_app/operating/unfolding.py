"""Creates the runs of large ticks, and calls, that were committed and nobody goes on with."""

import time
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial

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
        self._ticks, self._calls = store.large_ticks, store.large_calls
        self._budget_s = budget_s
        self._left: deque[Callable[[int | None], bool]] = deque()

    def look(self, locations: Iterable[str], *, now_ms: int | None = None) -> None:
        """See which ticks and calls of these code locations nobody is at."""
        self._left.clear()
        for name in locations:
            for tick in self._ticks.left_behind(name, now_ms=now_ms):
                self._left.append(partial(self._unfold_tick, name, *tick))
            for call in self._calls.left_behind(name, now_ms=now_ms):
                self._left.append(partial(self._unfold_call, name, *call))

    def step(self, *, now_ms: int | None = None) -> bool:
        """Create some of their runs, a part of each in turn; return whether more are left."""
        until = time.monotonic() + self._budget_s
        while self._left and time.monotonic() < until:
            unfold = self._left.popleft()
            if not unfold(now_ms):
                self._left.append(unfold)
        return bool(self._left)

    def _unfold_tick(self, location: str, sensor: str, token: int, now_ms: int | None) -> bool:
        return self._ticks.unfold(location, sensor, token, now_ms=now_ms).over

    def _unfold_call(self, location: str, sensor: str, ident: str, now_ms: int | None) -> bool:
        return self._calls.unfold_call(location, sensor, ident, now_ms=now_ms)
