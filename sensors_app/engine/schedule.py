"""Beat's decisions, as pure functions."""

from collections.abc import Iterable

from sensors_app.model.locations import Role, WorkerInfo, capacity

BACKLOG_PAUSE_S = 0.02
"""How soon to look again at the earliest, so that one look finds several sensors due: a look costs
beat and server as much as some messages do. The claims that wait meanwhile keep workers busy."""


def claim_window(workers: Iterable[WorkerInfo], per_process: int) -> int:
    """Return how many claims of a location may be waiting for a worker; 0 if it has none.

    Args:
        workers: The location's.
        per_process: How many for each process that evaluates.
    """
    return capacity(workers, Role.EVALUATE) * per_process


def dead_workers(workers: Iterable[WorkerInfo]) -> list[str]:
    """Return those that stopped, or gave no sign of life for too long."""
    return [worker.node for worker in workers if not worker.alive]


def pause(now_ms: int, next_due_ms: int | None, window: int, longest_s: float) -> float:
    """Return how long to sleep before the next look at a location, in seconds.

    Args:
        now_ms: The store's clock.
        next_due_ms: When its next sensor is due; None if none is.
        window: How many claims may be sent; 0 if nobody would take them.
        longest_s: The longest pause.
    """
    if next_due_ms is None or window == 0:
        return longest_s
    return min(longest_s, max(BACKLOG_PAUSE_S, (next_due_ms - now_ms) / 1000))
