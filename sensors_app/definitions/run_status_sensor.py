"""Run-status sensors: functions that are called for runs that reach a status."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

from sensors_app.definitions.outcome import execution_data, results_of
from sensors_app.definitions.run_position import Position, RunEvent, run_events
from sensors_app.definitions.run_status_context import (
    RunFailureSensorContext,
    RunStatusSensorContext,
)
from sensors_app.definitions.sensor import SensorDefinition, context_of_kind
from sensors_app.definitions.sensor_context import SensorEvaluationContext
from sensors_app.definitions.sensor_types import Returned
from sensors_app.definitions.target import TargetJob
from sensors_app.errors import (
    DagsterInvalidDefinitionError,
    DagsterInvalidInvocationError,
    DagsterInvariantViolationError,
)
from sensors_app.model import checks
from sensors_app.model.errors import describe_exception, is_ours
from sensors_app.model.events import DagsterEventType
from sensors_app.model.requests import DagsterRunReaction, SensorExecutionData, SensorResult
from sensors_app.model.runs import PARTITION_TAG, DagsterRunStatus
from sensors_app.model.selectors import MonitoredRuns, RunSelector
from sensors_app.model.sensors import DefaultSensorStatus

# As many runs as Dagster takes in one evaluation. Workers have no such limit: events feed them.
RUNS_PER_TICK = 5
EVENT_OF_STATUS = {
    DagsterRunStatus.QUEUED: DagsterEventType.RUN_ENQUEUED,
    DagsterRunStatus.STARTING: DagsterEventType.RUN_STARTING,
    DagsterRunStatus.STARTED: DagsterEventType.RUN_START,
    DagsterRunStatus.SUCCESS: DagsterEventType.RUN_SUCCESS,
    DagsterRunStatus.FAILURE: DagsterEventType.RUN_FAILURE,
    DagsterRunStatus.CANCELING: DagsterEventType.RUN_CANCELING,
    DagsterRunStatus.CANCELED: DagsterEventType.RUN_CANCELED,
}
Monitored = TargetJob | RunSelector


class RunStatusSensorDefinition(SensorDefinition[Returned]):
    """A function that is called for each run that reaches a status.

    Made with ``run_status_sensor`` or ``run_failure_sensor``. Calling it calls the function with a
    context of one's own; workers call :meth:`evaluate_run` for each event; :meth:`evaluate_tick`
    looks for new events itself, as Dagster's does, for tests.

    Args:
        name: Its name.
        run_status: The status it waits for.
        run_status_sensor_fn: The function. Its parameter, if it has one, gets a
            :class:`RunStatusSensorContext`.
        minimum_interval_seconds: Kept for Dagster's sake: events feed it, it is not polled.
        description: For people.
        monitored_jobs: Jobs, or selectors of jobs of other code locations; None for every job of
            its own code location.
        monitor_all_code_locations: Whether it is called for every run there is.
        default_status: Whether it runs while no operator has started or stopped it.
        request_job: The job that it may request runs of.
        request_jobs: The jobs, if there are several.
        tags: Text by name.
        metadata: More about it, by name.
        timeout_seconds: How long one call may take, in seconds; None means 60.
        for_failure: Whether the function gets a :class:`RunFailureSensorContext`.

    Raises:
        KeyError: No event brings the status about.
        DagsterInvalidDefinitionError: Both everything and some jobs are to be monitored.
        CheckError: An argument has the wrong type.
    """

    context_builder = "build_run_status_sensor_context(...)"

    def __init__(
        self,
        name: str,
        run_status: DagsterRunStatus,
        run_status_sensor_fn: Callable[..., Any],
        minimum_interval_seconds: float | None = None,
        description: str | None = None,
        monitored_jobs: Sequence[Monitored] | None = None,
        monitor_all_code_locations: bool = False,
        default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
        request_job: TargetJob | None = None,
        request_jobs: Sequence[TargetJob] | None = None,
        *,
        tags: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        timeout_seconds: float | None = None,
        for_failure: bool = False,
    ) -> None:
        checks.instance_of("run_status", run_status, DagsterRunStatus)
        super().__init__(
            name=name,
            evaluation_fn=run_status_sensor_fn,
            minimum_interval_seconds=minimum_interval_seconds,
            description=description,
            job=request_job,
            jobs=request_jobs,
            default_status=default_status,
            tags=tags,
            metadata=metadata,
            timeout_seconds=timeout_seconds,
        )
        self._event_type = EVENT_OF_STATUS[run_status]
        self._run_status = run_status
        self._monitored = _monitored(monitored_jobs, monitor_all_code_locations)
        self._for_failure = for_failure

    @property
    def run_status(self) -> DagsterRunStatus:
        """The status it waits for."""
        return self._run_status

    @property
    def event_type(self) -> DagsterEventType:
        """The event that brings the status about."""
        return self._event_type

    @property
    def monitored(self) -> MonitoredRuns:
        """The runs that it is called for."""
        return self._monitored

    def evaluate_run(self, context: RunStatusSensorContext) -> SensorExecutionData:
        """Call the function for one run and return what that comes to.

        A function that returns nothing leaves a reaction. What it raises comes out as it is.

        Raises:
            CheckError: There are results that do not go together, or one of the wrong kind.
            DagsterInvariantViolationError: The function wants to set a cursor.
            Exception: The function returned no result of a sensor, or requested a run of a job
                that is not the sensor's.
        """
        own = self._checked_context(context)
        returned = self._function.evaluate(own, lambda: own.resources)
        if returned is None:
            reaction = DagsterRunReaction(context.dagster_run, None, self._run_status)
            return SensorExecutionData([], None, None, [reaction])
        return self._data(results_of(self.name, returned), None)

    def evaluate_tick(self, context: SensorEvaluationContext) -> SensorExecutionData:
        """Look for new events, as Dagster does, and call the function for at most five.

        The first evaluation only takes up its position. The function is called for the oldest event
        first, until it returns something; what it raises becomes part of a reaction.

        Raises:
            ParameterCheckError: ``context`` is none.
            DagsterInvariantViolationError: It has no instance, or the function wants to set a
                cursor.
            CheckError: There are results that do not go together, or one of the wrong kind.
            Exception: The function requested a run of a job that is not the sensor's.
        """
        checks.instance_of("context", context, SensorEvaluationContext)
        events = run_events(context.instance, self._event_type)
        position = Position.from_text(context.cursor)
        if position is None:
            position = Position()
            for each in events:
                position = position.after(each)
            cursor = position.to_text()
            message = f"Initiating {self.name}. Set cursor to {cursor}"
            return SensorExecutionData([], message, cursor)
        reactions: list[DagsterRunReaction] = []
        for each in filter(position.is_before, events):
            if len(reactions) == RUNS_PER_TICK:
                break
            position = position.after(each)
            if not self._monitored.accepts(each.run, home=each.run.location):
                continue
            reaction, results = self._called(each, context)
            if reaction is None:
                return self._data(results, position.to_text())
            reactions.append(reaction)
        if not reactions:
            return self._data([], position.to_text())
        return SensorExecutionData([], None, position.to_text(), reactions)

    def _called(
        self, each: RunEvent, context: SensorEvaluationContext
    ) -> tuple[DagsterRunReaction | None, list[Any]]:
        """Call the function; return its reaction, or what it said instead."""
        own = RunStatusSensorContext(
            self.name,
            each.run,
            each.event,
            context.instance,
            logger=context.log,
            partition_key=each.run.tags.get(PARTITION_TAG),
            repository_def=context.repository_def,
            resources=context.context_resources,
        )
        try:
            checked = self._checked_context(own)
            returned = self._function.evaluate(checked, lambda: context.resources)
            results = results_of(self.name, returned)
        except Exception as error:  # noqa: BLE001 -- what it raises is part of the reaction
            info = describe_exception(error, keep_frame=lambda name: not is_ours(name))
            return DagsterRunReaction(each.run, info, self._run_status), []
        if returned is None:
            return DagsterRunReaction(each.run, None, self._run_status), []
        return None, results

    def _data(self, results: list[Any], cursor: str | None) -> SensorExecutionData:
        for each in results:
            if isinstance(each, SensorResult) and each.cursor is not None:
                raise DagsterInvariantViolationError(
                    f"Error in run status sensor {self.name}: Sensor returned a SensorResult with "
                    "a cursor value. The cursor is managed by the sensor and should not be "
                    "modified by a user."
                )
        return execution_data(self.name, self.job_names, results, cursor)

    def _checked_context(self, given: Any) -> Any:
        if given is None and self._function.has_context:
            raise DagsterInvalidInvocationError(
                "A run status sensor cannot make a context of its own. "
                f"Pass one: {self.context_builder}."
            )
        if given is None:
            return None
        context = context_of_kind(given, RunStatusSensorContext)
        if self._for_failure and not isinstance(context, RunFailureSensorContext):
            return context.for_run_failure()
        return context


def _monitored(jobs: Sequence[Monitored] | None, everywhere: bool) -> MonitoredRuns:
    given: list[Monitored] = checks.members("monitored_jobs", jobs, get_args(Monitored))
    if everywhere and given:
        raise DagsterInvalidDefinitionError(
            "Cannot specify both monitor_all_code_locations and monitored_jobs."
        )
    return MonitoredRuns(
        everywhere=everywhere,
        job_names=frozenset(each.name for each in given if isinstance(each, TargetJob)),
        selectors=tuple(each for each in given if not isinstance(each, TargetJob)),
    )
