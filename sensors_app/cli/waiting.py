"""Commands that wait: they look again and again, and Ctrl-C ends them without a word."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click

from sensors_app.cli.failure import ExitCode

T = TypeVar("T")

POLL_S = 0.1

STREAM_WAIT_MS = 1000
"""How long one wait for a stream lasts: the client's socket allows no more than some seconds."""


def poll(look: Callable[[], T | None], timeout: float) -> T | None:
    """Return what is found, looked for until it is there or the time is over.

    Args:
        look: Looks once.
        timeout: For how long, in seconds.
    """
    deadline = time.monotonic() + timeout
    while True:
        found = look()
        if found is not None or time.monotonic() >= deadline:
            return found
        time.sleep(POLL_S)


@contextmanager
def interruptible(code: ExitCode) -> Iterator[None]:
    """Have Ctrl-C end the command with this exit code."""
    try:
        yield
    except KeyboardInterrupt:
        click.get_current_context().exit(int(code))
