"""Sensors about sensors: how they are defined, called directly, and called by workers."""

import logging

import pytest

from sensors_app import (
    CheckError,
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
    DagsterRunReaction,
    ParameterCheckError,
    RetryPolicy,
    RunRequest,
    SensorFailureContext,
    SensorResult,
    SensorSelector,
    SkipReason,
    build_sensor_context,
    build_sensor_failure_context,
    job,
    sensor,
    sensor_failure_sensor,
)
from sensors_app.definitions.context_resources import ContextResources
from sensors_app.definitions.event_sensor import CallSurroundings, Happened
from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.events import DagsterEvent, EventSpecificData, StreamedEvent
from sensors_app.model.watched_sensors import SENSOR_FAILURE, SENSOR_LATE, WatchedSensors

ERROR = SerializableErrorInfo("ValueError: boom\nsecond line\n", ("frame\n",), "ValueError")


@job
def target():
    pass


@sensor(job=target)
def polled():
    pass


def failed(name="polled", failures=2, timeouts=0):
    """Return what a worker has of a failure."""
    fields = {"sensor": name, "failures": str(failures), "timeouts": str(timeouts), "tick": "17"}
    event = DagsterEvent(SENSOR_FAILURE, "", None, "boom", EventSpecificData(error=ERROR))
    return Happened(StreamedEvent("here", "1-0", SENSOR_FAILURE, 1, fields), event=event)


def late():
    """Return what a worker has of a sensor that is late."""
    fields = {"sensor": "polled", "intervals": "3", "since": "1"}
    event = DagsterEvent(SENSOR_LATE, "", None, "late")
    return Happened(StreamedEvent("here", "1-0", SENSOR_LATE, 1, fields), event=event)


AROUND = CallSurroundings(
    instance="instance",  # type: ignore[arg-type]
    log=logging.getLogger("test"),
    resources=ContextResources({"pager": "the pager"}, None, ""),
    repository_def="definitions",
)


def called(happened, **arguments):
    """Return the context that a sensor is called with by a worker."""
    seen = []

    @sensor_failure_sensor("watcher", **arguments)
    def watcher(context):
        seen.append(context)

    data = watcher.evaluate_events(happened, AROUND)
    assert data.dagster_run_reactions == [DagsterRunReaction(None)]
    return seen[0]


def made_of(made):
    return made.rules.kinds, made.rules.sensors


class TestRules:
    def test_bare_it_watches_its_own_code_location(self):
        """Every failure that is the first in a row."""

        @sensor_failure_sensor
        def watcher():
            pass

        assert made_of(watcher) == ((SENSOR_FAILURE,), WatchedSensors("watcher"))

    def test_say_what_the_arguments_say(self):
        """Sensors by their names, and selectors as they are."""
        elsewhere = SensorSelector("there", "other")
        made = sensor_failure_sensor(
            "watcher",
            monitored_sensors=[polled, elsewhere],
            failures_in_a_row=3,
            timeouts_only=True,
            late_intervals=5,
            batch_size=7,
            retry_policy=RetryPolicy(max_retries=1, delay=2),
        )(lambda: None)
        assert made.rules.kinds == (SENSOR_FAILURE, SENSOR_LATE)
        assert (made.rules.batch_size, made.rules.retry_delays_ms) == (7, (2000,))
        assert made.rules.sensors == WatchedSensors(
            "watcher",
            names=("polled",),
            selectors=(elsewhere,),
            failures_in_a_row=3,
            timeouts_only=True,
            late_intervals=5,
        )

    def test_everywhere(self):
        """All code locations, or some sensors: not both."""
        made = sensor_failure_sensor("watcher", monitor_all_code_locations=True)(lambda: None)
        assert made.rules.sensors == WatchedSensors("watcher", everywhere=True)
        with pytest.raises(DagsterInvalidDefinitionError, match="Cannot specify both"):
            sensor_failure_sensor(
                "watcher", monitored_sensors=[polled], monitor_all_code_locations=True
            )(lambda: None)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"failures_in_a_row": 0}, "failures_in_a_row must be from 1 to 100. Got 0."),
            ({"failures_in_a_row": 101}, "failures_in_a_row must be from 1 to 100. Got 101."),
            ({"late_intervals": 1}, "late_intervals must be from 2 to 1000. Got 1."),
            ({"late_intervals": 2.5}, '"late_intervals" is not a int'),
            ({"timeouts_only": 1}, '"timeouts_only" is not a bool'),
            ({"batch_size": 0}, "batch_size must be 1 or more. Got 0."),
            ({"monitored_sensors": [target]}, 'Member of "monitored_sensors" mismatches type'),
            ({"monitored_sensors": polled}, 'Param "monitored_sensors" is not a Sequence'),
        ],
    )
    def test_wrong_arguments(self, arguments, message):
        """The message names the argument."""
        with pytest.raises(CheckError, match=message):
            sensor_failure_sensor("watcher", **arguments)(lambda: None)


