"""Code locations: each with its own workers, none in the way of another."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sensors_app.model.locations import LocationState, Role
from sensors_app.model.runs import DagsterRunStatus
from sensors_app.model.ticks import TickStatus
from tests.acceptance.cluster import CELERY, Cluster

pytestmark = pytest.mark.acceptance

MODULE = """
from sensors_app import DefaultSensorStatus, Definitions, RunRequest, SkipReason, job, op, sensor

@op
def nothing():
    pass

@job
def quick_job():
    nothing()

@sensor(job=quick_job, minimum_interval_seconds={interval},
        default_status=DefaultSensorStatus.RUNNING)
def watcher():
    return SkipReason("{reason}")

@sensor(job=quick_job, minimum_interval_seconds=3600)
def asker():
    return RunRequest(run_key=None)

{more}

defs = Definitions(jobs=[quick_job], sensors=[watcher, asker])
"""


def write_module(
    folder: Path, name: str, *, interval: float = 0.2, reason: str = "first", more: str = ""
) -> None:
    text = MODULE.format(interval=interval, reason=reason, more=more)
    (folder / f"{name}.py").write_text(text)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    write_module(tmp_path, "first_module")
    write_module(tmp_path, "second_module")
    made = Cluster(tmp_path, "first=first_module,second=second_module,broken=broken_module")
    yield made
    made.close()


def state_of(cluster: Cluster, location: str) -> LocationState:
    states = {state.snapshot.name: state for state in cluster.store.sensors.locations()}
    return states[location]


def test_two_locations_are_served_by_their_own_workers(cluster: Cluster) -> None:
    """Both are evaluated, each by its own process, and sensors of the same name do not meet.

    Whoever knows Celery starts them with its program.
    """
    cluster.beat(prefix=CELERY)
    for location in ("first", "second"):
        cluster.worker("evaluate+launch", location=location, prefix=CELERY)
        cluster.wait_served(location)
    for location in ("first", "second"):
        cluster.name = location
        cluster.evaluate("asker")
        (run,) = cluster.wait_finished("asker", 1)
        assert run.status is DagsterRunStatus.SUCCESS
        assert f"/{location}-" in (run.worker or "")


def test_user_code_is_imported_once_by_each_worker(cluster: Cluster) -> None:
    """Before the fork: what a worker's processes execute is all made from that one import."""
    noted = cluster.folder / "imports"
    noting = f"import os; open({str(noted)!r}, 'a').write(f'{{os.getpid()}}\\n')"
    write_module(cluster.folder, "first_module", more=noting)
    cluster.beat()
    workers = [cluster.worker(role, concurrency=3, location="first") for role in ("slow", "launch")]
    workers.append(cluster.worker("evaluate", location="first"))
    cluster.wait_served("first")
    cluster.name = "first"
    cluster.evaluate("asker")
    cluster.wait_finished("asker", 1)
    assert sorted(map(int, noted.read_text().split())) == sorted(each.pid for each in workers)


def test_the_ticks_of_a_location_without_workers_do_not_pile_up(cluster: Cluster) -> None:
    """It is shown as not served; its sensors stay due in the store, for when it is again."""
    cluster.beat()
    worker = cluster.worker("evaluate+launch", location="first")
    cluster.wait_served("first")
    cluster.tick_since("watcher", 0)
    worker.kill()
    cluster.wait_until(
        lambda: state_of(cluster, "first").capacity(Role.EVALUATE) == 0,
        "the worker to be found dead",
    )
    (sensor,) = [s for s in cluster.store.sensors.sensors("first") if s.snapshot.name == "watcher"]
    cluster.wait_until(
        lambda: cluster.store.client.time()[0] * 1000 > (sensor.next_due or 0) + 2000,
        "ten intervals to pass",
    )
    # Two sensors, each sent again once or twice until the worker was known to be dead.
    assert cluster.broker().llen("sensors.first.evaluate") <= 6
    (before,) = cluster.store.ticks.ticks("first", "watcher", limit=1)
    cluster.worker("evaluate+launch", location="first")
    cluster.wait_served("first")
    cluster.tick_since("watcher", int(before.tick_id) + 1)


