"""Asset sensors, over an instance that keeps its runs in memory."""

import time
import uuid
from contextlib import nullcontext

import pytest

from sensors_app import (
    AssetKey,
    AssetSensorDefinition,
    CheckError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    DagsterRun,
    RunRequest,
    SensorResult,
    SkipReason,
    asset,
    asset_sensor,
    build_sensor_context,
    define_asset_job,
    materialize,
)
from sensors_app.model.cancellation import RunWish
from sensors_app.model.events import EventLogEntry


class Recorder:
    def __init__(self):
        self.entries = []

    def started(self, event):
        pass

    def entry(self, entry):
        self.entries.append(entry)

    def finished(self, event):
        pass

    def check(self):
        pass

    def user_code(self):
        return nullcontext()

    wish = RunWish.OK


class MemoryInstance:
    def __init__(self):
        self.runs = {}

    def create_run(self, *, job_name, run_config, tags, run_id=None):
        return DagsterRun(job_name, run_id or str(uuid.uuid4()), tags=tags, run_config=run_config)

    def recorder(self, run):
        recorder = Recorder()
        self.runs[run.run_id] = (run, recorder)
        return recorder

    def get_run_by_id(self, run_id):
        return self.runs[run_id][0]

    def get_runs(self, filters=None, limit=None):
        return [run for run, _ in self.runs.values()]

    def all_logs(self, run_id):
        return self.runs[run_id][1].entries


@asset
def watched():
    return 1


@asset
def other():
    return 2


target = define_asset_job("target")


@pytest.fixture
def instance():
    return MemoryInstance()


@pytest.fixture
def clock(monkeypatch):
    """Time that goes on by one second whenever it is asked for."""
    now = iter(range(1_000_000))
    monkeypatch.setattr(time, "time", lambda: float(next(now)))


def watching(function, **arguments):
    made = asset_sensor(AssetKey("watched"), name="watcher", job=target, **arguments)
    return made(function)


def evaluate(made, instance, cursor=None):
    return made.evaluate_tick(build_sensor_context(instance=instance, cursor=cursor))


def test_without_a_materialization_it_skips(instance):
    """The message names the asset, and the cursor stays."""
    materialize([other], instance=instance)
    data = evaluate(watching(lambda context, event: RunRequest()), instance, "old")
    assert data.skip_message == (
        "No new materialization events found for asset key AssetKey(['watched'])"
    )
    assert data.cursor == "old"


def test_only_the_latest_materialization_counts(instance, clock):
    """The function is called once, with the entry of the run's log."""
    seen = []

    def notes(context, event):
        seen.append(event)
        return RunRequest(run_key=event.run_id)

    for _ in range(3):
        latest = materialize([watched], instance=instance)
    made = watching(notes)
    data = evaluate(made, instance)
    (entry,) = seen
    assert isinstance(entry, EventLogEntry)
    assert entry.dagster_event.asset_key == AssetKey("watched")
    assert [request.run_key for request in data.run_requests] == [latest.run_id]
    assert data.run_requests[0].tags == {"dagster/sensor_name": "watcher"}
    again = evaluate(made, instance, data.cursor)
    assert again.run_requests == []
    assert again.cursor == data.cursor


@pytest.mark.parametrize(
    ("result", "message"),
    [(SkipReason("no"), "no"), (None, "Sensor function returned an empty result")],
)
def test_the_cursor_moves_after_a_skip_too(instance, result, message):
    """What was not wanted is not offered again; ``update_cursor`` changes nothing."""

    def skips(context, event):
        context.update_cursor("mine")
        return result

    materialize([watched], instance=instance)
    data = evaluate(watching(skips), instance)
    assert data.skip_message == message
    assert data.cursor not in (None, "mine")
    assert "No new" in evaluate(watching(skips), instance, data.cursor).skip_message


def test_the_cursor_is_not_the_users(instance):
    """It is the position in the events."""
    materialize([watched], instance=instance)
    with pytest.raises(DagsterInvariantViolationError, match="managed by the asset sensor"):
        evaluate(watching(lambda context, event: SensorResult(cursor="mine")), instance)


def test_wrong_results(instance):
    """Here Dagster has a narrower error than for a plain sensor."""
    materialize([watched], instance=instance)
    with pytest.raises(DagsterInvariantViolationError, match="unexpectedly returned output 3"):
        evaluate(watching(lambda context, event: 3), instance)
    with pytest.raises(CheckError, match="is not one of"):
        evaluate(watching(lambda context, event: [3]), instance)


def test_what_the_function_raises_comes_out(instance):
    """As from a plain sensor."""
    materialize([watched], instance=instance)
    with pytest.raises(ZeroDivisionError):
        evaluate(watching(lambda context, event: 1 / 0), instance)


def test_the_function_may_take_less(instance):
    """The context alone, or nothing."""
    materialize([watched], instance=instance)
    assert evaluate(watching(lambda context: SkipReason("one")), instance).skip_message == "one"
    assert evaluate(watching(lambda: SkipReason("none")), instance).skip_message == "none"


def test_a_direct_call_looks_for_the_event_itself(instance):
    """Only the context is given; what the function says can be iterated over."""
    made = watching(lambda context, event: RunRequest(event.run_id))
    context = build_sensor_context(instance=instance)
    (skip,) = made(context)
    assert "No new materialization" in skip.skip_message
    assert context.cursor is None
    run_id = materialize([watched], instance=instance).run_id
    assert list(made(context)) == [RunRequest(run_id)]
    assert context.cursor is not None
    assert [type(each) for each in made(context)] == [SkipReason]
    with pytest.raises(DagsterInvalidInvocationError):
        made(context, None)
    with pytest.raises(DagsterInvariantViolationError, match="no instance reference"):
        list(made(None))
    with pytest.raises(DagsterInvariantViolationError, match="unexpectedly returned"):
        list(watching(lambda: 3)(build_sensor_context(instance=instance)))


def test_workers_call_it_for_an_event():
    """With a cursor of theirs."""
    made = watching(lambda context, event: RunRequest(run_key=event.run_id))
    context = build_sensor_context(cursor="7")
    data = made.evaluate_event(context, EventLogEntry("id", "j", 1.0, ""))
    assert (data.run_requests[0].run_key, data.cursor) == ("id", "7")


def test_its_attributes():
    """Beside those of every sensor."""
    made = watching(lambda context, event: None)
    assert isinstance(made, AssetSensorDefinition)
    assert (made.asset_key, made.job_name) == (AssetKey("watched"), "target")
    with pytest.raises(CheckError, match='"asset_key" is not a AssetKey'):
        asset_sensor("watched", name="watcher")(lambda context, event: None)
