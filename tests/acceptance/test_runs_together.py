"""Quick runs share messages; each is a run of its own all the same, whatever befalls the others."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import uuid4

import pytest
from kombu import Connection

from sensors_app.model.cancellation import CancelVerdict
from sensors_app.model.runs import DagsterRun, DagsterRunStatus
from tests.acceptance.cluster import Cluster, Process, lines_of
from tests.acceptance.test_rabbitmq import BROKER, reachable

pytestmark = pytest.mark.acceptance

S = DagsterRunStatus

WARMING = 12
"""How many runs of the job there are before: what is new goes alone, and takes longer at first."""

QUICK = {"SENSORS_QUICK_SECONDS": "1"}
"""On a busy machine runs take a while that do nothing."""

PATIENT = {**QUICK, "SENSORS_BATCH_QUANTUM_SECONDS": "20"}
"""A message has time for many of them."""


@pytest.fixture(params=["redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The settings of a broker, whose queues are gone in the end."""
    if request.param == "redis":
        yield {}
        return
    if not reachable(BROKER):
        pytest.skip("no RabbitMQ on this machine")
    prefix = f"test-{uuid4().hex[:8]}"
    yield {"SENSORS_BROKER_URL": BROKER, "SENSORS_KEY_PREFIX": prefix}
    with Connection(BROKER) as connection, connection.channel() as channel:
        for role in ("evaluate", "slow", "launch"):
            channel.queue_delete(f"{prefix}.bulk.{role}")


def started(folder: Path, env: dict[str, str]) -> Cluster:
    """Return a deployment whose launch worker knows that the job is quick."""
    made = Cluster(folder, "bulk=bulk", env)
    try:
        made.start_all()
        made.evaluate("warming")
        made.wait_finished("warming", WARMING)
    except BaseException:
        made.close()
        raise
    return made


@pytest.fixture
def cluster(tmp_path: Path, broker: dict[str, str]) -> Iterator[Cluster]:
    made = started(tmp_path, {**broker, **QUICK})
    yield made
    made.close()


@pytest.fixture
def patient(tmp_path: Path, broker: dict[str, str]) -> Iterator[Cluster]:
    """One whose messages have time for many runs."""
    made = started(tmp_path, {**broker, **PATIENT})
    yield made
    made.close()


def launcher(cluster: Cluster) -> Process:
    """Return the worker that executes runs."""
    return cluster.processes[2]


def ask(cluster: Cluster, *hows: str) -> None:
    """Have runs requested that do so."""
    (cluster.folder / "wanted").write_text("".join(f"{how}\n" for how in hows))
    cluster.evaluate("many")


def by_number(cluster: Cluster) -> Sequence[DagsterRun]:
    """Return the runs in the order of their requests."""
    return sorted(cluster.runs("many"), key=lambda run: int(run.tags["number"]))


def messages(cluster: Cluster) -> int:
    """Return how many messages the runs were executed from: a holder begins with the task's id."""
    with cluster.store.client.pipeline() as pipe:
        for run in cluster.runs("many"):
            key = f"{cluster.settings.key_prefix}:{{bulk}}:run:{run.run_id}"
            pipe.hget(key, "holder")
        return len({holder.partition("/")[0] for holder in pipe.execute()})


def test_many_are_executed_from_few_messages(patient: Cluster) -> None:
    """Each once, each with a log of its own; however slow this machine is just now."""
    cluster = patient
    ask(cluster, *["plain"] * 200)
    runs = cluster.wait_finished("many", 200)
    assert {run.status for run in runs} == {S.SUCCESS}
    assert Counter(lines_of(cluster, "done")) == Counter(
        [*["warm"] * WARMING, *map(str, range(200))]
    )
    assert messages(cluster) <= 40
    for run in runs[:5]:
        log = cluster.store.runs.run_log("bulk", run)
        kinds = [e.dagster_event_type.name for e in log if e.dagster_event_type]
        assert kinds[:4] == ["RUN_ENQUEUED", "RUN_STARTING", "RUN_START", "STEP_START"]
        assert kinds[-1] == "RUN_SUCCESS"


def test_one_that_kills_its_process_takes_down_no_other(cluster: Cluster) -> None:
    """It fails with the reason; those after it are executed by another process."""
    ask(cluster, *["plain"] * 20, "die", *["plain"] * 20)
    cluster.wait_finished("many", 41)
    failed = [run for run in by_number(cluster) if run.status is not S.SUCCESS]
    assert [(run.tags["number"], run.status) for run in failed] == [("20", S.FAILURE)]
    assert "SIGKILL" in (failed[0].error or "")
    assert Counter(lines_of(cluster, "done")) == Counter(
        [*["warm"] * WARMING, *map(str, range(41))]
    )


def test_one_that_hangs_holds_up_no_other_and_can_be_canceled(cluster: Cluster) -> None:
    """What has not begun when the message's time is over is executed by another process."""
    ask(cluster, *["plain"] * 20, "hang", *["plain"] * 20)

    def others_done() -> bool:
        runs = by_number(cluster)
        return [run.tags["number"] for run in runs if not run.is_finished] == ["20"]

    cluster.wait_until(others_done, "all others to end")
    hanging = by_number(cluster)[20]
    assert hanging.status is S.STARTED
    verdict = cluster.store.runs.request_cancel("bulk", hanging.run_id, reason="Enough.")
    assert verdict is CancelVerdict.CANCELING
    cluster.wait_finished("many", 41)
    assert Counter(run.status for run in cluster.runs("many")) == {S.SUCCESS: 40, S.CANCELED: 1}


def test_one_that_waits_in_a_process_is_canceled_at_once(patient: Cluster) -> None:
    """Its process finds that out when its turn comes, and leaves it alone."""
    ask(patient, *["linger"] * 40)
    last = by_number(patient)[-1]
    patient.wait_until(
        lambda: len(lines_of(patient, "done")) > WARMING + 1, "some runs to have begun"
    )
    verdict = patient.store.runs.request_cancel("bulk", last.run_id, reason="Enough.")
    assert verdict is CancelVerdict.CANCELED
    patient.wait_finished("many", 40)
    assert "39" not in lines_of(patient, "done")
    assert Counter(run.status for run in patient.runs("many")) == {S.SUCCESS: 39, S.CANCELED: 1}


def test_a_worker_that_is_killed_takes_down_only_what_it_executed(patient: Cluster) -> None:
    """One run for each of its processes; what they had not begun is executed by others."""
    ask(patient, *["linger"] * 30)
    patient.wait_until(
        lambda: len(lines_of(patient, "done")) > WARMING + 5, "some runs to have begun"
    )
    launcher(patient).kill()
    patient.worker("launch")
    patient.wait_finished("many", 30)
    statuses = Counter(run.status for run in patient.runs("many"))
    assert statuses[S.FAILURE] <= 2
    assert statuses[S.SUCCESS] + statuses[S.FAILURE] == 30
    assert Counter(lines_of(patient, "done")) == Counter(
        [*["warm"] * WARMING, *map(str, range(30))]
    )
