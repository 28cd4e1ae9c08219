"""Sensors: functions that look at the outside world and ask for runs."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Generic, TypeVar, Unpack, cast

from sensors_app.definitions.asset_selection import AssetSelection, CoercibleToAssetSelection
from sensors_app.definitions.names import valid_name
from sensors_app.definitions.outcome import execution_data, results_of
from sensors_app.definitions.sensor_context import SensorEvaluationContext, build_sensor_context
from sensors_app.definitions.sensor_function import SensorFunction
from sensors_app.definitions.sensor_options import OptionArguments, sensor_options
from sensors_app.definitions.sensor_types import Returned
from sensors_app.definitions.target import Target, TargetJob
from sensors_app.errors import CheckError, DagsterInvalidDefinitionError
from sensors_app.execution.resources import ScopedResources
from sensors_app.model import checks
from sensors_app.model.requests import SensorExecutionData
from sensors_app.model.sensors import DefaultSensorStatus, SensorOptions

C = TypeVar("C")
DEFAULT_MINIMUM_INTERVAL_SECONDS = 30
DEFAULT_TIMEOUT_SECONDS = 60


class SensorDefinition(Generic[Returned]):
    """A function that is called again and again and says which runs to make.

    Made with :func:`sensor`. Calling it calls the function and returns what that returns, as it
    is; :meth:`evaluate_tick` also checks it, as a worker does.

    Args:
        name: Its name; by default the function's.
        evaluation_fn: The function. Its first parameter, if it has one, gets a
            :class:`SensorEvaluationContext`.
        job_name: Name of the job to run. At most one of job, jobs, job_name, asset_selection and
            target may be given.
        minimum_interval_seconds: How long it rests after a tick, in seconds; fractions must be
            positive. None means 30.
        description: For people.
        job: The job to run.
        jobs: The jobs to run, if there are several; each run request then names one.
        default_status: Whether it runs while no operator has started or stopped it.
        asset_selection: The assets to bring about, in place of a job.
        required_resource_keys: The resources it reads, beside those that are parameters of the
            function.
        tags: Text by name.
        metadata: More about it, by name.
        target: A job, or the assets to bring about, in place of all of the above.
        timeout_seconds: How long an evaluation may take, in seconds; what takes longer fails and
            submits nothing. None means 60.
        jitter_seconds: Each rest after a tick is longer by a random part of this, so that sensors
            with one interval do not all look at once. None means 0.
        max_requests_per_tick: If one tick requests more, none of it is launched until somebody says
            yes. None leaves it to the setting.
        run_key_ttl: How long a run key is remembered at least, in seconds or as a ``timedelta``; it
            is forgotten after a quarter more at the latest. None means for ever.
        run_key_policy: ``"once"``: a run key makes one run. ``"retry_failed"``: it makes another
            one when it is requested again and the last one has failed.

    Raises:
        DagsterInvalidDefinitionError: The name cannot be a sensor's, or the target is ambiguous.
        ParameterCheckError: An argument has the wrong type.
        CheckError: A job is none.
    """

    # What messages recommend to make a context with.
    context_builder = "build_sensor_context()"

    def __init__(
        self,
        name: str | None = None,
        evaluation_fn: Callable[..., Any] | None = None,
        job_name: str | None = None,
        minimum_interval_seconds: float | None = None,
        description: str | None = None,
        job: TargetJob | None = None,
        jobs: Sequence[TargetJob] | None = None,
        default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
        *,
        asset_selection: CoercibleToAssetSelection | None = None,
        required_resource_keys: Collection[str] | None = None,
        tags: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        target: TargetJob | CoercibleToAssetSelection | None = None,
        timeout_seconds: float | None = None,
        **options: Unpack[OptionArguments],
    ) -> None:
        if evaluation_fn is None:
            raise DagsterInvalidDefinitionError("Must provide evaluation_fn to SensorDefinition.")
        function = checks.function("evaluation_fn", evaluation_fn)
        self._name = valid_name(function.__name__ if name is None else name)
        self._function = SensorFunction(self._name, function)
        keys = checks.members("required_resource_keys", required_resource_keys, str)
        self._required_resource_keys = frozenset(keys) | self._function.resource_names
        self._target = Target(
            self._name,
            job_name=job_name,
            job=job,
            jobs=jobs,
            asset_selection=asset_selection,
            target=target,
        )
        self._minimum_interval_seconds = _interval(minimum_interval_seconds)
        self._timeout_seconds = _timeout(timeout_seconds)
        self._options = sensor_options(**options)
        self._description = checks.optional("description", description, str)
        self._default_status = checks.instance_of(
            "default_status", default_status, DefaultSensorStatus
        )
        self._tags = checks.tags("tags", tags)
        self._metadata = checks.mapping("metadata", metadata)

    @property
    def name(self) -> str:
        """Its name, unique in its code location."""
        return self._name

    @property
    def description(self) -> str | None:
        """For people."""
        return self._description

    @property
    def minimum_interval_seconds(self) -> float:
        """How long it rests after a tick, in seconds."""
        return self._minimum_interval_seconds

    @property
    def timeout_seconds(self) -> float:
        """How long an evaluation may take, in seconds."""
        return self._timeout_seconds

    @property
    def options(self) -> SensorOptions:
        """How it is paced, and how long its run keys count."""
        return self._options

    @property
    def default_status(self) -> DefaultSensorStatus:
        """Whether it runs while no operator has started or stopped it."""
        return self._default_status

    @property
    def required_resource_keys(self) -> frozenset[str]:
        """The resources it reads."""
        return self._required_resource_keys

    @property
    def tags(self) -> Mapping[str, str]:
        """Text by name."""
        return self._tags

    @property
    def metadata(self) -> Mapping[str, Any]:
        """More about it, by name."""
        return self._metadata

    @property
    def job(self) -> TargetJob:
        """The job it requests runs of.

        Raises:
            DagsterInvalidDefinitionError: It has none, or several, or knows only a name.
        """
        return self._target.job

    @property
    def jobs(self) -> list[TargetJob]:
        """The jobs it requests runs of.

        Raises:
            DagsterInvalidDefinitionError: It has none, or knows only a name.
        """
        return self._target.jobs

    @property
    def job_name(self) -> str:
        """The name of the job it requests runs of.

        Raises:
            DagsterInvalidDefinitionError: It has none, or several.
        """
        return self._target.job_name

    @property
    def job_names(self) -> tuple[str, ...]:
        """The names of all jobs it may request runs of; empty if it can only skip."""
        return self._target.job_names

    @property
    def asset_selection(self) -> AssetSelection | None:
        """The assets it requests; None if it requests jobs."""
        return self._target.asset_selection

    @property
    def own_jobs(self) -> tuple[TargetJob, ...]:
        """The jobs that it was given as such, and not by name."""
        return self._target.own_jobs

    def evaluate_tick(self, context: SensorEvaluationContext) -> SensorExecutionData:
        """Call the function and return what the tick comes to.

        What the function raises comes out as it is.

        Raises:
            ParameterCheckError: ``context`` is none.
            CheckError: There are results that do not go together, or one of the wrong kind.
            DagsterInvariantViolationError: The cursor was set in two ways.
            Exception: The function returned no result of a sensor, or requested a run of a job
                that is not the sensor's.
        """
        checks.instance_of("context", context, SensorEvaluationContext)
        returned = self._function.evaluate(context, lambda: context.resources)
        results = results_of(self._name, returned)
        return execution_data(
            self._name,
            self.job_names,
            results,
            context.cursor,
            cursor_updated=context.cursor_updated,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Returned:
        """Call the function and return what it returns.

        Raises:
            DagsterInvalidInvocationError: The function needs a context and got none, or got
                something else as well.
            CheckError: The context is none.
        """
        given, resources = self._function.split(args, kwargs, self.context_builder)
        context = self._checked_context(given)
        returned = self._function.call(
            context,
            lambda: ScopedResources({}) if context is None else context.resources,
            resources,
        )
        return cast("Returned", returned)

    def _checked_context(self, given: Any) -> Any:
        """Return the context to call the function with; None makes a fresh one."""
        if given is None:
            return build_sensor_context()
        return context_of_kind(given, SensorEvaluationContext)


def context_of_kind(given: Any, kind: type[C]) -> C:
    """Return the context that a sensor was called with.

    Raises:
        CheckError: It is no ``kind``.
    """
    if not isinstance(given, kind):
        raise CheckError(
            f"Object {given!r} is not a {kind.__name__}. Got {given!r} with type {type(given)}."
        )
    return given


def _interval(seconds: float | None) -> float:
    """Return the interval; whole numbers are taken as Dagster takes them, even below zero."""
    if seconds is None:
        return DEFAULT_MINIMUM_INTERVAL_SECONDS
    if isinstance(seconds, int):
        return seconds
    return checks.positive_seconds("minimum_interval_seconds", seconds)


def _timeout(seconds: float | None) -> float:
    if seconds is None:
        return DEFAULT_TIMEOUT_SECONDS
    return checks.positive_seconds("timeout_seconds", seconds)
