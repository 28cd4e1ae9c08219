"""Connections that break at the worst moment, under real workers."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.cluster import Cluster
from tests.acceptance.test_crashes import emit, expect_one_run_each
from tests.support.proxy import Fault, FaultyProxy

pytestmark = pytest.mark.acceptance


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path, "inbox=inbox")
    yield made
    made.close()


@pytest.mark.parametrize("role", ["evaluate", "launch"])
def test_replies_that_are_cut_or_late_double_nothing(cluster: Cluster, role: str) -> None:
    """A worker that cannot know whether its commit went through asks again, and is told."""
    chance = random.Random(role)
    others = "launch" if role == "evaluate" else "evaluate"
    with FaultyProxy(("127.0.0.1", cluster.port)) as proxy:
        cluster.beat()
        cluster.worker(others)
        cluster.worker(
            role,
            SENSORS_REDIS_URL=proxy.url,
            SENSORS_BROKER_URL=cluster.settings.effective_broker_url,
        )
        cluster.wait_served()
        events = [f"e{number}" for number in range(8)]
        for event in events:
            emit(cluster, event)
            proxy.inject(chance.choice([Fault.CUT_REQUEST, Fault.CUT_REPLY, Fault.LATE_REPLY]))
            cluster.evaluate("events")
        expect_one_run_each(cluster, *events)
