"""Run-status sensors are called at once for what becomes of runs, by listeners and workers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.cluster import Cluster, lines_of, write_events

pytestmark = pytest.mark.acceptance


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path, "chain=chain")
    yield made
    made.close()


def start(cluster: Cluster) -> None:
    cluster.beat()
    cluster.listener()
    cluster.worker("evaluate+launch")
    cluster.worker("react")
    cluster.wait_served(roles={"evaluate", "launch", "react"})


def test_each_run_has_its_sensors_called(cluster: Cluster) -> None:
    """With the run, its failed steps and its error; what they request is made."""
    start(cluster)
    write_events(cluster, "a", "b", "bad1")
    runs = cluster.wait_finished("events", 3)
    good = {run.run_id for run in runs if run.is_success}
    bad = {run.run_id for run in runs if run.is_failure}
    cluster.wait_until(lambda: len(lines_of(cluster, "reported")) == 2, "the reports")
    assert set(lines_of(cluster, "succeeded")) == good
    cluster.wait_until(lambda: lines_of(cluster, "failed"), "the alert")
    assert lines_of(cluster, "failed") == [f"{run_id} work" for run_id in bad]
    assert {run.run_key for run in cluster.runs("on_success")} == good
    (log,) = [cluster.store.runs.run_log("chain", run) for run in runs if run.is_failure]
    acted = [entry for entry in log if "acted on run status FAILURE" in entry.user_message]
    assert len(acted) == 1


def test_a_call_that_raises_is_tried_again_then_kept(cluster: Cluster) -> None:
    """As a dead letter, with its error; retried, it goes through."""
    start(cluster)
    write_events(cluster, "a")
    reactions = cluster.store.reactions
    (dead,) = cluster.wait_until(
        lambda: [d for d in reactions.dead_letters("chain") if d.events[0].job_name == "work_job"],
        "the dead letter",
    )
    assert dead.error is not None
    assert (dead.attempt, dead.error.message) == (2, "RuntimeError: not yet mended\n")
    (cluster.folder / "mended").touch()
    assert reactions.retry_dead_letters("chain", [dead.ident]) == 1
    cluster.wait_until(
        lambda: dead.events[0].run_id in lines_of(cluster, "started"), "the call to go through"
    )
