"""Beat's decisions."""

import pytest

from sensors_app.engine.schedule import (
    BACKLOG_PAUSE_S,
    BATCHES_WAITING,
    Lanes,
    Rhythm,
    batches,
    dead_workers,
    lanes,
)
from sensors_app.model.locations import Role, WorkerInfo
from sensors_app.model.ticks import Claim


def worker(node: str, role: Role, *, alive: bool = True) -> WorkerInfo:
    return WorkerInfo(node, [role], concurrency=4, pid=1, version="v", alive=alive)


WORKERS = [
    worker("a", Role.EVALUATE),
    worker("b", Role.EVALUATE, alive=False),
    worker("c", Role.LAUNCH),
]


def test_claims_are_handed_out_by_what_living_workers_can_take() -> None:
    """Neither dead workers nor those of another role count."""
    assert lanes(WORKERS, 16, 50) == Lanes(4 * BATCHES_WAITING * 50, 64, apart=False)


def test_sensors_that_are_not_quick_go_to_workers_of_their_own_if_there_are_any() -> None:
    """And what those can take counts for them."""
    room = lanes([*WORKERS, worker("d", Role.SLOW), worker("e", Role.SLOW)], 1, 1)
    assert room == Lanes(4 * BATCHES_WAITING, 8, apart=True)
    assert lanes([worker("d", Role.SLOW)], 1, 1) == Lanes(0, 4, apart=True)


def test_a_location_without_workers_gets_no_claims() -> None:
    """Its sensors stay due in the store."""
    assert lanes([], 16, 50) == Lanes(0, 0, apart=False)


def test_the_dead_are_those_without_a_heartbeat() -> None:
    """They are named, so that what they were doing can be failed."""
    assert dead_workers(WORKERS) == ["b"]


def test_beat_sleeps_until_the_next_sensor_is_due_but_never_long() -> None:
    """Pokes and new sensors are noticed within the longest pause."""
    rhythm = Rhythm(0.1)
    assert rhythm.pause(1000, 1040, None) == 0.04
    assert rhythm.pause(1000, 9000, 30_000) == 0.1
    assert rhythm.pause(1000, None, None) == 0.1


def test_beat_does_not_spin_when_more_is_due_than_may_be_sent() -> None:
    """It looks again soon."""
    assert Rhythm(0.1).pause(1000, 900, None) == BACKLOG_PAUSE_S


def test_beat_looks_as_often_as_short_intervals_need() -> None:
    """What was claimed has no due time yet: for a while it is looked for within its interval."""
    rhythm = Rhythm(0.1)
    assert rhythm.pause(1000, None, 60) == 0.03
    assert rhythm.pause(1030, None, 30_000) == 0.03
    assert rhythm.pause(1060, None, 5) == BACKLOG_PAUSE_S
    assert rhythm.pause(2059, None, None) == BACKLOG_PAUSE_S
    assert rhythm.pause(2060, None, 30_000) == 0.1


def quick(name: str, took_ms: float = 0.1, timeout: float = 60.0) -> Claim:
    return Claim(name, 1, timeout, quick=True, took_ms=took_ms)


class TestBatches:
    """Which claims share a message."""

    def test_quick_ones_do_up_to_a_number(self) -> None:
        """In the order in which they were due."""
        made = batches([quick(name) for name in "abcde"], 2, 0.2)
        assert [[c.sensor for c in batch] for batch in made] == [["a", "b"], ["c", "d"], ["e"]]

    def test_others_go_alone_and_part_nobody(self) -> None:
        """New, slow or failed lately."""
        made = batches([quick("a"), Claim("new", 1, 60.0), quick("b")], 50, 0.2)
        assert sorted([c.sensor for c in batch] for batch in made) == [["a", "b"], ["new"]]

    def test_what_they_take_together_stays_well_below_the_quantum(self) -> None:
        """A quarter of it, so that other processes have something to do and none is given back."""
        made = batches([quick(name, took_ms=19) for name in "abcde"], 50, 0.2)
        assert [len(batch) for batch in made] == [2, 2, 1]

    def test_one_that_takes_longer_than_that_by_itself_is_sent_all_the_same(self) -> None:
        """Settings may call slow sensors quick."""
        assert len(batches([quick("a", took_ms=900), quick("b", took_ms=900)], 50, 0.2)) == 2

    def test_only_those_with_the_same_time_limit_do(self) -> None:
        """Celery's hard limit is for the message: nobody's must be put off by a neighbour's."""
        made = batches([quick("a"), quick("b", timeout=3600), quick("c")], 50, 0.2)
        assert sorted([c.sensor for c in batch] for batch in made) == [["a", "c"], ["b"]]

    @pytest.mark.parametrize("most", [1, 3, 50])
    def test_nobody_is_lost_or_doubled(self, most: int) -> None:
        """Whatever the mixture."""
        claims = [quick(f"q{n}", took_ms=n, timeout=60 + n % 3) for n in range(40)]
        claims += [Claim(f"s{n}", 1, 60.0) for n in range(7)]
        made = batches(claims, most, 0.2)
        assert sorted(c.sensor for batch in made for c in batch) == sorted(c.sensor for c in claims)
        assert max(map(len, made)) <= most
