"""The signal of the soft time limit reaches user code, and nothing else."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator

import pytest
from billiard.exceptions import SoftTimeLimitExceeded
from billiard.pool import SIG_SOFT_TIMEOUT

from workers.timelimit import SoftTimeLimit


def signal_comes() -> None:
    os.kill(os.getpid(), SIG_SOFT_TIMEOUT)


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    """As in a worker's child."""
    before = signal.getsignal(SIG_SOFT_TIMEOUT)
    SoftTimeLimit.install()
    yield
    signal.signal(SIG_SOFT_TIMEOUT, before)


def test_it_interrupts_what_runs_inside() -> None:
    """And is remembered."""
    limit = SoftTimeLimit(0)
    with pytest.raises(SoftTimeLimitExceeded), limit:
        signal_comes()
    assert limit.expired


def test_it_is_remembered_when_it_is_swallowed() -> None:
    """User code may catch every exception."""
    limit = SoftTimeLimit(0)
    with limit, contextlib.suppress(Exception):
        signal_comes()
    assert limit.expired


def test_it_does_not_interrupt_what_follows() -> None:
    """A commit goes on, also if a thread that user code left behind receives the signal."""
    limit = SoftTimeLimit(0)
    done = threading.Event()
    with limit:
        left_behind = threading.Thread(target=done.wait)
        left_behind.start()
    signal_comes()
    done.set()
    left_behind.join()
    assert not limit.expired


def test_it_strikes_once() -> None:
    """Code that has swallowed it is not interrupted while it cleans up; the hard limit is next."""
    limit = SoftTimeLimit(0)
    with limit:
        with contextlib.suppress(Exception):
            signal_comes()
        signal_comes()
    assert limit.expired


def test_one_that_comes_too_soon_was_meant_for_another() -> None:
    """The parent process may not have heard yet that the task it is meant for has ended."""
    limit = SoftTimeLimit(60)
    with limit:
        signal_comes()
    assert not limit.expired
