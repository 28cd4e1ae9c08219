"""Runs Celery, or a listener, with a crash point: ``python crash.py POINT WHO FLAG arguments…``.
The arguments are Celery's, or ``listener``.

POINT is ``before:`` or ``after:`` a method of the store or the dispatcher, and may end in ``:`` and
a number: which call it is of those that a process makes. WHO is ``process`` or ``parent`` (a whole
worker, with its process group). The first process that gets there is killed by SIGKILL,
once: FLAG is a file whose existence says that it has happened.
"""

import functools
import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from celery.__main__ import main

from sensors_app.storage.deliveries import DeliveryStore
from sensors_app.storage.large_calls import LargeCallStore
from sensors_app.storage.large_ticks import LargeTickStore
from sensors_app.storage.outbox import OutboxStore
from sensors_app.storage.reactions import ReactionStore
from sensors_app.storage.runs import RunStore
from sensors_app.storage.ticks import TickStore
from workers import listener
from workers.dispatch import Dispatcher

OWNERS = (
    TickStore,
    LargeTickStore,
    LargeCallStore,
    RunStore,
    OutboxStore,
    ReactionStore,
    DeliveryStore,
    Dispatcher,
)


def die(who: str, flag: Path) -> None:
    """Kill, unless it was done before."""
    try:
        flag.touch(exist_ok=False)
    except FileExistsError:
        return
    os.killpg(os.getpgid(0), signal.SIGKILL) if who == "parent" else os.kill(os.getpid(), 9)


def found_something(result: Any) -> bool:
    """Tell whether a step had anything to do; claims are by code location."""
    if isinstance(result, dict):
        return any(each.claims for each in result.values())
    return result not in ([], 0, None)


def install(point: str, who: str, flag: Path) -> None:
    """Put the crash point where it belongs."""
    when, name, *rest = point.split(":")
    nth, calls = int(rest[0]) if rest else 1, count(1)
    owner: Any = next(o for o in OWNERS if hasattr(o, name))
    original: Callable[..., Any] = getattr(owner, name)
    returns_nothing = original.__annotations__["return"] is None

    @functools.wraps(original)
    def crashing(self: Any, *args: Any, **kwargs: Any) -> Any:
        is_it = next(calls) >= nth
        if when == "before" and is_it:
            die(who, flag)
        result = original(self, *args, **kwargs)
        # A call that found nothing to do is not the step in question.
        if when == "after" and is_it and (found_something(result) or returns_nothing):
            die(who, flag)
        return result

    setattr(owner, name, crashing)


if __name__ == "__main__":
    install(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
    sys.argv = ["celery", *sys.argv[4:]]
    listener.main([]) if sys.argv[1:] == ["listener"] else main()
