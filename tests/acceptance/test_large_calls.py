"""Calls for events that request many runs: whoever dies in between, each request has one run."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from sensors_app.model.external import ExternalRunEvent
from sensors_app.model.runs import DagsterRunStatus
from tests.acceptance.cluster import Cluster, lines_of

pytestmark = pytest.mark.acceptance

PARTS = [f"order-{n}" for n in range(350)]
"""Of one order; four parts of what is put by."""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path, "splitting=splitting")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("point", "who"),
    [
        ("after:stage_call", "process"),
        ("before:commit_staged_call", "parent"),
        ("after:commit_staged_call", "process"),
        ("before:unfold_call:2", "parent"),
        ("after:unfold_call:4", "process"),
    ],
)
def test_a_process_dies_between_the_steps(cluster: Cluster, point: str, who: str) -> None:
    """Before the one that decides the call is made again; after it, beat goes on."""
    cluster.beat()
    cluster.worker("launch")
    cluster.listener()
    cluster.worker("react", prefix=cluster.crashing(point, who))
    cluster.wait_served(roles={"launch", "react"})
    order = ExternalRunEvent("shop", "order", "order", DagsterRunStatus.SUCCESS)
    cluster.store.external.report_run(order)
    cluster.wait_crashed()
    cluster.worker("react")
    runs = cluster.wait_finished("split", len(PARTS), timeout=90)
    assert Counter(run.run_key for run in runs) == Counter(PARTS)
    assert {run.status for run in runs} == {DagsterRunStatus.SUCCESS}
    assert Counter(lines_of(cluster, "handled")) == Counter(PARTS)
    ticks = cluster.store.ticks.ticks(cluster.name, "split")
    assert [tick.created for tick in ticks if tick.error is None] == [len(PARTS)]
