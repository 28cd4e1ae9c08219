"""Testing run-status sensors: calling them directly, with a context made from a run."""

import pytest

from sensors_app import (
    CheckError,
    DagsterInstance,
    DagsterInvalidInvocationError,
    DagsterRunStatus,
    RunFailureSensorContext,
    build_run_status_sensor_context,
    build_sensor_context,
    job,
    op,
    run_failure_sensor,
    run_status_sensor,
)


@op
def succeeds():
    return 1


@op
def fails():
    raise Exception("failure!")


@job
def my_job_succeeds():
    succeeds()


@job
def my_job_fails():
    fails()


@run_status_sensor(run_status=DagsterRunStatus.SUCCESS)
def my_email_sensor(context):
    return f'Job "{context.dagster_run.job_name}" succeeded.'


@run_failure_sensor
def my_email_failure_sensor(context):
    return f'Job "{context.dagster_run.job_name}" failed. Error: {context.failure_event.message}'


@pytest.fixture(scope="module")
def instance():
    return DagsterInstance.ephemeral()


@pytest.fixture(scope="module")
def failed(instance):
    """The context of a failed run."""
    result = my_job_fails.execute_in_process(instance=instance, raise_on_error=False)
    return build_run_status_sensor_context(
        sensor_name="my_email_failure_sensor",
        dagster_instance=instance,
        dagster_run=result.dagster_run,
        dagster_event=result.get_job_failure_event(),
    )


def test_the_example_for_success(instance):
    """Of the documentation."""
    result = my_job_succeeds.execute_in_process(instance=instance)
    context = build_run_status_sensor_context(
        sensor_name="my_email_sensor",
        dagster_instance=instance,
        dagster_run=result.dagster_run,
        dagster_event=result.get_job_success_event(),
    )
    assert my_email_sensor(context) == 'Job "my_job_succeeds" succeeded.'


def test_the_example_for_failure(failed):
    """Of the documentation."""
    assert my_email_failure_sensor(failed.for_run_failure()) == (
        'Job "my_job_fails" failed. Error: Execution of run for "my_job_fails" failed. '
        "Steps failed: ['fails']."
    )


def test_a_failure_sensor_converts_the_plain_context(failed):
    """``for_run_failure`` may be left out."""
    assert "Steps failed: ['fails']" in my_email_failure_sensor(failed)
    assert isinstance(failed.for_run_failure(), RunFailureSensorContext)


def test_the_plain_context_has_no_failure_event(failed):
    """Its event may be any."""
    with pytest.raises(AttributeError):
        _ = failed.failure_event


def test_a_function_without_parameters_needs_no_context():
    """Neither for a status nor for a failure."""
    assert run_status_sensor(DagsterRunStatus.SUCCESS, name="a")(lambda: 7)() == 7
    assert run_failure_sensor(name="b")(lambda: 8)() == 8


def test_wrong_contexts_are_refused(failed):
    """A missing one, one of another kind, or two."""
    with pytest.raises(DagsterInvalidInvocationError, match="build_run_status_sensor_context"):
        my_email_sensor()
    with pytest.raises(DagsterInvalidInvocationError, match="build_run_status_sensor_context"):
        my_email_sensor(None)
    with pytest.raises(CheckError, match="is not a RunStatusSensorContext"):
        my_email_sensor(build_sensor_context())
    with pytest.raises(DagsterInvalidInvocationError, match="multiple"):
        my_email_sensor(failed, failed)


def test_a_context_is_made_of_a_run_an_event_and_an_instance(failed, instance):
    """Anything else is refused."""
    good = {
        "sensor_name": "s",
        "dagster_instance": instance,
        "dagster_run": failed.dagster_run,
        "dagster_event": failed.dagster_event,
    }
    assert build_run_status_sensor_context(**good, partition_key="p").partition_key == "p"
    for wrong in good:
        with pytest.raises(CheckError):
            build_run_status_sensor_context(**{**good, wrong: 3})


def test_a_context_logs_to_stderr_and_can_be_entered(failed, capsys):
    """As that of a sensor."""
    with failed as context:
        context.log.info("hello")
    assert "INFO - hello" in capsys.readouterr().err
