"""Whatever a sensor's code does, the culprit is named on its tick, and the others go on in time."""

import time
from collections.abc import Iterator

import pytest

from sensors_app.model.runs import DagsterRunStatus
from sensors_app.model.ticks import TickStatus
from tests.acceptance.cluster import Cluster

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("hostile"), "hostile=hostile")
    try:
        made.start_all()
        yield made
    finally:
        made.close()


@pytest.fixture(autouse=True)
def others_go_on(cluster: Cluster) -> Iterator[None]:
    """The well-behaved neighbour is evaluated all the while, and after."""
    began = time.time() * 1000
    yield
    cluster.tick_since("well_behaved", int(began), 10)
    newest = cluster.store.ticks.ticks("hostile", "well_behaved", limit=1)[0]
    assert newest.status is TickStatus.SKIPPED


def failure(cluster: Cluster, sensor: str) -> str:
    """Evaluate a sensor that must fail and return what is kept of the error."""
    tick = cluster.evaluate(sensor)
    assert tick.status is TickStatus.FAILURE
    assert tick.error is not None
    assert not cluster.runs(sensor)
    return tick.error.to_string()


def test_an_exception_is_kept_with_the_users_frames(cluster: Cluster) -> None:
    """The tick names the user's line, and none of ours."""
    error = failure(cluster, "raises")
    assert "RuntimeError: the API is away" in error
    assert 'hostile.py", line' in error
    assert "sensors_app/engine" not in error


@pytest.mark.parametrize(
    ("sensor", "words"),
    [
        ("returns_nonsense", "returned output 5"),
        ("mixes", "both RunRequest and SkipReason"),
        ("calls_exit", "called sys.exit(3)"),
        ("no_json", "run_config that is no JSON"),
        ("no_number", "run_config that is no JSON"),
        ("huge_cursor", "SENSORS_CURSOR_MAX_BYTES"),
        ("recurses", "RecursionError"),
    ],
)
def test_nonsense_fails_the_tick(cluster: Cluster, sensor: str, words: str) -> None:
    """What cannot be kept fails the tick, with the reason and the remedy."""
    assert words in failure(cluster, sensor)


@pytest.mark.parametrize(
    ("sensor", "words"), [("exits_hard", "exitcode 3"), ("kills_itself", "signal 9")]
)
def test_a_process_that_dies_is_reported_at_once(cluster: Cluster, sensor: str, words: str) -> None:
    """The parent process says how the child died; nobody waits for the claim to run out."""
    assert words in failure(cluster, sensor)


@pytest.mark.parametrize("sensor", ["sleeps", "spins", "swallows", "late_but_returns"])
def test_a_sensor_past_its_time_limit_submits_nothing(cluster: Cluster, sensor: str) -> None:
    """Not even when it catches the interruption and returns a request."""
    assert "time limit" in failure(cluster, sensor)


def test_a_sensor_that_swallows_everything_is_killed(cluster: Cluster) -> None:
    """Behind the soft limit stands the hard one, against which there is no remedy."""
    assert "had to be killed" in failure(cluster, "swallows_everything")


def test_twenty_thousand_requests_make_twenty_thousand_runs(cluster: Cluster) -> None:
    """A large tick is kept whole; the tick lists some of its runs and counts them all."""
    tick = cluster.evaluate("requests_many")
    assert (tick.status, tick.requested, tick.created) == (TickStatus.SUCCESS, 20_000, 20_000)
    assert len(tick.run_ids) == 100
    assert len(cluster.store.run_keys.some("hostile", "requests_many", limit=30_000)) == 20_000
    # Nobody waits for them to be executed.
    cluster.store.client.delete("sensors:{hostile}:outbox", "sensors:{hostile}:sent")
    cluster.broker().flushdb()


def test_a_key_asked_for_twice_makes_one_run(cluster: Cluster) -> None:
    """The second request of a tick with the same key is dropped, and listed as dropped."""
    tick = cluster.evaluate("same_key_twice")
    assert tick.created == 1
    assert [(d.run_key, d.run_id) for d in tick.dropped] == [("k", tick.run_ids[0])]


def test_logs_are_cut_with_a_notice(cluster: Cluster) -> None:
    """100,000 lines do not fill the store."""
    tick = cluster.evaluate("logs_much")
    assert tick.logs[0].message == "line 0"
    assert "further lines left out" in tick.logs[-1].message
    assert sum(len(line.message) for line in tick.logs) < 70_000


def test_a_log_line_that_cannot_be_formatted_does_not_fail_the_tick(cluster: Cluster) -> None:
    """It is kept as it was given."""
    tick = cluster.evaluate("logs_wrongly")
    assert tick.status is TickStatus.SKIPPED
    assert "not a number" in tick.logs[0].message


def test_a_forked_copy_does_not_speak_for_its_parent(cluster: Cluster) -> None:
    """A sensor that forks makes the runs it asked for once."""
    tick = cluster.evaluate("forks")
    assert tick.created == 1
    assert len(cluster.wait_finished("forks", 1)) == 1


def test_what_is_printed_is_not_kept(cluster: Cluster) -> None:
    """Only what goes through context.log reaches the store."""
    tick = cluster.evaluate("prints_a_secret")
    assert tick.status is TickStatus.SKIPPED
    assert "hunter2" not in repr(tick)


def test_any_text_can_be_a_run_key(cluster: Cluster) -> None:
    """Undecodable file names, the empty text and control characters are keys like others."""
    first = cluster.evaluate("strange_keys")
    second = cluster.evaluate("strange_keys")
    assert (first.created, second.created) == (3, 0)


@pytest.mark.parametrize(
    ("sensor", "words"),
    [
        ("wants_raising", "Steps failed: ['raise_an_error']"),
        ("wants_exiting", "Steps failed: ['exit_politely']"),
        ("wants_leaving", "exitcode 7"),
        ("wrong_config", "no_such_op"),
    ],
)
def test_a_job_that_cannot_end_well_fails_with_the_reason(
    cluster: Cluster, sensor: str, words: str
) -> None:
    """The run says why, whether its op raised, its process died, or its config was wrong."""
    cluster.evaluate(sensor)
    (run,) = cluster.wait_finished(sensor, 1)
    assert run.status is DagsterRunStatus.FAILURE
    assert words in (run.error or "")


def test_no_process_is_left_behind(cluster: Cluster) -> None:
    """Workers replace the processes that were killed, and keep their number."""
    cluster.wait_until(
        lambda: all(
            worker.concurrency == 2
            for state in cluster.store.sensors.locations()
            for worker in state.workers
        ),
        "two processes in each worker",
    )
