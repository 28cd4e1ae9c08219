"""The wish that a run ends reaches code of users, wherever it is, and nothing else."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from sensors_app.errors import DagsterExecutionInterruptedError
from sensors_app.execution.interruption import SIGNAL, Interruption, shielded
from sensors_app.model.cancellation import RunWish


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """The signal is this process's own again afterwards."""
    before = signal.getsignal(SIGNAL)
    yield
    signal.signal(SIGNAL, before)


def run(interruption: Interruption, code: Callable[[], object]) -> None:
    """Run code of users."""
    with interruption.user_code():
        code()


def asked_by_another(interruption: Interruption, wish: RunWish = RunWish.CANCEL) -> None:
    """Ask as the thread does that speaks to the store."""
    other = threading.Thread(target=interruption.ask, args=[wish])
    other.start()
    other.join()


def test_it_ends_a_call_that_blocks() -> None:
    """Code that sleeps for an hour is interrupted at once."""
    interruption = Interruption(by_signal=True)
    timer = threading.Timer(0.05, interruption.ask, [RunWish.CANCEL])
    began = time.monotonic()
    timer.start()
    with pytest.raises(DagsterExecutionInterruptedError):
        run(interruption, lambda: time.sleep(3600))
    assert time.monotonic() - began < 60
    timer.join()


def test_what_was_asked_before_strikes_as_code_of_users_begins() -> None:
    """And not in what is ours before that."""
    interruption = Interruption(by_signal=True)
    asked_by_another(interruption)
    reached = []
    with pytest.raises(DagsterExecutionInterruptedError):
        run(interruption, lambda: reached.append(1))
    assert not reached


def test_what_is_shielded_is_not_interrupted_in_the_middle() -> None:
    """A call of the store, made by code of users, comes to its end; then it strikes."""
    interruption = Interruption(by_signal=True)
    done = []

    def code() -> None:
        with shielded():
            with shielded():
                asked_by_another(interruption)
            done.append("inside")
        done.append("after")

    with pytest.raises(DagsterExecutionInterruptedError):
        run(interruption, code)
    assert done == ["inside"]


def test_a_shield_in_another_thread_protects_only_that_one() -> None:
    """The thread that writes the log does not keep the op from being interrupted."""
    interruption = Interruption(by_signal=True)
    within, done = threading.Event(), threading.Event()

    def write() -> None:
        with shielded():
            within.set()
            done.wait()

    writer = threading.Thread(target=write)
    writer.start()
    within.wait()
    with pytest.raises(DagsterExecutionInterruptedError):
        run(interruption, lambda: asked_by_another(interruption))
    done.set()
    writer.join()


def test_it_strikes_once() -> None:
    """Code that has swallowed it is left to end; the run stops at the next step."""
    interruption = Interruption(by_signal=True)
    with interruption.user_code():
        with contextlib.suppress(BaseException):
            asked_by_another(interruption)
        os.kill(os.getpid(), SIGNAL)
    with interruption.user_code():
        pass
    with pytest.raises(DagsterExecutionInterruptedError):
        interruption.check()


def test_the_signal_alone_means_nothing() -> None:
    """Whoever sends it."""
    interruption = Interruption(by_signal=True)
    with interruption.user_code():
        os.kill(os.getpid(), SIGNAL)
    interruption.check()


def test_a_handler_of_user_code_stays_its_own() -> None:
    """It is not called; the run stops when the step ends."""
    interruption = Interruption(by_signal=True)
    got = []
    with interruption.user_code():
        signal.signal(SIGNAL, lambda *_: got.append(1))
        asked_by_another(interruption)
    assert got == []
    with pytest.raises(DagsterExecutionInterruptedError):
        interruption.check()


def test_without_a_signal_it_waits_for_the_next_step() -> None:
    """In a process of the user's own no handler of signals is touched."""
    interruption = Interruption()
    before = signal.getsignal(SIGNAL)
    with interruption.user_code():
        asked_by_another(interruption)
    assert signal.getsignal(SIGNAL) is before
    with pytest.raises(DagsterExecutionInterruptedError, match="canceled"):
        interruption.check()


def test_the_first_wish_stays() -> None:
    """A run that is being canceled does not become overdue while it cleans up."""
    interruption = Interruption()
    for wish in (RunWish.OK, RunWish.CANCEL, RunWish.OVERDUE, RunWish.OK):
        interruption.ask(wish)
    assert interruption.wish is RunWish.CANCEL
