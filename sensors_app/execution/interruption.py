"""Brings the wish that a run ends to the thread that executes it.

Whoever learns of the wish is in another thread, and the code of an op may wait for hours in a call
that only a signal ends. So a signal is sent to the main thread. Its handler raises while code of
users runs and then only: in the middle of a call of the store, or while an entry of the log is put
down, it would leave them in pieces. To block the signal instead would not do: threads that user
code has started would receive it all the same.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from sensors_app.errors import DagsterExecutionInterruptedError
from sensors_app.model.cancellation import RunWish

SIGNAL = signal.SIGUSR2
TEXTS = {
    RunWish.CANCEL: "The run was canceled.",
    RunWish.OVERDUE: "The run takes longer than its maximum runtime.",
    RunWish.LOST: "The run was taken from this process.",
}


class Interruption:
    """What is to become of one run, and its user code's exposure to that.

    Args:
        by_signal: Whether to interrupt code of users. A run in a process of the user's own only
            stops between two steps: its signals are not ours.
    """

    _at_risk: "Interruption | None" = None
    """The one whose user code runs now; a process has one at a time."""

    _shields = 0
    """How many parts of ours the main thread is in that were called from there."""

    def __init__(self, *, by_signal: bool = False) -> None:
        self.wish = RunWish.OK
        self._by_signal = by_signal
        self._struck = False

    def ask(self, wish: RunWish) -> None:
        """Learn what is to become of the run, in any thread; the first such wish stays."""
        if wish is RunWish.OK or self.wish is not RunWish.OK:
            return
        self.wish = wish
        main = threading.main_thread()
        # If user code has a handler of its own, the run stops when its step ends, or is killed.
        if self._by_signal and signal.getsignal(SIGNAL) is _on_signal and main.ident is not None:
            signal.pthread_kill(main.ident, SIGNAL)

    def check(self) -> None:
        """Stop here if the run is to end.

        Raises:
            DagsterExecutionInterruptedError: It is.
        """
        if self.wish is not RunWish.OK:
            raise DagsterExecutionInterruptedError(TEXTS[self.wish])

    @contextmanager
    def user_code(self) -> Iterator[None]:
        """Let the run be interrupted inside, if it may be."""
        if not self._by_signal or threading.current_thread() is not threading.main_thread():
            yield
            return
        # Each time: user code may do anything.
        signal.signal(SIGNAL, _on_signal)
        Interruption._at_risk = self
        try:
            self.strike()
            yield
        finally:
            Interruption._at_risk = None

    def strike(self) -> None:
        """Interrupt the code, once, if that is wanted and nothing of ours would break.

        Raises:
            DagsterExecutionInterruptedError: It is.
        """
        if self.wish is RunWish.OK or self._struck or Interruption._shields:
            return
        # Before it raises: code on its way out, or that cleans up, is left to do so.
        self._struck = True
        Interruption._at_risk = None
        self.check()


@contextmanager
def shielded() -> Iterator[None]:
    """Keep what is inside, if it was called by code of users, from being interrupted."""
    if Interruption._at_risk is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    Interruption._shields += 1
    try:
        yield
    finally:
        Interruption._shields -= 1
        _strike()


def _strike() -> None:
    if Interruption._at_risk is not None:
        Interruption._at_risk.strike()


def _on_signal(_number: int, _frame: FrameType | None) -> None:
    _strike()
