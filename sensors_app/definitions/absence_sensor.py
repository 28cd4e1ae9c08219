"""Absence sensors: functions that are called when no run has come about for some time."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, cast

from sensors_app.definitions.event_sensor import (
    CallSurroundings,
    EventSensorDefinition,
    Happened,
    retry_delays_ms,
)
from sensors_app.definitions.join_context import AbsenceContext
from sensors_app.definitions.join_sensor import window_ms
from sensors_app.definitions.monitoring import EVENT_OF_STATUS, Monitored, monitored_runs
from sensors_app.definitions.outcome import results_of
from sensors_app.definitions.sensor_types import Returned, S
from sensors_app.definitions.target import TargetJob
from sensors_app.execution.retry import RetryPolicy
from sensors_app.model import checks
from sensors_app.model.reactions import ReactionRules
from sensors_app.model.requests import DagsterRunReaction, SensorExecutionData
from sensors_app.model.runs import DagsterRunStatus
from sensors_app.model.sensors import DefaultSensorStatus


class AbsenceSensorDefinition(EventSensorDefinition[Returned]):
    """A function that is called when no run has reached a status for some time.

    Made with :func:`absence_sensor`, which documents the arguments.
    """

    context_builder = AbsenceContext.builder
    words = "absence sensor"
    context_class = AbsenceContext

    def __init__(
        self,
        name: str,
        within_seconds: float,
        absence_sensor_fn: Callable[..., Any],
        monitored_jobs: Sequence[Monitored] | None = None,
        run_status: DagsterRunStatus = DagsterRunStatus.SUCCESS,
        description: str | None = None,
        default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
        request_job: TargetJob | None = None,
        request_jobs: Sequence[TargetJob] | None = None,
        *,
        tags: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        timeout_seconds: float | None = None,
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        super().__init__(
            name=name,
            evaluation_fn=absence_sensor_fn,
            description=description,
            job=request_job,
            jobs=request_jobs,
            default_status=default_status,
            tags=tags,
            metadata=metadata,
            timeout_seconds=timeout_seconds,
        )
        status = checks.instance_of("run_status", run_status, DagsterRunStatus)
        self._rules = ReactionRules(
            kinds=(EVENT_OF_STATUS[status].value,),
            runs=monitored_runs(monitored_jobs),
            retry_delays_ms=retry_delays_ms(retry_policy),
            absent_after_ms=window_ms(within_seconds),
        )

    @property
    def rules(self) -> ReactionRules:
        """Which events it is called for, and how."""
        return self._rules

    def evaluate_events(
        self, happened: Sequence[Happened], around: CallSurroundings
    ) -> SensorExecutionData:
        """Call the function for the absence of runs, and return what that comes to."""
        absence, *last = happened
        context = AbsenceContext(
            self.name,
            int(absence.streamed.fields["since"]) / 1000,
            around.instance,
            last_run=last[0].run if last else None,
            logger=around.log,
            repository_def=around.repository_def,
            resources=around.resources,
        )
        return self.evaluate_absence(context)

    def evaluate_absence(self, context: AbsenceContext) -> SensorExecutionData:
        """Call the function, and return what that comes to. What it raises comes out as it is.

        Raises:
            CheckError: There are results that do not go together, or one of the wrong kind.
            DagsterInvariantViolationError: The function wants to set a cursor.
            Exception: The function returned no result of a sensor, or requested a run of a job
                that is not the sensor's.
        """
        own = cast("AbsenceContext", self._checked_context(context))
        returned = self._function.evaluate(own, lambda: own.resources)
        if returned is None:
            # It acted, though on no run.
            return SensorExecutionData([], None, None, [DagsterRunReaction(None)])
        return self._data(results_of(self.name, returned))


class AbsenceDecorator(Protocol):
    """Makes an absence sensor of a function."""

    def __call__(self, function: Callable[..., S], /) -> AbsenceSensorDefinition[S]:
        """Return the sensor."""


def absence_sensor(
    within_seconds: float,
    monitored_jobs: Sequence[Monitored] | None = None,
    run_status: DagsterRunStatus = DagsterRunStatus.SUCCESS,
    name: str | None = None,
    description: str | None = None,
    default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
    request_job: TargetJob | None = None,
    request_jobs: Sequence[TargetJob] | None = None,
    *,
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    timeout_seconds: float | None = None,
    retry_policy: RetryPolicy | None = None,
) -> AbsenceDecorator:
    """Make a sensor that is called when no run of some jobs has reached a status for so long.

    The time counts from the last such run, or from the start of the sensor. It is called once; the
    next such run has it wait anew.

    Args:
        within_seconds: For how long.
        monitored_jobs: Jobs, or selectors of jobs of other code locations; None for every job of
            its own code location. A run of any of them will do.
        run_status: The status.
        name: Its name; by default the function's.
        description: For people.
        default_status: Whether it runs while no operator has started or stopped it.
        request_job: The job that it may request runs of.
        request_jobs: The jobs, if there are several.
        tags: Text by name.
        metadata: More about it, by name.
        timeout_seconds: How long one call may take, in seconds; None means 60.
        retry_policy: How a call that raises is tried again; None for after 1, 3, 7, 15 and 31
            seconds. Then it is kept as a dead letter.

    Raises:
        KeyError: No event brings the status about.
        CheckError: An argument has the wrong type.
    """

    def decorate(function: Callable[..., S]) -> AbsenceSensorDefinition[S]:
        checks.function("fn", function)
        return AbsenceSensorDefinition(
            function.__name__ if name is None else name,
            within_seconds,
            function,
            monitored_jobs,
            run_status,
            description,
            default_status,
            request_job,
            request_jobs,
            tags=tags,
            metadata=metadata,
            timeout_seconds=timeout_seconds,
            retry_policy=retry_policy,
        )

    return decorate
