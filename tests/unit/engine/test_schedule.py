"""Beat's decisions."""

from sensors_app.engine.schedule import BACKLOG_PAUSE_S, claim_window, dead_workers, pause
from sensors_app.model.locations import Role, WorkerInfo


def worker(node: str, role: Role, *, alive: bool = True) -> WorkerInfo:
    return WorkerInfo(node, [role], concurrency=4, pid=1, version="v", alive=alive)


WORKERS = [
    worker("a", Role.EVALUATE),
    worker("b", Role.EVALUATE, alive=False),
    worker("c", Role.LAUNCH),
]


def test_claims_are_handed_out_by_what_living_workers_can_take() -> None:
    """Neither dead workers nor those of another role count."""
    assert claim_window(WORKERS, 16) == 64


def test_a_location_without_workers_gets_no_claims() -> None:
    """Its sensors stay due in the store."""
    assert claim_window([], 16) == 0


def test_the_dead_are_those_without_a_heartbeat() -> None:
    """They are named, so that what they were doing can be failed."""
    assert dead_workers(WORKERS) == ["b"]


def test_beat_sleeps_until_the_next_sensor_is_due_but_never_long() -> None:
    """Pokes and new sensors are noticed within the longest pause."""
    assert pause(1000, 1040, 8, 0.1) == 0.04
    assert pause(1000, 9000, 8, 0.1) == 0.1
    assert pause(1000, None, 8, 0.1) == 0.1


def test_beat_does_not_spin_when_more_is_due_than_may_be_sent() -> None:
    """It looks again soon, and not at all early if nobody would take the claims."""
    assert pause(1000, 900, 8, 0.1) == BACKLOG_PAUSE_S
    assert pause(1000, 900, 0, 0.1) == 0.1
