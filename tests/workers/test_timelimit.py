"""The signal of the soft time limit reaches user code, and nothing else."""

import contextlib
import os
import signal
from collections.abc import Iterator

import pytest
from billiard.exceptions import SoftTimeLimitExceeded
from billiard.pool import SIG_SOFT_TIMEOUT

from workers.timelimit import SoftTimeLimit, block


def strike() -> None:
    os.kill(os.getpid(), SIG_SOFT_TIMEOUT)


@pytest.fixture(autouse=True)
def blocked() -> Iterator[None]:
    """As in a worker's child."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, set())
    block()
    yield
    if SIG_SOFT_TIMEOUT in signal.sigpending():
        signal.sigwait({SIG_SOFT_TIMEOUT})
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def test_it_interrupts_what_runs_inside() -> None:
    """And is remembered."""
    limit = SoftTimeLimit()
    with pytest.raises(SoftTimeLimitExceeded), limit:
        strike()
    assert limit.expired


def test_it_is_remembered_when_it_is_swallowed() -> None:
    """User code may catch every exception."""
    limit = SoftTimeLimit()
    with limit, contextlib.suppress(Exception):
        strike()
    assert limit.expired


def test_it_is_held_off_outside() -> None:
    """A commit is not interrupted."""
    limit = SoftTimeLimit()
    with limit:
        pass
    strike()
    assert not limit.expired


def test_one_that_comes_late_does_not_hit_the_next() -> None:
    """The parent process may not have heard yet that the task it is meant for has ended."""
    strike()
    limit = SoftTimeLimit()
    with limit:
        pass
    assert not limit.expired


def test_the_handler_before_is_put_back() -> None:
    """Celery's own is still there for whatever else runs."""
    before = signal.getsignal(SIG_SOFT_TIMEOUT)
    with SoftTimeLimit():
        assert signal.getsignal(SIG_SOFT_TIMEOUT) != before
    assert signal.getsignal(SIG_SOFT_TIMEOUT) == before
