"""Sensors are called for others that fail, time out, or have no tick, whoever is dead."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.cluster import Cluster, Process, lines_of

pytestmark = pytest.mark.acceptance


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path, "watched=watched")
    yield made
    made.close()


class Deployment:
    """One process of each kind."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.beat = cluster.beat()
        self.listener = cluster.listener()
        self.evaluate = cluster.worker("evaluate+launch")
        self.react: Process = cluster.worker("react")
        cluster.wait_served(roles={"evaluate", "launch", "react"})

    def lines(self, file: str, count: int = 1) -> list[str]:
        """Wait for so many lines of what the watchers wrote."""
        return self.cluster.wait_until(
            lambda: len(found := lines_of(self.cluster, file)) >= count and found,
            f"{count} lines in {file}",
            timeout=60,
        )

    def ticked(self, sensor: str = "steady") -> int:
        """Wait for a tick of a sensor that is on; return when it ended."""
        before = self.cluster.store.now_ms()
        ticks = self.cluster.store.ticks
        (tick,) = self.cluster.wait_until(
            lambda: [t for t in ticks.ticks("watched", sensor, limit=1) if t.started_at > before],
            f"a tick of {sensor}",
        )
        return tick.ended_at


@pytest.fixture
def deployment(cluster: Cluster) -> Deployment:
    return Deployment(cluster)


def test_each_way_to_fail_is_heard_of(deployment: Deployment) -> None:
    """Once each, with the class of the error; a count in a row when it is reached."""
    cluster = deployment.cluster
    cluster.evaluate("once")
    heard = deployment.lines("failures", 4)
    assert sorted(heard) == [
        "failing 1 ValueError",
        "reacting 1 RuntimeError",
        "slow 1 SensorTimeoutError",
        "stubborn 1 SensorTimeoutError",
    ]
    assert sorted(deployment.lines("timeouts", 2)) == ["slow", "stubborn"]
    assert deployment.lines("third") == ["failing 3"]
    cluster.wait_until(
        lambda: (
            (state := cluster.store.sensors.sensor("watched", "failing")) and state.failures > 10
        ),
        "more failures",
    )
    assert len(lines_of(cluster, "failures")) == 4
    assert lines_of(cluster, "third") == ["failing 3"]


def test_after_a_success_the_count_begins_anew(deployment: Deployment) -> None:
    """What is mended and breaks again is heard of again."""
    deployment.lines("third")
    mended = deployment.cluster.folder / "mended"
    mended.touch()
    deployment.cluster.wait_until(
        lambda: (
            (state := deployment.cluster.store.sensors.sensor("watched", "failing"))
            and state.failures == 0
        ),
        "a success",
    )
    mended.unlink()
    assert deployment.lines("third", 2) == ["failing 3"] * 2


def test_a_watcher_that_fails_is_heard_of_by_who_names_it(deployment: Deployment) -> None:
    """And by nobody else."""
    assert deployment.lines("broken") == [
        "Sensor watched/broken failed: RuntimeError: the pager is away"
    ]
    deployment.lines("third")
    assert not any("broken" in line for line in lines_of(deployment.cluster, "failures"))


@pytest.mark.parametrize("victim", ["beat", "evaluate"])
def test_a_dead_process_is_noticed_by_its_sensors_being_late(
    deployment: Deployment, victim: str
) -> None:
    """The listener tells it once; started again, the sensor ticks, and may be late again."""
    deployment.ticked()
    getattr(deployment, victim).kill()
    late = "steady 3 Sensor watched/steady has had no tick for 3 of its intervals."
    assert deployment.lines("late") == [late]
    cluster = deployment.cluster
    again = cluster.beat() if victim == "beat" else cluster.worker("evaluate+launch")
    deployment.ticked()
    assert lines_of(cluster, "late") == [late]
    again.kill()
    assert deployment.lines("late", 2) == [late] * 2


def test_several_listeners_tell_it_once(deployment: Deployment) -> None:
    """And one that is killed in between leaves it to the others."""
    cluster = deployment.cluster
    cluster.listener()
    cluster.listener()
    cluster.wait_until(lambda: len(cluster.store.sensors.listeners()) == 3, "three listeners")
    deployment.ticked()
    deployment.beat.kill()
    deployment.listener.kill()
    deployment.lines("late")
    # A whole interval of what they look for, so that a second word would have come.
    looked = cluster.store.now_ms()
    cluster.wait_until(lambda: cluster.store.now_ms() > looked + 4000, "further looks")
    events = cluster.store.events.events("watched", limit=10_000)
    told = [e for e in events if e.kind == "SENSOR_LATE" and e.fields["sensor"] == "steady"]
    assert (len(told), len(lines_of(cluster, "late"))) == (1, 1)


def test_a_call_whose_worker_is_killed_is_made_after_all(deployment: Deployment) -> None:
    """What was to be told while there was no worker is told by the next one."""
    deployment.ticked()
    deployment.react.kill()
    deployment.beat.kill()
    cluster = deployment.cluster
    cluster.wait_until(
        lambda: cluster.store.reactions.reactions("watched", "on_late"), "the call to wait"
    )
    assert lines_of(cluster, "late") == []
    cluster.worker("react")
    assert len(deployment.lines("late")) == 1


def test_a_store_that_was_away_makes_nobody_late(deployment: Deployment) -> None:
    """All have a moment to come back: there is no false alarm."""
    deployment.ticked()
    cluster = deployment.cluster
    stopped = cluster.store.now_ms()
    cluster.stop_server()
    cluster.wait_until(lambda: clock_ms() > stopped + 5000, "the sensors to be late by the clock")
    cluster.restart_server()
    deployment.ticked()
    deployment.ticked()
    assert lines_of(cluster, "late") == []


def clock_ms() -> int:
    return time.time_ns() // 1_000_000
