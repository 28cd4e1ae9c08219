"""Runs end when somebody wants them to, whatever their code does, and whatever dies meanwhile."""

from collections.abc import Iterator

import pytest

from sensors_app.model.cancellation import CancelVerdict
from sensors_app.model.events import DagsterEventType
from sensors_app.model.runs import DagsterRun, DagsterRunStatus
from tests.acceptance.cluster import Cluster, Process

pytestmark = pytest.mark.acceptance

SETTINGS = {"SENSORS_CANCEL_GRACE_SECONDS": "1"}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("cancel"), "endless=endless", SETTINGS)
    try:
        made.beat()
        made.worker("evaluate", concurrency=1)
        made.wait_until(made.store.sensors.locations, "the location to be known", timeout=40)
        yield made
    finally:
        made.close()


@pytest.fixture
def launcher(cluster: Cluster) -> Iterator[Process]:
    """A launch worker of the test's own, with a clean sheet."""
    (cluster.folder / "notes").unlink(missing_ok=True)
    made = cluster.worker("launch", concurrency=1)
    cluster.wait_served()
    yield made
    made.kill()


def notes(cluster: Cluster) -> list[str]:
    """Return what the ops wrote down."""
    path = cluster.folder / "notes"
    return path.read_text().split("\n")[:-1] if path.exists() else []


def begun(cluster: Cluster, sensor: str, note: str) -> str:
    """Have a run launched, and return its id once its op is at work."""
    tick = cluster.evaluate(sensor)
    cluster.wait_until(lambda: note in notes(cluster), f"the note {note!r}")
    (run_id,) = tick.run_ids
    return run_id


def cancel(cluster: Cluster, run_id: str) -> CancelVerdict:
    return cluster.store.runs.request_cancel(cluster.name, run_id, reason="Enough.")


def ended(cluster: Cluster, run_id: str) -> DagsterRun:
    """Wait for the run's end."""

    def look() -> DagsterRun | None:
        run = cluster.store.runs.run(cluster.name, run_id)
        return run if run is not None and run.is_finished else None

    return cluster.wait_until(look, f"the end of run {run_id}")


def story(cluster: Cluster, run: DagsterRun) -> list[str]:
    """Return what happened in a run: the kinds of its events, and what was logged."""
    log = cluster.store.runs.run_log(cluster.name, run)
    return [e.dagster_event_type.name if e.dagster_event_type else e.message for e in log]


def last_words(cluster: Cluster, run: DagsterRun) -> str:
    """Return the message of the event that ended a run."""
    kinds = (DagsterEventType.RUN_CANCELED, DagsterEventType.RUN_FAILURE)
    log = cluster.store.runs.run_log(cluster.name, run)
    (end,) = [each for each in log if each.dagster_event_type in kinds]
    return end.message


def expect_next_run_is_served(cluster: Cluster) -> None:
    """The process that executes runs, or the one in its place, is there for the next."""
    (cluster.folder / "notes").unlink(missing_ok=True)
    run_id = begun(cluster, "sleeping_sensor", "sleeping")
    cancel(cluster, run_id)
    assert ended(cluster, run_id).status is DagsterRunStatus.CANCELED


def test_a_run_that_waits_ends_at_once(cluster: Cluster) -> None:
    """No worker is needed for that, and one that comes later leaves it alone."""
    (run_id,) = cluster.evaluate("sleeping_sensor").run_ids
    assert cancel(cluster, run_id) is CancelVerdict.CANCELED
    run = cluster.store.runs.run(cluster.name, run_id)
    assert run is not None
    assert run.status is DagsterRunStatus.CANCELED
    assert story(cluster, run) == ["RUN_ENQUEUED", "RUN_CANCELING", "RUN_CANCELED"]


def test_an_op_that_sleeps_is_interrupted_and_cleans_up(
    cluster: Cluster, launcher: Process
) -> None:
    """Its ``finally`` runs, what follows it does not, and its process serves the next run."""
    run_id = begun(cluster, "sleeping_sensor", "sleeping")
    assert cancel(cluster, run_id) is CancelVerdict.CANCELING
    run = ended(cluster, run_id)
    assert run.status is DagsterRunStatus.CANCELED
    assert notes(cluster) == ["sleeping", "cleaned up"]
    told = story(cluster, run)
    told.remove("RUN_CANCELING")  # It may come before the step's first entry is written.
    assert told == [
        *("RUN_ENQUEUED", "RUN_STARTING", "RUN_START", "STEP_START"),
        *("cleaning up", "STEP_FAILURE", "RUN_CANCELED"),
    ]
    assert last_words(cluster, run) == 'Execution of run for "sleeping_job" canceled.'
    expect_next_run_is_served(cluster)
    assert "SIGKILL" not in launcher.output()


@pytest.mark.parametrize(
    ("sensor", "note"), [("stubborn_sensor", "stubborn"), ("counting_sensor", "counting")]
)
def test_an_op_that_does_not_stop_is_killed(
    cluster: Cluster, launcher: Process, sensor: str, note: str
) -> None:
    """Whether it swallows the interruption or never gets it; the worker goes on."""
    run_id = begun(cluster, sensor, note)
    cancel(cluster, run_id)
    run = ended(cluster, run_id)
    assert run.status is DagsterRunStatus.CANCELED
    assert "had to be killed" in last_words(cluster, run)
    expect_next_run_is_served(cluster)


def test_a_run_past_its_maximum_runtime_fails(cluster: Cluster, launcher: Process) -> None:
    """It cleans up, like one that is canceled."""
    run_id = begun(cluster, "short_sensor", "sleeping")
    run = ended(cluster, run_id)
    assert run.status is DagsterRunStatus.FAILURE
    assert run.error == "Exceeded maximum runtime of 1 seconds."
    assert notes(cluster) == ["sleeping", "cleaned up"]


def test_a_run_past_its_maximum_runtime_that_does_not_stop_is_killed(
    cluster: Cluster, launcher: Process
) -> None:
    """And fails, with both reasons."""
    run_id = begun(cluster, "short_stubborn_sensor", "stubborn")
    run = ended(cluster, run_id)
    assert run.status is DagsterRunStatus.FAILURE
    assert run.error is not None
    assert run.error.startswith("Exceeded maximum runtime of 1 seconds. ")
    assert "had to be killed" in run.error


def test_a_run_whose_worker_dies_while_it_is_canceled(cluster: Cluster, launcher: Process) -> None:
    """It is canceled all the same: it was to end, and it has."""
    run_id = begun(cluster, "stubborn_sensor", "stubborn")
    cancel(cluster, run_id)
    launcher.kill()
    run = ended(cluster, run_id)
    assert run.status is DagsterRunStatus.CANCELED
    assert "no sign of life" in last_words(cluster, run)
