"""Calls of a quick sensor share messages; each is one of its own, whatever befalls the others."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from sensors_app.model.external import ExternalRunEvent
from sensors_app.model.ticks import TickStatus
from tests.acceptance.cluster import Cluster, Process, lines_of

pytestmark = pytest.mark.acceptance

WARMING = [f"warm-{number}" for number in range(12)]
BEFORE = [f"before-{number}" for number in range(20)]
AFTER = [f"after-{number}" for number in range(20)]


def end_runs(cluster: Cluster, *run_ids: str) -> None:
    """Have orders of another system end."""
    for run_id in run_ids:
        cluster.store.external.report_run(ExternalRunEvent("shop", "order", run_id, "SUCCESS"))


def waiting(cluster: Cluster) -> int:
    """Return how many calls are still to be made."""
    return cluster.store.reactions.count_reactions("called", ["each"])["each"]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """One whose sensor is known to be quick."""
    made = Cluster(tmp_path, "called=called")
    try:
        made.worker("react")
        made.listener()
        made.wait_served(roles={"react"})
        end_runs(made, *WARMING)
        made.wait_until(
            lambda: set(WARMING) <= set(lines_of(made, "called")) and not waiting(made),
            "the first calls",
        )
        yield made
    finally:
        made.close()


@pytest.fixture
def listener(cluster: Cluster) -> Process:
    return cluster.processes[1]


def end_at_once(cluster: Cluster, listener: Process, *run_ids: str) -> None:
    """Have runs end of which the listener hears at once, so that their calls go together."""
    listener.signal(signal.SIGSTOP)
    end_runs(cluster, *run_ids)
    listener.signal(signal.SIGCONT)


def test_one_that_kills_its_process_takes_down_no_other(
    cluster: Cluster, listener: Process
) -> None:
    """All of its message are called again, alone; only the one that then dies again has failed."""
    end_at_once(cluster, listener, *BEFORE, "die", *AFTER)
    cluster.wait_until(
        lambda: lines_of(cluster, "called").count("die") == 3 and not waiting(cluster),
        "all calls to be made",
    )
    assert {*BEFORE, *AFTER} <= set(lines_of(cluster, "called"))
    ticks = cluster.store.ticks.ticks("called", "each", limit=1000)
    assert len(ticks) == len(WARMING) + len(BEFORE) + len(AFTER) + 2
    (failed,) = [tick for tick in ticks if tick.status is TickStatus.FAILURE]
    assert failed.error is not None
    assert "SIGKILL" in failed.error.message


def test_one_that_hangs_holds_up_no_other(cluster: Cluster, listener: Process) -> None:
    """What was not called when the message's time is over is called by another process."""
    end_at_once(cluster, listener, *BEFORE, "hang", *AFTER)
    cluster.wait_until(lambda: waiting(cluster) == 1, "all others to be called")
    assert "hung" not in lines_of(cluster, "called")
    cluster.wait_until(lambda: waiting(cluster) == 0, "the last one")
    called = lines_of(cluster, "called")
    assert len(called) == len(set(called))
    assert {*BEFORE, "hang", "hung", *AFTER} <= set(called)
