"""Quick sensors that share messages: none of them pays for what another does."""

import itertools
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from kombu import Connection

from sensors_app.model.ticks import Tick, TickStatus
from tests.acceptance.cluster import Cluster, write_events
from tests.acceptance.locations.crowd_names import ALL, OTHERS, SINNER
from tests.acceptance.test_rabbitmq import BROKER, reachable

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(180)]


@pytest.fixture(params=["redis", "rabbitmq"])
def cluster(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cluster]:
    """Beat and a worker, whose sensors are all known to be quick."""
    env = {"SENSORS_KEY_PREFIX": f"test-{uuid4().hex[:8]}"}
    if request.param == "rabbitmq":
        if not reachable(BROKER):
            pytest.skip("no RabbitMQ on this machine")
        env["SENSORS_BROKER_URL"] = BROKER
    made = Cluster(tmp_path, "crowd=crowd", env)
    made.beat()
    made.worker("evaluate")
    made.wait_until(lambda: all_quick(made), "all sensors to be known as quick")
    yield made
    made.close()
    if request.param == "rabbitmq":
        with Connection(BROKER) as connection, connection.channel() as channel:
            for role in ("evaluate", "launch"):
                channel.queue_delete(made.settings.queue("crowd", role))


def all_quick(cluster: Cluster) -> bool:
    prefix = cluster.settings.key_prefix
    with cluster.store.client.pipeline() as pipe:
        for name in ALL:
            pipe.hexists(f"{prefix}:{{crowd}}:sensor:{name}", "quick")
        return all(pipe.execute())


def ticks(cluster: Cluster, name: str, status: TickStatus) -> list[Tick]:
    found = cluster.store.ticks.ticks("crowd", name, limit=1000)
    return [tick for tick in found if tick.status is status]


def failures(cluster: Cluster, name: str) -> list[Tick]:
    return ticks(cluster, name, TickStatus.FAILURE)


def have(cluster: Cluster, names: list[str], *events: str) -> bool:
    """Tell whether each of these sensors has one run for each event, and no others."""
    wanted = Counter(itertools.product(names, events))
    return Counter((run.sensor_name, run.run_key) for run in cluster.runs()) == wanted


def test_one_that_kills_its_process_takes_down_its_own_tick_alone(cluster: Cluster) -> None:
    """The others are evaluated, however often it does so; none of theirs fails."""
    flag = cluster.folder / f"kill-{SINNER}"
    flag.touch()
    cluster.wait_until(lambda: failures(cluster, SINNER), "its failure")
    write_events(cluster, "a", "b")
    cluster.wait_until(lambda: have(cluster, OTHERS, "a", "b"), "the runs of the others")
    assert "is gone" in failures(cluster, SINNER)[0].error.message
    assert [name for name in OTHERS if failures(cluster, name)] == []
    flag.unlink()
    cluster.wait_until(lambda: have(cluster, ALL, "a", "b"), "its own runs")


def test_one_that_turns_slow_keeps_nobody_waiting(cluster: Cluster) -> None:
    """Its neighbours are evaluated while it goes on; then it is claimed alone."""
    flag = cluster.folder / f"slow-{SINNER}"
    flag.touch()
    cluster.wait_until((cluster.folder / "slow-began").exists, "it to begin")
    write_events(cluster, "a")
    cluster.wait_until(lambda: have(cluster, OTHERS, "a"), "the runs of the others", timeout=1.5)
    flag.unlink()
    cluster.wait_until(lambda: have(cluster, ALL, "a"), "its own run")
    assert [name for name in ALL if failures(cluster, name)] == []


@pytest.mark.parametrize("how", ["hang", "lock"])
def test_one_that_swallows_its_time_limit_is_killed_and_alone_has_failed(
    cluster: Cluster, how: str
) -> None:
    """Others are handed over by then; or evaluated again, if it holds the interpreter's lock."""
    flag = cluster.folder / f"{how}-{SINNER}"
    flag.touch()
    write_events(cluster, "a")
    (failure, *_) = cluster.wait_until(lambda: failures(cluster, SINNER), "its failure")
    flag.unlink()
    assert failure.error.cls_name == "SensorTimeoutError"
    cluster.wait_until(lambda: have(cluster, ALL, "a"), "all runs")
    assert [name for name in OTHERS if failures(cluster, name)] == []


@pytest.mark.parametrize("who", ["process", "parent"])
@pytest.mark.parametrize("point", ["after:begin_ticks", "before:finish_ticks"])
def test_a_worker_that_dies_in_the_middle_loses_nothing(
    cluster: Cluster, point: str, who: str
) -> None:
    """Child or whole worker: each event has one run of each sensor."""
    cluster.processes[-1].kill()
    write_events(cluster, "a")
    cluster.worker("evaluate", prefix=cluster.crashing(point, who))
    cluster.wait_crashed()
    write_events(cluster, "b")
    cluster.worker("evaluate")
    cluster.wait_until(lambda: have(cluster, ALL, "a", "b"), "all runs")


def test_workers_that_are_killed_at_random_lose_nothing(cluster: Cluster) -> None:
    """Whatever they are in the middle of."""
    chance, events = random.Random(6), []
    deadline = time.monotonic() + 8
    while time.monotonic() < deadline:
        events.append(f"e{len(events)}")
        write_events(cluster, events[-1])
        # It is up after about a second; the wait is how long it may work.
        time.sleep(0.8 + chance.random())
        cluster.processes[-1].kill()
        cluster.worker("evaluate")
    cluster.wait_until(lambda: have(cluster, ALL, *events), "all runs", timeout=60)
