"""Whatever dies, and whenever: every event has exactly one run, and nothing is lost."""

import itertools
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from sensors_app.model.runs import DagsterRunStatus
from sensors_app.model.ticks import TickStatus
from tests.acceptance.cluster import Cluster, Server

pytestmark = pytest.mark.acceptance


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path, "inbox=inbox")
    yield made
    made.close()


def emit(cluster: Cluster, *events: str) -> None:
    with (cluster.folder / "events").open("a") as lines:
        lines.writelines(f"{event}\n" for event in events)


def expect_one_run_each(cluster: Cluster, *events: str) -> None:
    """Each event has one run, and that run was executed once."""
    runs = cluster.wait_finished("events", len(events))
    assert Counter(run.run_key for run in runs) == Counter(events)
    assert {run.status for run in runs} == {DagsterRunStatus.SUCCESS}
    handled = (cluster.folder / "handled").read_text().split()
    assert Counter(handled) == Counter(events)


@pytest.mark.parametrize(
    "point",
    ["before:begin_ticks", "after:begin_ticks", "before:finish_ticks", "after:finish_ticks"],
)
@pytest.mark.parametrize("who", ["process", "parent"])
def test_an_evaluate_worker_dies(cluster: Cluster, point: str, who: str) -> None:
    """Killed before or after it begins or commits: the events are found, or were kept, once."""
    emit(cluster, "a", "b")
    cluster.beat()
    cluster.worker("launch")
    cluster.worker("evaluate", prefix=cluster.crashing(point, who))
    cluster.wait_crashed()
    cluster.worker("evaluate")
    emit(cluster, "c")
    expect_one_run_each(cluster, "a", "b", "c")


@pytest.mark.parametrize("point", ["after:take_outbox", "before:start_run"])
def test_a_launch_is_lost_on_its_way(cluster: Cluster, point: str) -> None:
    """Killed after it took the promise and before it sent it, or before it took the run up."""
    emit(cluster, "a", "b")
    cluster.beat()
    evaluating = point == "after:take_outbox"
    cluster.worker("evaluate", prefix=cluster.crashing(point)) if evaluating else cluster.worker(
        "evaluate"
    )
    cluster.worker("launch") if evaluating else cluster.worker(
        "launch", prefix=cluster.crashing(point)
    )
    cluster.wait_crashed()
    cluster.worker("evaluate")
    cluster.worker("launch")
    expect_one_run_each(cluster, "a", "b")


@pytest.mark.parametrize("point", ["after:claim_due_of", "after:send_claims"])
def test_beat_dies_between_claim_and_publish(cluster: Cluster, point: str) -> None:
    """A claim whose message was never sent is handed out again, by any beat."""
    emit(cluster, "a")
    cluster.worker("evaluate")
    cluster.worker("launch")
    cluster.beat(prefix=cluster.crashing(point))
    cluster.wait_crashed()
    cluster.beat()
    expect_one_run_each(cluster, "a")


def test_a_launch_worker_dies_mid_run(cluster: Cluster) -> None:
    """The run fails with the reason within seconds, and is not silently run again."""
    emit(cluster, "slow")
    cluster.beat()
    cluster.worker("evaluate")
    launcher = cluster.worker("launch")
    cluster.wait_until(lambda: (cluster.folder / "handled").exists(), "the op")
    launcher.kill()
    cluster.worker("launch")
    (run,) = cluster.wait_finished("events", 1)
    assert run.status is DagsterRunStatus.FAILURE
    assert "no sign of life" in (run.error or "")
    assert (cluster.folder / "handled").read_text() == "slow\n"


def test_a_run_outlives_the_worst_of_its_queue(cluster: Cluster) -> None:
    """A long run keeps its claim by heartbeats, while its worker runs others."""
    emit(cluster, "slow", "b")
    cluster.start_all()
    cluster.wait_runs("events", 2)
    claim_s = cluster.settings.limits.run_claim_ms / 1000
    (slow,) = [run for run in cluster.runs("events") if run.run_key == "slow"]
    cluster.wait_until(
        lambda: cluster.store.client.time()[0] - (slow.created_at or 0) > 2 * claim_s,
        "twice the life of a claim",
    )
    (cluster.folder / "release").touch()
    expect_one_run_each(cluster, "slow", "b")


