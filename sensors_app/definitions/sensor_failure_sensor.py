"""Sensors about sensors: functions that are called for sensors that fail, or are late."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, overload

from sensors_app.definitions.event_sensor import (
    CallSurroundings,
    EventSensorDefinition,
    Happened,
    retry_delays_ms,
    valid_batch_size,
)
from sensors_app.definitions.outcome import results_of
from sensors_app.definitions.sensor import SensorDefinition
from sensors_app.definitions.sensor_failure_context import CONTEXT_BUILDER, SensorFailureContext
from sensors_app.definitions.sensor_types import Returned, S
from sensors_app.definitions.target import TargetJob
from sensors_app.errors import CheckError, DagsterInvalidDefinitionError
from sensors_app.execution.retry import RetryPolicy
from sensors_app.model import checks
from sensors_app.model.reactions import ReactionRules
from sensors_app.model.requests import DagsterRunReaction, SensorExecutionData
from sensors_app.model.sensors import DefaultSensorStatus
from sensors_app.model.watched_sensors import (
    MOST_IN_A_ROW,
    MOST_INTERVALS,
    SENSOR_FAILURE,
    SENSOR_LATE,
    FailedSensor,
    SensorSelector,
    WatchedSensors,
)

MonitoredSensor = SensorDefinition[Any] | SensorSelector


class SensorFailureSensorDefinition(EventSensorDefinition[Returned]):
    """A function that is called for sensors that fail, time out, or are late.

    Made with :func:`sensor_failure_sensor`, which says more of the arguments. Calling it calls the
    function with a context of one's own.

    Args:
        name: Its name.
        sensor_failure_fn: The function. Its parameter, if it has one, gets a
            :class:`SensorFailureContext`.
        monitored_sensors: Sensors of its own code location, or selectors of others; None for every
            sensor of its own code location.
        monitor_all_code_locations: Whether it is called for every sensor there is.
        failures_in_a_row: When as many have failed one after the other it is called.
        timeouts_only: Whether only those count that took too long.
        late_intervals: For how many of its intervals a sensor has no tick when it is late.
        description: For people.
        default_status: Whether it runs while no operator has started or stopped it.
        request_job: The job that it may request runs of.
        request_jobs: The jobs, if there are several.
        tags: Text by name.
        metadata: More about it, by name.
        timeout_seconds: How long one call may take, in seconds; None means 60.
        batch_size: For how many events one call may be.
        retry_policy: How a call that raises is tried again.

    Raises:
        DagsterInvalidDefinitionError: Both everything and some sensors are to be monitored.
        CheckError: An argument has the wrong type, or a number is out of bounds.
    """

    words = "sensor failure sensor"
    context_builder = CONTEXT_BUILDER
    context_class = SensorFailureContext

    def __init__(
        self,
        name: str,
        sensor_failure_fn: Callable[..., Any],
        monitored_sensors: Sequence[MonitoredSensor] | None = None,
        monitor_all_code_locations: bool = False,
        failures_in_a_row: int = 1,
        timeouts_only: bool = False,
        late_intervals: int | None = None,
        description: str | None = None,
        default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
        request_job: TargetJob | None = None,
        request_jobs: Sequence[TargetJob] | None = None,
        *,
        tags: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        timeout_seconds: float | None = None,
        batch_size: int = 1,
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        super().__init__(
            name=name,
            evaluation_fn=sensor_failure_fn,
            description=description,
            job=request_job,
            jobs=request_jobs,
            default_status=default_status,
            tags=tags,
            metadata=metadata,
            timeout_seconds=timeout_seconds,
        )
        given: list[MonitoredSensor] = checks.members(
            "monitored_sensors", monitored_sensors, (SensorDefinition, SensorSelector)
        )
        if monitor_all_code_locations and given:
            raise DagsterInvalidDefinitionError(
                "Cannot specify both monitor_all_code_locations and monitored_sensors."
            )
        if late_intervals is not None:
            _within("late_intervals", late_intervals, 2, MOST_INTERVALS)
        self._rules = ReactionRules(
            kinds=(SENSOR_FAILURE,) if late_intervals is None else (SENSOR_FAILURE, SENSOR_LATE),
            batch_size=valid_batch_size(batch_size),
            retry_delays_ms=retry_delays_ms(retry_policy),
            sensors=WatchedSensors(
                own=self.name,
                everywhere=monitor_all_code_locations,
                names=tuple(sorted(x.name for x in given if isinstance(x, SensorDefinition))),
                selectors=tuple(each for each in given if isinstance(each, SensorSelector)),
                failures_in_a_row=_within("failures_in_a_row", failures_in_a_row, 1, MOST_IN_A_ROW),
                timeouts_only=checks.instance_of("timeouts_only", timeouts_only, bool),
                late_intervals=late_intervals,
            ),
        )

    @property
    def rules(self) -> ReactionRules:
        """Which events it is called for, and how."""
        return self._rules

    def evaluate_events(
        self, happened: Sequence[Happened], around: CallSurroundings
    ) -> SensorExecutionData:
        """Call the function for these events, and return what that comes to."""
        contexts = [self._context(each, around) for each in happened]
        given = self._checked_context(contexts if self._rules.batch_size > 1 else contexts[0])
        returned = self._function.evaluate(given, lambda: contexts[0].resources)
        if returned is None:
            # It has done something itself: that is no skip.
            return SensorExecutionData([], None, None, [DagsterRunReaction(None)])
        return self._data(results_of(self.name, returned))

    def _context(self, happened: Happened, around: CallSurroundings) -> SensorFailureContext:
        event, fields = happened.streamed, happened.streamed.fields
        told = None if happened.event is None else happened.event.event_specific_data
        return SensorFailureContext(
            self.name,
            FailedSensor(event.location, fields["sensor"]),
            around.instance,
            failures=int(fields.get("failures", 0)),
            error=None if told is None else told.error,
            timeouts=int(fields.get("timeouts", 0)),
            tick_id=fields.get("tick"),
            late_intervals=int(fields["intervals"]) if event.kind == SENSOR_LATE else None,
            logger=around.log,
            repository_def=around.repository_def,
            resources=around.resources,
        )


class SensorFailureDecorator(Protocol):
    """Makes a sensor about sensors of a function."""

    def __call__(self, function: Callable[..., S], /) -> SensorFailureSensorDefinition[S]:
        """Return the sensor."""


@overload
def sensor_failure_sensor(name: Callable[..., S], /) -> SensorFailureSensorDefinition[S]: ...


@overload
def sensor_failure_sensor(
    name: str | None = None,
    monitored_sensors: Sequence[MonitoredSensor] | None = None,
    monitor_all_code_locations: bool = False,
    failures_in_a_row: int = 1,
    timeouts_only: bool = False,
    late_intervals: int | None = None,
    description: str | None = None,
    default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
    request_job: TargetJob | None = None,
    request_jobs: Sequence[TargetJob] | None = None,
    *,
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    timeout_seconds: float | None = None,
    batch_size: int = 1,
    retry_policy: RetryPolicy | None = None,
) -> SensorFailureDecorator: ...


def sensor_failure_sensor(
    name: str | Callable[..., Any] | None = None,
    monitored_sensors: Sequence[MonitoredSensor] | None = None,
    monitor_all_code_locations: bool = False,
    failures_in_a_row: int = 1,
    timeouts_only: bool = False,
    late_intervals: int | None = None,
    description: str | None = None,
    default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
    request_job: TargetJob | None = None,
    request_jobs: Sequence[TargetJob] | None = None,
    *,
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    timeout_seconds: float | None = None,
    batch_size: int = 1,
    retry_policy: RetryPolicy | None = None,
) -> SensorFailureSensorDefinition | SensorFailureDecorator:
    """Make a sensor that is called for sensors that fail, time out, or are late.

    It never watches itself. The failures of sensors about sensors are seen only by those that name
    them, and none is called for a failure that its own call has led to.

    Args:
        name: Its name; by default the function's.
        monitored_sensors: Sensors of its own code location, or selectors of others; None for every
            sensor of its own code location.
        monitor_all_code_locations: Whether it is called for every sensor there is.
        failures_in_a_row: When as many ticks, or calls for events, have failed one after the other
            it is called: once, until one goes well. At most 100.
        timeouts_only: Whether only those count that took too long.
        late_intervals: When a sensor that is on has had no tick for so many of its intervals, it is
            called, too: once, until the next tick. From 2 to 1000; an interval counts as a second
            at least. None: never.
        description: For people.
        default_status: Whether it runs while no operator has started or stopped it.
        request_job: The job that it may request runs of.
        request_jobs: The jobs, if there are several.
        tags: Text by name.
        metadata: More about it, by name.
        timeout_seconds: How long one call may take, in seconds; None means 60.
        batch_size: For how many events one call may be; from 2 on the function gets a list of
            contexts.
        retry_policy: How a call that raises is tried again; None for after 1, 3, 7, 15 and 31
            seconds. Then it is kept as a dead letter.

    Raises:
        DagsterInvalidDefinitionError: Both everything and some sensors are to be monitored.
        CheckError: An argument has the wrong type, or a number is out of bounds.
    """

    def decorate(function: Callable[..., S]) -> SensorFailureSensorDefinition[S]:
        checks.function("fn", function)
        return SensorFailureSensorDefinition(
            function.__name__ if name is None or callable(name) else name,
            function,
            monitored_sensors,
            monitor_all_code_locations,
            failures_in_a_row,
            timeouts_only,
            late_intervals,
            description,
            default_status,
            request_job,
            request_jobs,
            tags=tags,
            metadata=metadata,
            timeout_seconds=timeout_seconds,
            batch_size=batch_size,
            retry_policy=retry_policy,
        )

    return decorate(name) if callable(name) else decorate


def _within(name: str, number: int, least: int, most: int) -> int:
    if not least <= checks.instance_of(name, number, int) <= most:
        raise CheckError(f"{name} must be from {least} to {most}. Got {number}.")
    return number
