"""Keys whose run fails, with real processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sensors_app.model.runs import DagsterRunStatus
from tests.acceptance.cluster import Cluster

pytestmark = pytest.mark.acceptance

MODULE = """
import os
import signal
from pathlib import Path

from sensors_app import DefaultSensorStatus, Definitions, RunRequest, job, op, sensor

ATTEMPTS = Path(__file__).with_name("attempts")

@op
def third_time_lucky(context):
    with ATTEMPTS.open("a") as file:
        file.write(context.run_id + " ")
    number = len(ATTEMPTS.read_text().split())
    if number == 1:
        raise ValueError("not yet")
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)

@job
def flaky():
    third_time_lucky()

@sensor(job=flaky, minimum_interval_seconds=0.1, default_status=DefaultSensorStatus.RUNNING,
        run_key_policy="retry_failed", run_key_ttl=3600)
def insists():
    return RunRequest(run_key="a")

defs = Definitions(jobs=[flaky], sensors=[insists])
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    (tmp_path / "flaky_module.py").write_text(MODULE)
    made = Cluster(tmp_path, "flaky=flaky_module")
    made.name = "flaky"
    yield made
    made.close()


def test_each_failure_makes_one_more_run_until_one_goes_well(cluster: Cluster) -> None:
    """An op that raised, a process that died: however often the key is requested meanwhile."""
    cluster.beat()
    for _ in range(2):
        cluster.worker("evaluate+launch", location="flaky")
    cluster.wait_served("flaky")

    def outcome() -> list[DagsterRunStatus]:
        runs = sorted(cluster.runs("insists"), key=lambda run: run.created_at or 0)
        return [run.status for run in runs]

    failed, went_well = DagsterRunStatus.FAILURE, DagsterRunStatus.SUCCESS
    wanted = [failed, failed, went_well]
    cluster.wait_until(lambda: outcome()[:3] == wanted, "the third run goes well")
    seen = cluster.store.ticks.ticks("flaky", "insists", limit=1)[0].tick_id

    def evaluated_since() -> bool:
        return len(cluster.store.ticks.ticks("flaky", "insists", after=seen)) > 5

    cluster.wait_until(evaluated_since, "the key is requested again and again")
    assert outcome() == wanted
    last = max(cluster.runs("insists"), key=lambda run: run.created_at or 0)
    assert cluster.store.run_keys.some("flaky", "insists") == {"a": last.run_id}
