"""Waiting for a condition, never for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(
    predicate: Callable[[], T], description: str, *, timeout: float = 30.0, pause: float = 0.01
) -> T:
    """Return the first truthy value of ``predicate``, asked again and again.

    Args:
        predicate: The condition.
        description: What is waited for, for the message.
        timeout: For how long, in seconds.
        pause: Between two looks, in seconds.

    Raises:
        AssertionError: It did not come to that; names the last value.
    """
    deadline = time.monotonic() + timeout
    while not (value := predicate()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout:g} s in vain for {description}: {value!r}")
        time.sleep(pause)
    return value
