"""Testing sensors: calling them directly, with a context of one's own."""

import logging

import pytest

from sensors_app import (
    CheckError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    RunRequest,
    SensorEvaluationContext,
    build_sensor_context,
    job,
    op,
    sensor,
    validate_run_config,
)


@op(config_schema={"filename": str})
def process_file(context):
    context.log.info(context.op_config["filename"])


@job
def log_file_job():
    process_file()


@sensor(job=log_file_job)
def plain():
    yield RunRequest("foo", {"ops": {"process_file": {"config": {"filename": "foo"}}}})


@sensor(job=log_file_job)
def with_context(my_context):
    return my_context.cursor


def test_the_run_requests_of_a_sensor_can_be_validated():
    """The example of the documentation."""
    for run_request in plain():
        assert validate_run_config(log_file_job, run_request.run_config)


def test_the_functions_value_comes_back_unchecked():
    """A cursor is no result of a sensor, but direct calls do not mind."""
    assert with_context(build_sensor_context(cursor="0")) == "0"


def test_the_first_parameter_is_the_context_whatever_its_name():
    """It can be passed by that name."""
    assert with_context(my_context=build_sensor_context(cursor="0")) == "0"


def test_none_makes_a_fresh_context():
    """For sensors whose context does not matter."""
    assert with_context(None) is None


def test_a_sensor_without_parameters_takes_a_context_all_the_same():
    """So one test can call sensors of either kind."""
    assert [request.run_key for request in plain(build_sensor_context())] == ["foo"]


@pytest.mark.parametrize(
    ("args", "kwargs", "problem"),
    [
        ((), {}, "expected context argument"),
        ((1, 2), {}, "multiple non-resource arguments"),
        ((), {"other": build_sensor_context()}, "expected argument 'my_context'"),
    ],
)
def test_wrong_arguments_are_named(args, kwargs, problem):
    """A context is needed, by its name or by position, and nothing else."""
    with pytest.raises(DagsterInvalidInvocationError, match=problem):
        with_context(*args, **kwargs)


def test_a_context_must_be_one():
    """Another object is refused."""
    with pytest.raises(CheckError, match="is not a SensorEvaluationContext"):
        with_context("0")


def test_what_a_context_was_not_given_it_does_not_have():
    """An instance and a name are only there if the test gave them."""
    context = build_sensor_context()
    with pytest.raises(DagsterInvariantViolationError, match="no instance reference"):
        _ = context.instance
    with pytest.raises(CheckError, match="Only valid when sensor name"):
        _ = context.sensor_name
    assert build_sensor_context(sensor_name="mine").sensor_name == "mine"
    with pytest.raises(CheckError, match="not a DagsterInstance"):
        build_sensor_context(instance="redis://")


def test_a_fresh_context_is_of_the_first_tick():
    """The class can also say that it is not."""
    assert build_sensor_context().is_first_tick_since_sensor_start
    later = SensorEvaluationContext(
        instance_ref=None, last_tick_completion_time=3.0, last_sensor_start_time=2.0
    )
    assert not later.is_first_tick_since_sensor_start
    restarted = SensorEvaluationContext(
        instance_ref=None, last_tick_completion_time=1.0, last_sensor_start_time=2.0
    )
    assert restarted.is_first_tick_since_sensor_start


def test_a_context_logs_to_stderr(capsys):
    """The logger is the same on each access."""
    context = build_sensor_context()
    context.log.info("found %s files", 3)
    assert isinstance(context.log, logging.Logger)
    assert context.log is context.log
    assert "INFO - found 3 files" in capsys.readouterr().err


def test_a_context_can_be_entered():
    """As one with resources must be."""
    with build_sensor_context(cursor="0") as context:
        assert context.cursor == "0"
