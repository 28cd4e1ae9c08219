"""One message's turn: its items are worked off one by one, for a short while.

Many small things share a message, since a message costs its worker a millisecond whatever it does.
One of them may turn out to be slow. It must not make its neighbours late: when the time of the
turn is over, what is finished is handed over and what has not begun is given back, even while the
slow one goes on.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Handover(Generic[T, R]):
    """What a turn came to, or a part of it.

    Args:
        finished: The results that nobody has handed over yet.
        left: The items that have not begun.
        current: The item that goes on, by itself from now on; None if none does.
    """

    finished: Sequence[R]
    left: Sequence[T]
    current: T | None = None


class Turn(Generic[T, R]):
    """Gives the items, collects their results, and hands both over: at the end, and at the latest
    when the time is over.

    Used as ``with Turn(…) as turn: for item in turn: turn.keep(result)``.

    Args:
        items: What is to be done.
        seconds: How long the turn may take before the rest is given back.
        hand_over: Deals with what is finished and what is left. Called when the turn ends and,
            if the time is over while an item goes on, in a thread of its own before that; once
            for each result and each item, whatever comes first.
    """

    def __init__(
        self,
        items: Sequence[T],
        seconds: float,
        hand_over: Callable[[Handover[T, R]], None],
    ) -> None:
        self._left = list(reversed(items))
        self._finished: list[R] = []
        self._current: T | None = None
        self._hand_over = hand_over
        self._lock = threading.Lock()
        # Alone there is nobody to be made late.
        self._timer = threading.Timer(seconds, self._interrupt) if len(items) > 1 else None

    def __enter__(self) -> "Turn[T, R]":
        if self._timer is not None:
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
        self._hand_over(self._part())

    def __iter__(self) -> Iterator[T]:
        while True:
            with self._lock:
                if not self._left:
                    self._current = None
                    return
                self._current = self._left.pop()
            yield self._current

    def keep(self, result: R) -> None:
        """Keep the result of the item that was given last."""
        with self._lock:
            self._finished.append(result)
            self._current = None

    def _interrupt(self) -> None:
        try:
            self._hand_over(self._part())
        except (
            Exception
        ):  # it is a thread's; what was not handed over is found by who looks after claims
            logger.exception("what a message has done so far could not be handed over")

    def _part(self) -> Handover[T, R]:
        with self._lock:
            finished, self._finished = self._finished, []
            left, self._left = self._left[::-1], []
            return Handover(finished, left, self._current)
