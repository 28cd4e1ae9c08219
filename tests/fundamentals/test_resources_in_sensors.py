"""Resources in sensors: given to the context, and ended with it."""

import pytest

from sensors_app import (
    DagsterInstance,
    DagsterInvariantViolationError,
    DagsterRunStatus,
    DagsterUnknownResourceError,
    SkipReason,
    build_resources,
    build_run_status_sensor_context,
    build_sensor_context,
    job,
    op,
    resource,
    run_status_sensor,
    sensor,
)


@resource
def credentials():
    return "secret"


@resource(required_resource_keys={"credentials"})
def connection(init_context):
    return f"connection with {init_context.resources.credentials}"


@pytest.fixture
def log():
    return []


@pytest.fixture
def session(log):
    @resource
    def noted():
        log.append("begun")
        yield "session"
        log.append("ended")

    return noted


@sensor(required_resource_keys={"connection"})
def reads(context):
    return SkipReason(context.resources.connection)


def test_build_resources_inside_of_a_sensor():
    """As the documentation does it."""

    @sensor()
    def uses():
        with build_resources({"connection": connection, "credentials": credentials}) as resources:
            return SkipReason(resources.connection)

    assert uses().skip_message == "connection with secret"


def test_a_context_is_given_resources():
    """Definitions, which may require one another, or values."""
    context = build_sensor_context(resources={"connection": connection, "credentials": credentials})
    assert reads.evaluate_tick(context).skip_message == "connection with secret"
    context = build_sensor_context(resources={"connection": "value"})
    assert reads.evaluate_tick(context).skip_message == "value"
    assert reads.required_resource_keys == {"connection"}


def test_an_unknown_resource():
    """Is an AttributeError too."""
    with pytest.raises(DagsterUnknownResourceError, match="connection"):
        reads.evaluate_tick(build_sensor_context())


def test_a_resource_that_has_to_be_ended_needs_with(session, log):
    """It is made when it is first read, and ended with the context."""
    context = build_sensor_context(resources={"connection": session})
    with pytest.raises(DagsterInvariantViolationError, match="with build_sensor_context"):
        _ = context.resources
    with context:
        assert log == []
        assert reads.evaluate_tick(context).skip_message == "session"
        assert reads.evaluate_tick(context).skip_message == "session"
        assert log == ["begun"]
    assert log == ["begun", "ended"]


def test_run_status_sensors_read_resources(session, log):
    """Directly and when evaluated; each context ends what it made."""

    @op
    def works():
        pass

    @job
    def small():
        works()

    @run_status_sensor(run_status=DagsterRunStatus.SUCCESS)
    def tells(context):
        return SkipReason(context.resources.channel)

    instance = DagsterInstance.ephemeral()
    first = tells.evaluate_tick(build_sensor_context(instance=instance))
    result = small.execute_in_process(instance=instance)
    with build_sensor_context(
        instance=instance, cursor=first.cursor, resources={"channel": session}
    ) as context:
        assert tells.evaluate_tick(context).skip_message == "session"
    assert log == ["begun", "ended"]
    direct = build_run_status_sensor_context(
        sensor_name="tells",
        dagster_instance=instance,
        dagster_run=result.dagster_run,
        dagster_event=result.get_run_success_event(),
        resources={"channel": "#alerts"},
    )
    assert tells(direct).skip_message == "#alerts"
