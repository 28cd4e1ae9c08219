"""Beat's decisions, as pure functions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sensors_app.model.locations import Role, WorkerInfo, capacity

BACKLOG_PAUSE_S = 0.02
"""How soon to look again at the earliest, so that one look finds several sensors due: a look costs
beat and server as much as some messages do. The claims that wait meanwhile keep workers busy."""


BATCHES_WAITING = 4
"""How many full messages of quick sensors may wait for each process that evaluates."""

BATCH_SHARE = 0.25
"""How much of its quantum a message is expected to take: what takes somewhat longer than it used to
is to end in time all the same, and few long messages leave other processes idle."""


@dataclass(frozen=True, slots=True)
class Lanes:
    """Who evaluates the sensors of a code location, and how many claims may wait for them.

    Args:
        quick: How many claims of quick sensors; 0 if nobody evaluates them.
        slow: How many of all others.
        apart: Whether these have workers of their own.
    """

    quick: int
    slow: int
    apart: bool


def lanes(workers: Sequence[WorkerInfo], per_process: int, batch: int) -> Lanes:
    """Return what the living workers of a location can take.

    Args:
        workers: The location's.
        per_process: How many messages of one claim may wait for each process.
        batch: How many claims of quick sensors a message may have.
    """
    quick, slow = capacity(workers, Role.EVALUATE), capacity(workers, Role.SLOW)
    return Lanes(quick * BATCHES_WAITING * batch, (slow or quick) * per_process, apart=slow > 0)


class Paced(Protocol):
    """What is sent to a worker: a claim, a run to be launched, a call for events."""

    @property
    def quick(self) -> bool:
        """Whether it is known to be quick, so that it may share a message with others."""

    @property
    def took_ms(self) -> float:
        """How long its like took of late."""

    @property
    def timeout_seconds(self) -> float:
        """How long it may take, as Celery is told; 0 for as long as it likes."""


P = TypeVar("P", bound=Paced)


def batches(items: Iterable[P], most: int, quantum_s: float) -> list[list[P]]:
    """Return which claims go together: quick ones of one time limit, all others alone.

    Args:
        items: What is to be sent, in order.
        most: How many may go together.
        quantum_s: How long a message may take.
    """
    made: list[list[P]] = []
    filling: dict[float, tuple[list[P], float]] = {}
    for item in items:
        batch, took_ms = filling.get(item.timeout_seconds, ([], 0.0))
        took_ms += item.took_ms
        too_long = took_ms > quantum_s * BATCH_SHARE * 1000
        if not item.quick or not batch or len(batch) >= most or too_long:
            batch, took_ms = [], item.took_ms
            made.append(batch)
        batch.append(item)
        if item.quick:
            filling[item.timeout_seconds] = batch, took_ms
    return made


def dead_workers(workers: Iterable[WorkerInfo]) -> list[str]:
    """Return those that stopped, or gave no sign of life for too long."""
    return [worker.node for worker in workers if not worker.alive]


SHORT_FOR_MS = 1000
"""For how long after a claim beat looks as often as the interval of its sensor needs."""


class Rhythm:
    """How often beat looks at a code location.

    What is under way has no due time yet. If its interval is shorter than the longest pause, it
    will be due before that is over; so then beat looks twice within the interval.

    Args:
        longest_s: The longest pause otherwise, in seconds.
    """

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._shortest_s = longest_s
        self._until_ms = 0

    def pause(self, now_ms: int, next_due_ms: int | None, shortest_ms: int | None) -> float:
        """Return how long to sleep before the next look, in seconds.

        Args:
            now_ms: The store's clock.
            next_due_ms: When the next sensor is due; None if none is.
            shortest_ms: The shortest interval of those claimed now; None if none was.
        """
        over = now_ms >= self._until_ms
        if shortest_ms is not None and (over or shortest_ms / 1000 <= self._shortest_s):
            self._shortest_s, self._until_ms = shortest_ms / 1000, now_ms + SHORT_FOR_MS
        longest_s = self._longest_s
        if now_ms < self._until_ms:
            longest_s = min(longest_s, max(BACKLOG_PAUSE_S, self._shortest_s / 2))
        if next_due_ms is None:
            return longest_s
        return min(longest_s, max(BACKLOG_PAUSE_S, (next_due_ms - now_ms) / 1000))
