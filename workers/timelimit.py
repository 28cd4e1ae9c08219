"""Celery's soft time limit, confined to the user's function.

Celery enforces a soft limit by a signal to the child process, upon which an exception is raised
wherever the child happens to be. In the middle of a commit that would be harmful. So the signal is
blocked in the child, and let in while a sensor's function runs and then only.
"""

import signal
from types import FrameType, TracebackType
from typing import Self

from billiard.exceptions import SoftTimeLimitExceeded
from billiard.pool import SIG_SOFT_TIMEOUT

_SIGNALS = {SIG_SOFT_TIMEOUT}


def block() -> None:
    """Keep the signal out of this process from now on."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)


class SoftTimeLimit:
    """Lets the signal of the soft time limit in, and remembers that it came."""

    def __init__(self) -> None:
        self.expired = False

    def __enter__(self) -> Self:
        # One that arrives late was meant for the task before: the parent process had not yet
        # heard of that one's end.
        if SIG_SOFT_TIMEOUT in signal.sigpending():
            signal.sigwait(_SIGNALS)
        self._before = signal.signal(SIG_SOFT_TIMEOUT, self._strike)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            # Python runs a handler whose signal came just before inside this call.
            block()
        finally:
            block()
            signal.signal(SIG_SOFT_TIMEOUT, self._before)

    def _strike(self, _number: int, _frame: FrameType | None) -> None:
        self.expired = True
        raise SoftTimeLimitExceeded
