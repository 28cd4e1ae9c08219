"""Asset sensors are woken when their asset is brought about, in whatever code location."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sensors_app.model.runs import DagsterRunStatus
from tests.acceptance.cluster import Cluster

pytestmark = pytest.mark.acceptance


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path, "watchers=watchers,makers=makers")
    yield made
    made.close()


def test_a_materialization_wakes_the_sensors_of_its_asset(cluster: Cluster) -> None:
    """At once and not at the next interval; each materialization is seen once."""
    cluster.beat()
    for location in ("watchers", "makers"):
        cluster.worker("evaluate+launch", location=location)
        cluster.wait_served(location)
    first = cluster.tick_since("when_orders", 0)
    assert first.skip_reason == (
        "No new materialization events found for asset key AssetKey(['shop', 'orders'])"
    )
    for number in (1, 2):
        cluster.store.sensors.poke("makers", "make_orders")
        runs = cluster.wait_finished("when_orders", number)
        assert len(runs) == number
        assert {run.status for run in runs} == {DagsterRunStatus.SUCCESS}
        assert runs[0].run_config == {"ops": {"count_rows": {"config": {"rows": 3}}}}
    cluster.store.sensors.poke("watchers", "when_orders")
    cluster.wait_until(
        lambda: len(cluster.store.ticks.ticks("watchers", "when_orders")) >= 4, "one more look"
    )
    assert len(cluster.runs("when_orders")) == 2