def test_two_beats_do_not_double_anything(cluster: Cluster) -> None:
    """Any number of beats may run: each due sensor is claimed by one of them."""
    cluster.start_all()
    cluster.beat()
    events = [f"e{number}" for number in range(20)]
    for event in events:
        emit(cluster, event)
        cluster.evaluate("events")
    expect_one_run_each(cluster, *events)
    ticks = cluster.store.ticks.ticks("inbox", "neighbour", limit=500)
    ended = sorted((tick.started_at, tick.ended_at) for tick in ticks)
    assert all(a[1] + 200 <= b[0] for a, b in itertools.pairwise(ended))
    assert {tick.status for tick in ticks} == {TickStatus.SKIPPED}


def test_the_broker_is_wiped_while_runs_wait(cluster: Cluster) -> None:
    """The broker is a hint: what it forgot is sent again."""
    events = [f"e{number}" for number in range(10)]
    emit(cluster, *events)
    cluster.beat()
    cluster.worker("evaluate")
    cluster.wait_runs("events", 10)
    cluster.broker().flushdb()
    cluster.worker("launch")
    expect_one_run_each(cluster, *events)
    emit(cluster, "after")
    cluster.broker().flushdb()
    expect_one_run_each(cluster, *events, "after")


def test_the_server_is_away_for_ten_seconds(cluster: Cluster) -> None:
    """Everything waits for it, and goes on: no process dies, no run fails."""
    emit(cluster, "slow", "b")
    cluster.start_all()
    cluster.wait_until(lambda: (cluster.folder / "handled").exists(), "the op")
    cluster.stop_server()
    gone = [p for p in cluster.processes if p.returncode is not None]
    assert not gone
    emit(cluster, "c")
    back_at = time.monotonic() + 10
    cluster.wait_until(lambda: time.monotonic() > back_at, "ten seconds to pass")
    cluster.restart_server()
    (cluster.folder / "release").touch()
    expect_one_run_each(cluster, "slow", "b", "c")
    assert not [p for p in cluster.processes if p.returncode is not None]


def test_the_broker_is_away(tmp_path: Path) -> None:
    """While it is, nothing is lost and no process dies; the store goes on keeping watch."""
    broker = Server(tmp_path / "broker")
    url = f"redis://127.0.0.1:{broker.port}/0"
    cluster = Cluster(tmp_path, "inbox=inbox", {"SENSORS_BROKER_URL": url})
    try:
        cluster.start_all()
        emit(cluster, "a")
        expect_one_run_each(cluster, "a")
        broker.stop()
        emit(cluster, "b")
        back_at = time.monotonic() + 4
        cluster.wait_until(lambda: time.monotonic() > back_at, "four seconds to pass")
        assert max(cluster.store.sensors.beats().values()) < 3000
        broker.start()
        expect_one_run_each(cluster, "a", "b")
        assert not [p for p in cluster.processes if p.returncode is not None]
    finally:
        cluster.close()
        broker.stop()


@pytest.mark.parametrize("copies", [1, 3])
def test_a_message_that_comes_again_changes_nothing(cluster: Cluster, copies: int) -> None:
    """Copies of messages, at once or late, find their claim or their run taken."""
    emit(cluster, "a", "b")
    cluster.start_all()
    expect_one_run_each(cluster, "a", "b")
    for tick in cluster.store.ticks.ticks("inbox", "events", limit=5):
        for _ in range(copies):
            cluster.send("sensors.evaluate_claims", claims=[["events", int(tick.tick_id), 20]])
    for run in cluster.runs("events"):
        for _ in range(copies):
            cluster.send("sensors.launch_runs", runs=[run.run_id], role="launch")
    emit(cluster, "c")
    expect_one_run_each(cluster, "a", "b", "c")


def test_workers_that_stop_in_good_order_finish_what_they_began(cluster: Cluster) -> None:
    """A warm stop ends the run under way, and says good-bye at once."""
    emit(cluster, "slow")
    cluster.beat()
    cluster.worker("evaluate")
    launcher = cluster.worker("launch")
    cluster.wait_until(lambda: (cluster.folder / "handled").exists(), "the op")
    (cluster.folder / "release").touch()
    assert launcher.stop() == 0
    expect_one_run_each(cluster, "slow")
    (state,) = cluster.store.sensors.locations()
    assert [w.alive for w in state.workers if "launch" in w.roles] == [False]
