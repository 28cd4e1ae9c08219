"""``DagsterInstance``: where runs are kept."""

import logging

import pytest

from sensors_app import (
    CheckError,
    DagsterEventType,
    DagsterInstance,
    DagsterInvariantViolationError,
    DagsterRun,
    DagsterRunStatus,
    RunsFilter,
    build_sensor_context,
    job,
    op,
    run_status_sensor,
)


@op
def speaks(context):
    context.log.warning("careful")


@op
def fails():
    raise ValueError("boom")


@job
def good():
    speaks()


@job
def bad():
    fails()


@pytest.fixture(scope="module")
def ran():
    """An instance with three runs, and the runs by name."""
    instance = DagsterInstance.ephemeral()
    runs = {
        "first": good.execute_in_process(instance=instance),
        "failed": bad.execute_in_process(instance=instance, raise_on_error=False),
        "tagged": good.execute_in_process(instance=instance, tags={"team": "data"}),
    }
    return instance, {result.run_id: name for name, result in runs.items()}


@pytest.mark.parametrize(
    ("filters", "limit", "found"),
    [
        (None, None, ["tagged", "failed", "first"]),
        (None, 1, ["tagged"]),
        (RunsFilter(job_name="good"), None, ["tagged", "first"]),
        (RunsFilter(statuses=[DagsterRunStatus.FAILURE]), None, ["failed"]),
        (RunsFilter(statuses=list(DagsterRunStatus)), 2, ["tagged", "failed"]),
        (RunsFilter(tags={"team": "data"}), None, ["tagged"]),
        (RunsFilter(tags={"team": ["data", "web"]}), None, ["tagged"]),
        (RunsFilter(tags={"team": "web"}), None, []),
    ],
)
def test_runs_are_found_by_what_they_are(ran, filters, limit, found):
    """The newest first."""
    instance, names = ran
    assert [names[run.run_id] for run in instance.get_runs(filters, limit=limit)] == found


def test_a_run_is_found_by_its_identity(ran):
    """By itself, or among others."""
    instance, names = ran
    run_id = next(iter(names))
    assert instance.get_run_by_id(run_id).job_name == "good"
    assert instance.get_run_by_id("unknown") is None
    assert [run.run_id for run in instance.get_runs(RunsFilter(run_ids=[run_id]))] == [run_id]


def test_filters_are_checked():
    """A filter that cannot mean anything is refused when it is made."""
    for wrong in ({"run_ids": []}, {"job_name": 3}, {"statuses": ["SUCCESS"]}, {"tags": 3}):
        with pytest.raises(CheckError):
            RunsFilter(**wrong)
    with pytest.raises(CheckError, match="not a RunsFilter"):
        DagsterInstance.ephemeral().get_runs("good")


def test_the_log_of_a_run_has_its_events_and_what_was_logged(ran):
    """In order; each line says where it came from."""
    instance, names = ran
    run_id = next(iter(names))
    log = instance.all_logs(run_id)
    (line,) = [entry for entry in log if not entry.is_dagster_event]
    assert (line.user_message, line.message) == ("careful", "careful")
    assert (line.level, line.step_key, line.job_name) == (logging.WARNING, "speaks", "good")
    assert (line.dagster_event_type, line.asset_key, line.asset_materialization) == (None,) * 3
    assert log[0].dagster_event_type is DagsterEventType.RUN_START
    assert log[0].message == 'Started execution of run for "good".'
    started = instance.all_logs(run_id, of_type=DagsterEventType.STEP_START)
    assert [entry.step_key for entry in started] == ["speaks"]
    ends = {DagsterEventType.RUN_SUCCESS, DagsterEventType.RUN_FAILURE}
    assert len(instance.all_logs(run_id, of_type=ends)) == 1
    assert instance.all_logs("unknown") == []


def test_instances_do_not_share_runs():
    """Each ephemeral one begins empty; it may be used in a with statement."""
    with DagsterInstance.ephemeral() as instance:
        assert instance.get_runs() == []


def test_a_run_can_be_created_without_being_executed():
    """For tests of what looks at runs."""
    instance = DagsterInstance.ephemeral()
    run = instance.create_run_for_job(good, run_config={"ops": {}}, tags={"n": 1})
    assert (run.job_name, run.tags, run.run_config) == ("good", {"n": "1"}, {"ops": {}})
    assert instance.get_run_by_id(run.run_id).status is DagsterRunStatus.NOT_STARTED
    with pytest.raises(CheckError):
        instance.create_run_for_job("good")


def test_canceling_a_run_is_seen_by_sensors_of_these_states():
    """First it is asked to end, then it has ended."""
    instance = DagsterInstance.ephemeral()
    seen = []
    watchers = [
        run_status_sensor(run_status=status, name=status.value)(
            lambda context: seen.append(
                (context.dagster_event.event_type, context.dagster_event.message)
            )
        )
        for status in (DagsterRunStatus.CANCELING, DagsterRunStatus.CANCELED)
    ]
    cursors = [watcher.evaluate_tick(build_sensor_context(instance)).cursor for watcher in watchers]
    run = instance.create_run_for_job(good)
    assert instance.report_run_canceling(run) is None
    event = instance.report_run_canceled(run, "Enough.")
    assert event.event_type is DagsterEventType.RUN_CANCELED
    for watcher, cursor in zip(watchers, cursors, strict=True):
        watcher.evaluate_tick(build_sensor_context(instance, cursor))
    assert seen == [
        (DagsterEventType.RUN_CANCELING, "Sending run termination request."),
        (DagsterEventType.RUN_CANCELED, "Enough."),
    ]


def test_what_has_ended_cannot_be_canceled(ran):
    """The error says which state it was to get."""
    instance, _ = ran
    ended = instance.get_runs(limit=1)[0]
    with pytest.raises(DagsterInvariantViolationError, match="cannot become CANCELING"):
        instance.report_run_canceling(ended)
    with pytest.raises(DagsterInvariantViolationError, match="is not kept"):
        instance.report_run_canceled(DagsterRun("good"))
