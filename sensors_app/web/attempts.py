"""Slows down whoever tries passwords."""

import time
from collections import OrderedDict
from collections.abc import Callable

FREE = 5
"""Failures before one has to wait."""

FIRST_WAIT_S = 2.0
LONGEST_WAIT_S = 300.0
MOST_ADDRESSES = 10_000


class Attempts:
    """Counts failures by address; each one doubles the wait.

    Args:
        clock: Tells the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def must_wait(self, address: str) -> int:
        """Return for how many whole seconds an address has to wait; 0 if it need not."""
        count, last = self._failures.get(address, (0, 0.0))
        if count < FREE:
            return 0
        wait: float = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(count - FREE, 20))
        return max(0, round(last + wait - self._clock() + 0.5))

    def failed(self, address: str) -> None:
        """Note a wrong password."""
        count, _ = self._failures.pop(address, (0, 0.0))
        self._failures[address] = count + 1, self._clock()
        if len(self._failures) > MOST_ADDRESSES:
            self._failures.popitem(last=False)

    def succeeded(self, address: str) -> None:
        """Forget an address's failures."""
        self._failures.pop(address, None)