class TestTheContextOfACall:
    def test_for_a_failure(self):
        """Which sensor, how often, why, and in which tick."""
        context = called([failed()])
        assert context.sensor_name == "watcher"
        assert (context.failed_sensor.location, context.failed_sensor.name) == ("here", "polled")
        assert (context.failures, context.error, context.tick_id) == (2, ERROR, "17")
        assert (context.is_timeout, context.is_late, context.late_intervals) == (False, False, None)
        assert context.message == (
            "Sensor here/polled failed 2 times in a row: ValueError: boom second line"
        )

    def test_for_a_timeout(self):
        """The message counts those alone that took too long."""
        context = called([failed(failures=5, timeouts=1)])
        assert context.is_timeout
        assert context.message.startswith("Sensor here/polled took too long: ")

    def test_for_a_sensor_that_is_late(self):
        """There is no error and no tick."""
        context = called([late()])
        assert (context.is_late, context.late_intervals, context.is_timeout) == (True, 3, False)
        assert (context.failures, context.error, context.tick_id) == (0, None, None)
        assert context.message == "Sensor here/polled has had no tick for 3 of its intervals."

    def test_has_what_every_context_has(self):
        """Instance, resources, definitions, log."""
        context = called([failed()])
        assert (context.instance, context.repository_def) == ("instance", "definitions")
        assert context.resources.pager == "the pager"
        assert context.log is AROUND.log

    def test_of_a_batch_is_a_list(self):
        """One for each event."""
        contexts = called([failed("a"), failed("b"), late()], batch_size=5)
        assert [each.failed_sensor.name for each in contexts] == ["a", "b", "polled"]


class TestResults:
    def data(self, returned):
        made = sensor_failure_sensor("watcher", request_job=target)(lambda: returned)
        return made.evaluate_events([failed()], AROUND)

    def test_runs_may_be_requested(self):
        """Tagged with the sensor."""
        (request,) = self.data(RunRequest(run_key="k")).run_requests
        assert (request.run_key, request.tags) == ("k", {"dagster/sensor_name": "watcher"})

    def test_it_may_skip(self):
        """With a reason, and without having acted."""
        data = self.data(SkipReason("known"))
        assert (data.skip_message, data.dagster_run_reactions) == ("known", [])

    def test_a_cursor_is_not_its(self):
        """It has no position."""
        with pytest.raises(
            DagsterInvariantViolationError, match="in sensor failure sensor watcher"
        ):
            self.data(SensorResult(cursor="c"))

    def test_what_the_function_raises_comes_out(self):
        """Workers try it again."""

        @sensor_failure_sensor
        def watcher():
            raise KeyError("x")

        with pytest.raises(KeyError):
            watcher.evaluate_events([failed()], AROUND)


class TestDirectCalls:
    def test_take_a_context_of_ones_own(self):
        """For tests."""

        @sensor_failure_sensor
        def watcher(context: SensorFailureContext):
            return SkipReason(f"{context.resources.pager}: {context.message}")

        resources = {"pager": "me"}
        context = build_sensor_failure_context("polled", ERROR, failures=3, resources=resources)
        assert watcher(context) == SkipReason(
            "me: Sensor location/polled failed 3 times in a row: ValueError: boom second line"
        )

    def test_of_a_late_sensor_and_of_a_timeout(self):
        """The builder says which."""
        context = build_sensor_failure_context("polled", late_intervals=4)
        assert (context.is_late, context.failures) == (True, 0)
        context = build_sensor_failure_context("polled", is_timeout=True, failures=2)
        assert context.message == "Sensor location/polled took too long 2 times in a row."

    def test_need_a_context(self):
        """None can be made up."""
        watcher = sensor_failure_sensor("watcher")(lambda context: None)
        with pytest.raises(DagsterInvalidInvocationError, match="build_sensor_failure_context"):
            watcher()
        with pytest.raises(CheckError, match="is not a SensorFailureContext"):
            watcher(build_sensor_context())

    def test_of_a_batch_take_a_list(self):
        """As workers give one."""
        watcher = sensor_failure_sensor("watcher", batch_size=2)(len)
        assert watcher([build_sensor_failure_context("polled")]) == 1
        with pytest.raises(CheckError, match="call it with a list of contexts"):
            watcher(build_sensor_failure_context("polled"))

    def test_it_is_never_polled(self):
        """There is nothing to find."""
        watcher = sensor_failure_sensor("watcher")(lambda: None)
        with pytest.raises(DagsterInvalidInvocationError, match="is called for events"):
            watcher.evaluate_tick(build_sensor_context())

    def test_a_context_takes_texts_and_numbers(self):
        """Anything else is named."""
        with pytest.raises(ParameterCheckError, match='"failures" is not a int'):
            build_sensor_failure_context("polled", failures="3")
