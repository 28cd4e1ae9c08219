"""How workers call a run-status sensor: once for each event."""

import logging

import pytest

from sensors_app import (
    CodeLocationSelector,
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    JobSelector,
    RepositorySelector,
    RunRequest,
    RunStatusSensorContext,
    job,
    run_failure_sensor,
    run_status_sensor,
)
from sensors_app.definitions.context_resources import ContextResources
from sensors_app.definitions.event_sensor import CallSurroundings, Happened
from sensors_app.model.events import StreamedEvent
from sensors_app.model.selectors import MonitoredRuns


@job
def target():
    pass


def context(**arguments):
    event = DagsterEvent("PIPELINE_FAILURE", "j", message="why")
    return RunStatusSensorContext("s", DagsterRun("j", "1"), event, instance=None, **arguments)


def test_a_function_that_returns_nothing_leaves_a_reaction():
    """With the run and the status."""
    made = run_failure_sensor("s")(lambda: None)
    (reaction,) = made.evaluate_run(context()).dagster_run_reactions
    assert reaction.dagster_run.run_id == "1"
    assert reaction.run_status is DagsterRunStatus.FAILURE


def test_a_failure_sensors_function_gets_a_failure_context():
    """What it asks for comes back tagged."""
    made = run_failure_sensor("s", request_job=target)(
        lambda context: RunRequest(run_key=context.failure_event.message)
    )
    (request,) = made.evaluate_run(context()).run_requests
    assert (request.run_key, request.tags) == ("why", {"dagster/sensor_name": "s"})


def test_what_the_function_raises_comes_out():
    """Workers retry it."""

    def raises():
        raise KeyError("x")

    with pytest.raises(KeyError):
        run_failure_sensor("s")(raises).evaluate_run(context())


def test_a_definition_tells_which_event_it_waits_for():
    """So that events find it without user code."""
    made = run_status_sensor(DagsterRunStatus.CANCELED, name="s", monitored_jobs=[target])(
        lambda: None
    )
    assert made.event_type is DagsterEventType.RUN_CANCELED
    assert made.monitored == MonitoredRuns(job_names=("target",))
    assert made.run_status is DagsterRunStatus.CANCELED


HERE, THERE = DagsterRun("j", "1", location="here"), DagsterRun("j", "2", location="there")


@pytest.mark.parametrize(
    ("monitored", "accepted"),
    [
        (MonitoredRuns(), [HERE]),
        (MonitoredRuns(everywhere=True), [HERE, THERE]),
        (MonitoredRuns(job_names=("j",)), [HERE]),
        (MonitoredRuns(job_names=("k",)), []),
        (MonitoredRuns(selectors=(CodeLocationSelector("there"),)), [THERE]),
        (MonitoredRuns(selectors=(RepositorySelector("there"),)), [THERE]),
        (MonitoredRuns(selectors=(JobSelector("there", job_name="j"),)), [THERE]),
        (MonitoredRuns(selectors=(JobSelector("there", job_name="k"),)), []),
    ],
)
def test_which_runs_are_monitored(monitored, accepted):
    """By default those of the sensor's own code location."""
    assert [run for run in (HERE, THERE) if monitored.accepts(run, home="here")] == accepted


def test_a_batch_that_was_delivered_before_the_sensor_took_single_runs() -> None:
    """Each of its runs has the function called: none is left out."""
    seen = []

    @run_status_sensor(DagsterRunStatus.SUCCESS, name="s")
    def watcher(context):
        seen.append(context.dagster_run.run_id)

    event = DagsterEvent(DagsterEventType.RUN_SUCCESS.value, "j")
    streamed = StreamedEvent("here", "1-0", event.event_type_value, 1, {})
    happened = [Happened(streamed, DagsterRun("j", run_id), event) for run_id in ("a", "b")]
    instance = DagsterInstance.ephemeral()
    around = CallSurroundings(instance, logging.getLogger(), ContextResources({}, instance, ""))
    data = watcher.evaluate_events(happened, around)
    assert seen == ["a", "b"]
    assert [each.dagster_run.run_id for each in data.dagster_run_reactions] == ["a", "b"]
