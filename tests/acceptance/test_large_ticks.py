"""Ticks that request many runs: whoever dies between their steps, each event has one run."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from sensors_app.model.runs import DagsterRunStatus
from tests.acceptance.cluster import Cluster, lines_of, write_events

pytestmark = pytest.mark.acceptance

MANY = [f"event-{n}" for n in range(350)]
"""Four parts."""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path, "inbox=inbox")
    yield made
    made.close()


def expect_one_run_each(cluster: Cluster, *events: str) -> None:
    """Each event has one run, and that run was executed once."""
    runs = cluster.wait_finished("events", len(events), timeout=90)
    assert Counter(run.run_key for run in runs) == Counter(events)
    assert {run.status for run in runs} == {DagsterRunStatus.SUCCESS}
    assert Counter(lines_of(cluster, "handled")) == Counter(events)


@pytest.mark.parametrize(
    ("point", "who"),
    [
        ("after:stage_requests", "process"),
        ("before:commit_staged", "parent"),
        ("before:unfold", "process"),
        ("before:unfold", "parent"),
        ("after:unfold", "process"),
        ("after:unfold:2", "parent"),
        ("after:unfold:3", "process"),
        ("after:unfold:4", "process"),
    ],
)
def test_a_process_dies_between_the_steps(cluster: Cluster, point: str, who: str) -> None:
    """Before the one that decides the tick fails and is made again; after it, beat goes on."""
    write_events(cluster, "event-1", "event-7")
    cluster.beat()
    cluster.beat()
    cluster.worker("launch")
    evaluating = cluster.worker("evaluate")
    cluster.wait_finished("events", 2)
    evaluating.kill()
    write_events(cluster, *MANY)
    cluster.worker("evaluate", prefix=cluster.crashing(point, who))
    cluster.wait_crashed()
    cluster.worker("evaluate")
    expect_one_run_each(cluster, *MANY)
    decided = point not in {"after:stage_requests", "before:commit_staged"}
    ticks = cluster.store.ticks.ticks(cluster.name, "events", limit=1000)
    assert [tick.created for tick in ticks if tick.requested == len(MANY)] == [len(MANY) - 2]
    if decided and who == "process":
        assert not [tick for tick in ticks if tick.error is not None]


def test_a_held_tick_waits_through_restarts_for_a_yes(tmp_path: Path) -> None:
    """Nothing of it is launched before, and each event has one run after."""
    cluster = Cluster(tmp_path, "inbox=inbox", {"SENSORS_MAX_REQUESTS_PER_TICK": "300"})
    try:
        write_events(cluster, *MANY)
        cluster.start_all()
        held = cluster.wait_until(lambda: cluster.store.held.held("inbox"), "a held tick")
        for process in cluster.processes:
            process.kill()
        cluster.start_all()
        cluster.evaluate("neighbour")
        assert cluster.runs("events") == []
        assert cluster.store.held.release("inbox", "events", held["events"].tick_id)
        expect_one_run_each(cluster, *MANY)
    finally:
        cluster.close()
