"""The soft time limit of one evaluation, confined to the user's function.

A timer of the process itself strikes, for each sensor at its own time. Behind it stands the soft
limit that Celery was told for the whole message, a signal of the main process, for code that has
taken the timer for itself. Either way an exception is raised wherever the process happens to be. In
the middle of a commit that would be harmful. So the handlers are ours, and raise while a sensor's
function runs and then only. To block the signals would not do: threads that user code has started
would receive them all the same.
"""

import signal
import time
from types import FrameType, TracebackType
from typing import Self

from billiard.exceptions import SoftTimeLimitExceeded
from billiard.pool import SIG_SOFT_TIMEOUT

EARLIEST = 0.5
"""The part of its time that an evaluation has for certain. A signal of Celery's that comes sooner
was meant for the task before: the parent process had not yet heard of that one's end."""


class SoftTimeLimit:
    """Lets the soft time limit strike, and remembers that it did.

    Args:
        seconds: How long the function may take.
    """

    _at_risk: "SoftTimeLimit | None" = None
    """The one whose code runs now; a process has one at a time."""

    def __init__(self, seconds: float) -> None:
        self.expired = False
        self._seconds = seconds

    @staticmethod
    def install() -> None:
        """Make the signals harmless in this process, but for what runs under a limit."""
        signal.signal(SIG_SOFT_TIMEOUT, _on_signal)
        signal.signal(signal.SIGALRM, _on_signal)

    def __enter__(self) -> Self:
        # Each time: billiard installs its own when a process begins, and user code may do anything.
        self.install()
        self._not_before = time.monotonic() + self._seconds * EARLIEST
        SoftTimeLimit._at_risk = self
        signal.setitimer(signal.ITIMER_REAL, self._seconds)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        SoftTimeLimit._at_risk = None
        signal.setitimer(signal.ITIMER_REAL, 0)

    def strike(self) -> None:
        """Interrupt the code, once.

        Raises:
            SoftTimeLimitExceeded: unless it is too soon.
        """
        if time.monotonic() < self._not_before:
            return
        # Before it raises: should the code be on its way out, nothing may strike after that.
        SoftTimeLimit._at_risk = None
        self.expired = True
        raise SoftTimeLimitExceeded


def _on_signal(_number: int, _frame: FrameType | None) -> None:
    running = SoftTimeLimit._at_risk
    if running is not None:
        running.strike()
