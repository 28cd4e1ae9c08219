"""Runs of two jobs are waited for, or for there to be none, by listeners that may be killed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.cluster import Cluster, lines_of, write_events

pytestmark = pytest.mark.acceptance


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """With two listeners, who do everything at once."""
    made = Cluster(tmp_path, "joined=joined")
    made.beat()
    made.worker("evaluate+launch")
    made.worker("react")
    made.wait_served(roles={"evaluate", "launch", "react"})
    yield made
    made.close()


def test_what_belongs_together_makes_one_run(cluster: Cluster) -> None:
    """Once, though one side came long before, and to a listener that is dead by now."""
    first = cluster.listener()
    write_events(cluster, "orders:mon", "orders:tue", "orders:wed")
    cluster.wait_finished("events", 3)
    joins = cluster.store.joins
    cluster.wait_until(lambda: len(joins.waiting("joined", "both")) == 3, "the orders to wait")
    first.kill()
    cluster.listener()
    cluster.listener()
    write_events(cluster, "customers:tue", "customers:sun", "customers:mon")
    cluster.wait_finished("both", 2)
    assert sorted(lines_of(cluster, "both")) == [
        "mon orders+customers True",
        "tue orders+customers True",
    ]
    assert {run.run_key for run in cluster.runs("both")} == {"mon", "tue"}
    assert dict(joins.waiting("joined", "both")) == {"wed": 1, "sun": 1}


def test_what_does_not_come_is_told_once(cluster: Cluster) -> None:
    """After the window, with what came and what did not; and that nothing comes at all."""
    cluster.listener()
    cluster.listener()
    cluster.wait_until(lambda: lines_of(cluster, "silent"), "the first silence")
    write_events(cluster, "orders:mon", "customers:tue")
    cluster.wait_until(lambda: len(lines_of(cluster, "late")) == 2, "the late")
    cluster.wait_until(lambda: len(lines_of(cluster, "silent")) == 2, "the second silence")
    assert sorted(lines_of(cluster, "late")) == ["mon orders customers", "tue customers orders"]
    assert lines_of(cluster, "silent") == ["never", "mon"]
    assert dict(cluster.store.joins.waiting("joined", "late")) == {}
