"""Asset sensors: functions that are called when an asset was brought about."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Unpack

from sensors_app.definitions.outcome import execution_data, results_of
from sensors_app.definitions.run_position import Position, RunEvent, run_events
from sensors_app.definitions.sensor import SensorDefinition
from sensors_app.definitions.sensor_context import SensorEvaluationContext
from sensors_app.definitions.sensor_options import OptionArguments
from sensors_app.definitions.sensor_types import SensorReturn
from sensors_app.definitions.target import TargetJob
from sensors_app.errors import DagsterInvariantViolationError
from sensors_app.execution.awaiting import awaited
from sensors_app.model import checks
from sensors_app.model.assets import AssetKey
from sensors_app.model.events import DagsterEventType, EventLogEntry
from sensors_app.model.requests import SensorExecutionData, SensorResult, SkipReason
from sensors_app.model.sensors import DefaultSensorStatus


class AssetSensorDefinition(SensorDefinition[Iterator[Any]]):
    """A function that is called for the latest materialization of an asset.

    Made with :func:`asset_sensor`. Workers call :meth:`evaluate_event`; :meth:`evaluate_tick` and a
    direct call look for the latest materialization themselves, as Dagster's do.

    Args:
        name: Its name.
        asset_key: The asset.
        asset_materialization_fn: The function. Its first parameter, if it has one, gets a
            :class:`SensorEvaluationContext`, its second the entry of the run's log with the event.
        arguments: Those of :class:`SensorDefinition`.

    Raises:
        ParameterCheckError: ``asset_key`` is no key.
    """

    def __init__(
        self,
        name: str,
        asset_key: AssetKey,
        asset_materialization_fn: Callable[..., Any],
        **arguments: Any,
    ) -> None:
        super().__init__(name=name, evaluation_fn=asset_materialization_fn, **arguments)
        self._asset_key = checks.instance_of("asset_key", asset_key, AssetKey)

    @property
    def asset_key(self) -> AssetKey:
        """The asset."""
        return self._asset_key

    def evaluate_event(
        self, context: SensorEvaluationContext, asset_event: EventLogEntry
    ) -> SensorExecutionData:
        """Call the function for one materialization and return what that comes to.

        The cursor is the context's. What the function raises comes out as it is.

        Raises:
            CheckError: There are results that do not go together, or one of the wrong kind.
            DagsterInvariantViolationError: The function returned no result of a sensor, or wants to
                set the cursor.
            Exception: The function requested a run of a job that is not the sensor's.
        """
        returned = self._function.evaluate(context, lambda: context.resources, asset_event)
        return self._data(returned, context.cursor)

    def evaluate_tick(self, context: SensorEvaluationContext) -> SensorExecutionData:
        """Call the function for the latest materialization, if it is a new one.

        Raises:
            ParameterCheckError: ``context`` is none.
            CheckError: There are results that do not go together, or one of the wrong kind.
            DagsterInvariantViolationError: The context has no instance; the function returned no
                result of a sensor, or wants to set the cursor.
            Exception: The function requested a run of a job that is not the sensor's.
        """
        checks.instance_of("context", context, SensorEvaluationContext)
        position, latest = self._latest(context)
        if latest is None:
            return SensorExecutionData([], self.nothing_new, context.cursor)
        returned = self._function.evaluate(context, lambda: context.resources, latest.entry)
        return self._data(returned, position.to_text())

    def __call__(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """Return an iterator that calls the function for the latest materialization.

        It yields all that the function says; a :class:`SkipReason` if there is no new
        materialization. The context's cursor is moved when it ends. Until it is read, nothing
        happens.

        Raises:
            DagsterInvalidInvocationError: Something else than a context was given.
            CheckError: The context is none.
        """
        given, resources = self._function.split(args, kwargs, self.context_builder)
        return self._told(self._checked_context(given), resources)

    def _told(
        self, context: SensorEvaluationContext, resources: Mapping[str, Any]
    ) -> Iterator[Any]:
        position, latest = self._latest(context)
        if latest is None:
            yield SkipReason(self.nothing_new)
            return
        made = self._function.call(context, lambda: context.resources, resources, latest.entry)
        yield from self._results(awaited(made))
        context.update_cursor(position.to_text())

    @property
    def nothing_new(self) -> str:
        """Why it skips when there is no new materialization."""
        return f"No new materialization events found for asset key {self._asset_key!r}"

    def _latest(self, context: SensorEvaluationContext) -> tuple[Position, RunEvent | None]:
        """Return the position after everything there is, and the latest event if it is new."""
        position = Position.from_text(context.cursor) or Position()
        latest = None
        for each in run_events(context.instance, {DagsterEventType.ASSET_MATERIALIZATION}):
            if each.event.asset_key == self._asset_key and position.is_before(each):
                position = position.after(each)
                latest = each
        return position, latest

    def _data(self, returned: Any, cursor: str | None) -> SensorExecutionData:
        return execution_data(self.name, self.job_names, self._results(returned), cursor)

    def _results(self, returned: Any) -> list[Any]:
        results = results_of(self.name, returned, DagsterInvariantViolationError)
        for each in results:
            if isinstance(each, SensorResult) and each.cursor is not None:
                raise DagsterInvariantViolationError(
                    f"Error in asset sensor {self.name}: Sensor returned a SensorResult with a "
                    "cursor value. The cursor is managed by the asset sensor and should not be "
                    "modified by a user."
                )
        return results


def asset_sensor(
    asset_key: AssetKey,
    job_name: str | None = None,
    name: str | None = None,
    minimum_interval_seconds: float | None = None,
    description: str | None = None,
    job: TargetJob | None = None,
    jobs: Sequence[TargetJob] | None = None,
    default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
    *,
    required_resource_keys: Collection[str] | None = None,
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    timeout_seconds: float | None = None,
    **options: Unpack[OptionArguments],
) -> Callable[[Callable[..., SensorReturn]], AssetSensorDefinition]:
    """Make a sensor that is called when an asset was brought about.

    Args:
        asset_key: The asset.
        job_name: Name of the job to run. At most one of job, jobs and job_name may be given.
        name: Its name; by default the function's.
        minimum_interval_seconds: How long it rests after a tick, in seconds; None means 30.
        description: For people.
        job: The job to run.
        jobs: The jobs to run, if there are several; each run request then names one.
        default_status: Whether it runs while no operator has started or stopped it.
        required_resource_keys: The resources it reads, beside those that are parameters.
        tags: Text by name.
        metadata: More about it, by name.
        timeout_seconds: How long one call may take, in seconds; None means 60.
        options: Those of :class:`SensorDefinition` that Dagster does not have.

    Raises:
        DagsterInvalidDefinitionError: The name cannot be a sensor's, or the target is ambiguous.
        CheckError: An argument has the wrong type.
    """

    def decorate(function: Callable[..., SensorReturn]) -> AssetSensorDefinition:
        checks.function("fn", function)
        return AssetSensorDefinition(
            function.__name__ if name is None else name,
            asset_key,
            function,
            job_name=job_name,
            minimum_interval_seconds=minimum_interval_seconds,
            description=description,
            job=job,
            jobs=jobs,
            default_status=default_status,
            required_resource_keys=required_resource_keys,
            tags=tags,
            metadata=metadata,
            timeout_seconds=timeout_seconds,
            **options,
        )

    return decorate