def test_new_code_takes_effect_without_a_restart_of_beat(cluster: Cluster) -> None:
    """A restarted worker registers another version: interval, reason and sensors change."""
    beat = cluster.beat()
    worker = cluster.worker("evaluate+launch", location="first")
    cluster.wait_served("first")
    cluster.tick_since("watcher", 0)
    old = state_of(cluster, "first").snapshot.version
    write_module(cluster.folder, "first_module", interval=0.5, reason="second")
    worker.stop()
    cluster.worker("evaluate+launch", location="first")
    cluster.wait_until(
        lambda: state_of(cluster, "first").snapshot.version != old, "the new version"
    )
    cluster.wait_until(
        lambda: cluster.store.ticks.ticks("first", "watcher", limit=1)[0].skip_reason == "second",
        "a tick of the new code",
    )
    assert state_of(cluster, "first").snapshot.sensors[1].interval_seconds == 0.5
    assert beat.returncode is None


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import no_such_package", "No module named 'no_such_package'"),
        ("x = (", "SyntaxError"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("x = 1", "no Definitions"),
        (MODULE.format(interval=1, reason="", more="two = Definitions()"), "2 Definitions"),
        (None, "No module named 'broken_module'"),
    ],
)
def test_a_module_that_does_not_load(cluster: Cluster, source: str | None, words: str) -> None:
    """The worker ends with a message that names the location, the module and the user's line."""
    if source is not None:
        (cluster.folder / "broken_module.py").write_text(source)
    worker = cluster.worker("evaluate", location="broken")
    cluster.wait_until(lambda: worker.returncode is not None, "the worker to give up")
    output = worker.output()
    assert worker.returncode == 2
    assert words in output
    assert "broken_module" in output
    assert "workers/process.py" not in output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-Q", "sensors.first.evaluate", "-P", "threads"], "cannot enforce time limits"),
        (["-Q", "sensors.first.evaluate", "-P", "solo"], "cannot enforce time limits"),
        (["-Q", "sensors.first.evaluate,sensors.second.evaluate"], "one code location"),
        (["-Q", "sensors.nowhere.evaluate"], "SENSORS_LOCATIONS"),
        (["-Q", "celery"], "none of ours"),
        ([], "none of ours"),
    ],
)
def test_a_worker_that_cannot_keep_the_promises_refuses_to_start(
    cluster: Cluster, arguments: list[str], words: str
) -> None:
    """A pool without time limits, queues of two locations or of none: a message, exit code 2."""
    worker = cluster.start([*CELERY, "worker", *arguments], "refused")
    cluster.wait_until(lambda: worker.returncode is not None, "the refusal")
    assert worker.returncode == 2
    assert words in worker.output()


def test_a_server_that_evicts_is_refused(cluster: Cluster) -> None:
    """Neither a worker nor beat starts on a server that may throw cursors away."""
    cluster.store.client.config_set("maxmemory-policy", "allkeys-lru")
    for process in (cluster.worker("evaluate", location="first"), cluster.beat()):
        cluster.wait_until(lambda p=process: p.returncode is not None, "the refusal")
        assert process.returncode != 0
        assert "noeviction" in process.output()


def test_a_wrong_setting_is_named(cluster: Cluster) -> None:
    """No stack, but the variable and what is wrong with it."""
    worker = cluster.worker("evaluate", location="first", SENSORS_TICK_MAX_COUNT="many")
    cluster.wait_until(lambda: worker.returncode is not None, "the refusal")
    assert "SENSORS_TICK_MAX_COUNT" in worker.output()
    assert "Traceback" not in worker.output()


def test_an_evaluation_can_be_asked_for_from_any_celery_client(cluster: Cluster) -> None:
    """By task name, with the location and the sensor; a sensor that is off is evaluated too."""
    cluster.worker("evaluate+launch", location="first")
    cluster.wait_served("first")
    cluster.send("sensors.evaluate", sensor="asker")
    tick = cluster.tick_since("asker", 0)
    assert (tick.status, tick.created) == (TickStatus.SUCCESS, 1)
    cluster.wait_finished("asker", 1)


def test_a_stop_outlives_a_restart(cluster: Cluster) -> None:
    """What an operator stopped stays stopped when new workers register; reset gives it back."""
    cluster.beat()
    worker = cluster.worker("evaluate+launch", location="first")
    cluster.wait_served("first")
    cluster.store.sensors.set_sensor_status("first", "watcher", False)
    worker.stop()
    cluster.worker("evaluate+launch", location="first")
    cluster.wait_served("first")
    (sensor,) = [s for s in cluster.store.sensors.sensors("first") if s.snapshot.name == "watcher"]
    assert (sensor.running, sensor.override, sensor.next_due) == (False, False, None)
    assert cluster.store.sensors.set_sensor_status("first", "watcher", None) is True
    token = cluster.store.client.time()[0] * 1000
    cluster.tick_since("watcher", token)
