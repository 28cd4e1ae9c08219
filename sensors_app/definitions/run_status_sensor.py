"""Run-status sensors: functions that are called for runs that reach a status."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sensors_app.definitions.event_sensor import (
    CallSurroundings,
    EventSensorDefinition,
    Happened,
    retry_delays_ms,
    valid_batch_size,
)
from sensors_app.definitions.monitoring import (
    EVENT_OF_STATUS,
    Monitored,
    monitored_runs,
    run_statuses,
)
from sensors_app.definitions.outcome import results_of
from sensors_app.definitions.run_position import Position, RunEvent, run_events
from sensors_app.definitions.run_status_context import (
    RunFailureSensorContext,
    RunStatusSensorContext,
)
from sensors_app.definitions.sensor_context import SensorEvaluationContext
from sensors_app.definitions.sensor_types import Returned
from sensors_app.definitions.target import TargetJob
from sensors_app.execution.retry import RetryPolicy
from sensors_app.model import checks
from sensors_app.model.errors import SerializableErrorInfo, describe_exception, is_ours
from sensors_app.model.events import DagsterEvent, DagsterEventType
from sensors_app.model.reactions import ReactionRules
from sensors_app.model.requests import DagsterRunReaction, SensorExecutionData
from sensors_app.model.runs import PARTITION_TAG, DagsterRun, DagsterRunStatus
from sensors_app.model.selectors import MonitoredRuns
from sensors_app.model.sensors import DefaultSensorStatus

# As many runs as Dagster takes in one evaluation. Workers have no such limit: events feed them.
RUNS_PER_TICK = 5


class RunStatusSensorDefinition(EventSensorDefinition[Returned]):
    """A function that is called for each run that reaches a status.

    Made with ``run_status_sensor`` or ``run_failure_sensor``. Calling it calls the function with a
    context of one's own; workers call :meth:`evaluate_events` for each event, at once;
    :meth:`evaluate_tick` looks for new events itself, as Dagster's does, for tests.

    Args:
        name: Its name.
        run_status: The status it waits for, or several.
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
        batch_size: For how many runs one call may be. From 2 on, the function gets a list of
            contexts: those of the events that waited for a worker, at least one.
        retry_policy: How a call that raises is tried again; None for after 1, 3, 7, 15 and 31
            seconds. Then it is kept as a dead letter.
        for_failure: Whether the function gets a :class:`RunFailureSensorContext`.

    Raises:
        KeyError: No event brings the status about.
        DagsterInvalidDefinitionError: Both everything and some jobs are to be monitored.
        CheckError: An argument has the wrong type.
    """

    words = "run status sensor"
    context_builder = "build_run_status_sensor_context(...)"
    context_class = RunStatusSensorContext

    def __init__(
        self,
        name: str,
        run_status: DagsterRunStatus | Sequence[DagsterRunStatus],
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
        batch_size: int = 1,
        retry_policy: RetryPolicy | None = None,
        for_failure: bool = False,
    ) -> None:
        statuses = run_statuses(run_status)
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
        self._status_of = {EVENT_OF_STATUS[status]: status for status in statuses}
        self._for_failure = for_failure
        self._rules = ReactionRules(
            kinds=tuple(sorted(kind.value for kind in self._status_of)),
            runs=monitored_runs(monitored_jobs, monitor_all_code_locations),
            batch_size=valid_batch_size(batch_size),
            retry_delays_ms=retry_delays_ms(retry_policy),
        )

    @property
    def run_status(self) -> DagsterRunStatus:
        """The status it waits for; the first of several."""
        return self.run_statuses[0]

    @property
    def run_statuses(self) -> tuple[DagsterRunStatus, ...]:
        """The statuses it waits for."""
        return tuple(self._status_of.values())

    @property
    def event_type(self) -> DagsterEventType:
        """The event that brings the status about; the first of several."""
        return next(iter(self._status_of))

    @property
    def monitored(self) -> MonitoredRuns:
        """The runs that it is called for."""
        return self._rules.runs

    @property
    def rules(self) -> ReactionRules:
        """Which events it is called for, and how."""
        return self._rules

    def evaluate_events(
        self, happened: Sequence[Happened], around: CallSurroundings
    ) -> SensorExecutionData:
        """Call the function for these events of runs, and return what that comes to."""
        contexts = [
            self._context(each.run, each.event, around)
            for each in happened
            if each.run is not None and each.event is not None
        ]
        if self._rules.batch_size > 1:
            return self.evaluate_run(contexts)
        # Several, if it took batches when they were delivered.
        return _together([self.evaluate_run(each) for each in contexts])

    def evaluate_run(
        self, context: RunStatusSensorContext | Sequence[RunStatusSensorContext]
    ) -> SensorExecutionData:
        """Call the function for one run, or for a batch, and return what that comes to.

        A function that returns nothing leaves a reaction for each run. What it raises comes out as
        it is.

        Raises:
            CheckError: There are results that do not go together, or one of the wrong kind.
            DagsterInvariantViolationError: The function wants to set a cursor.
            Exception: The function returned no result of a sensor, or requested a run of a job
                that is not the sensor's.
        """
        own = self._checked_context(context)
        contexts = own if isinstance(own, list) else [own]
        returned = self._function.evaluate(own, lambda: contexts[0].resources)
        if returned is None:
            reactions = [self._reaction(each.dagster_run, each.dagster_event) for each in contexts]
            return SensorExecutionData([], None, None, reactions)
        return self._data(results_of(self.name, returned))

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
        events = run_events(context.instance, self._status_of)
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
            if not self.monitored.accepts(each.run, home=each.run.location):
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
        around = CallSurroundings(
            context.instance, context.log, context.context_resources, context.repository_def
        )
        own = self._context(each.run, each.event, around)
        try:
            checked = self._checked_context([own] if self._rules.batch_size > 1 else own)
            returned = self._function.evaluate(checked, lambda: context.resources)
            results = results_of(self.name, returned)
        except Exception as error:  # noqa: BLE001 -- what it raises is part of the reaction
            info = describe_exception(error, keep_frame=lambda name: not is_ours(name))
            return self._reaction(each.run, each.event, info), []
        if returned is None:
            return self._reaction(each.run, each.event), []
        return None, results

    def _context(
        self, run: DagsterRun, event: DagsterEvent, around: CallSurroundings
    ) -> RunStatusSensorContext:
        return RunStatusSensorContext(
            self.name,
            run,
            event,
            around.instance,
            logger=around.log,
            partition_key=run.tags.get(PARTITION_TAG),
            repository_def=around.repository_def,
            resources=around.resources,
        )

    def _reaction(
        self, run: DagsterRun, event: DagsterEvent, error: SerializableErrorInfo | None = None
    ) -> DagsterRunReaction:
        return DagsterRunReaction(run, error, self._status_of.get(event.event_type))

    def _checked_one(self, given: Any) -> RunStatusSensorContext:
        context: RunStatusSensorContext = super()._checked_one(given)
        if self._for_failure and not isinstance(context, RunFailureSensorContext):
            return context.for_run_failure()
        return context


def _together(data: Sequence[SensorExecutionData]) -> SensorExecutionData:
    if len(data) == 1:
        return data[0]
    return SensorExecutionData(
        run_requests=[request for each in data for request in each.run_requests],
        skip_message="; ".join(each.skip_message for each in data if each.skip_message) or None,
        cursor=None,
        dagster_run_reactions=[other for each in data for other in each.dagster_run_reactions],
    )
