"""The decorators that make run-status and run-failure sensors."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, overload

from sensors_app.definitions.monitoring import Monitored
from sensors_app.definitions.run_status_sensor import RunStatusSensorDefinition
from sensors_app.definitions.sensor_types import S
from sensors_app.definitions.target import TargetJob
from sensors_app.errors import DagsterInvalidDefinitionError
from sensors_app.execution.retry import RetryPolicy
from sensors_app.model import checks
from sensors_app.model.runs import DagsterRunStatus
from sensors_app.model.sensors import DefaultSensorStatus


class RunStatusDecorator(Protocol):
    """Makes a run-status sensor of a function."""

    def __call__(self, function: Callable[..., S], /) -> RunStatusSensorDefinition[S]:
        """Return the sensor."""


def run_status_sensor(
    run_status: DagsterRunStatus | Sequence[DagsterRunStatus],
    name: str | None = None,
    minimum_interval_seconds: float | None = None,
    description: str | None = None,
    monitored_jobs: Sequence[Monitored] | None = None,
    job_selection: Sequence[Monitored] | None = None,
    monitor_all_code_locations: bool | None = None,
    default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
    request_job: TargetJob | None = None,
    request_jobs: Sequence[TargetJob] | None = None,
    monitor_all_repositories: bool | None = None,
    *,
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    timeout_seconds: float | None = None,
    batch_size: int = 1,
    retry_policy: RetryPolicy | None = None,
) -> RunStatusDecorator:
    """Make a sensor that is called for each run that reaches ``run_status``.

    Args:
        run_status: The status it waits for, or several.
        name: Its name; by default the function's.
        minimum_interval_seconds: See :class:`RunStatusSensorDefinition`.
        description: For people.
        monitored_jobs: Jobs, or selectors of jobs of other code locations; None for every job of
            its own code location.
        job_selection: The older word for ``monitored_jobs``.
        monitor_all_code_locations: Whether it is called for every run there is.
        default_status: Whether it runs while no operator has started or stopped it.
        request_job: The job that it may request runs of.
        request_jobs: The jobs, if there are several.
        monitor_all_repositories: The older word for ``monitor_all_code_locations``.
        tags: Text by name.
        metadata: More about it, by name.
        timeout_seconds: How long one call may take, in seconds; None means 60.
        batch_size: For how many runs one call may be; from 2 on the function gets a list of
            contexts.
        retry_policy: How a call that raises is tried again; None for after 1, 3, 7, 15 and 31
            seconds. Then it is kept as a dead letter.

    Raises:
        KeyError: No event brings the status about.
        DagsterInvalidDefinitionError: Both everything and some jobs are to be monitored.
        CheckError: An argument has the wrong type.
    """
    monitored, everywhere = _monitoring(
        monitored_jobs, job_selection, monitor_all_code_locations, monitor_all_repositories
    )
    return _decorator(
        run_status,
        name,
        monitored_jobs=monitored,
        monitor_all_code_locations=everywhere,
        minimum_interval_seconds=minimum_interval_seconds,
        description=description,
        default_status=default_status,
        request_job=request_job,
        request_jobs=request_jobs,
        tags=tags,
        metadata=metadata,
        timeout_seconds=timeout_seconds,
        batch_size=batch_size,
        retry_policy=retry_policy,
    )


@overload
def run_failure_sensor(name: Callable[..., S], /) -> RunStatusSensorDefinition[S]: ...


@overload
def run_failure_sensor(
    name: str | None = None,
    minimum_interval_seconds: float | None = None,
    description: str | None = None,
    monitored_jobs: Sequence[Monitored] | None = None,
    job_selection: Sequence[Monitored] | None = None,
    monitor_all_code_locations: bool | None = None,
    default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
    request_job: TargetJob | None = None,
    request_jobs: Sequence[TargetJob] | None = None,
    monitor_all_repositories: bool | None = None,
    *,
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    timeout_seconds: float | None = None,
    batch_size: int = 1,
    retry_policy: RetryPolicy | None = None,
) -> RunStatusDecorator: ...


def run_failure_sensor(
    name: str | Callable[..., Any] | None = None,
    minimum_interval_seconds: float | None = None,
    description: str | None = None,
    monitored_jobs: Sequence[Monitored] | None = None,
    job_selection: Sequence[Monitored] | None = None,
    monitor_all_code_locations: bool | None = None,
    default_status: DefaultSensorStatus = DefaultSensorStatus.STOPPED,
    request_job: TargetJob | None = None,
    request_jobs: Sequence[TargetJob] | None = None,
    monitor_all_repositories: bool | None = None,
    *,
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    timeout_seconds: float | None = None,
    batch_size: int = 1,
    retry_policy: RetryPolicy | None = None,
) -> RunStatusSensorDefinition | RunStatusDecorator:
    """Make a sensor that is called for each run that fails.

    Bare, or with the arguments of :func:`run_status_sensor` without the status. The function gets
    a :class:`RunFailureSensorContext`.

    Raises:
        DagsterInvalidDefinitionError: Both everything and some jobs are to be monitored.
        CheckError: An argument has the wrong type.
    """
    jobs = monitored_jobs if monitored_jobs is not None else job_selection
    monitored, everywhere = _monitoring(
        jobs, None, monitor_all_code_locations, monitor_all_repositories
    )
    decorate = _decorator(
        DagsterRunStatus.FAILURE,
        None if callable(name) else name,
        monitored_jobs=monitored,
        monitor_all_code_locations=everywhere,
        minimum_interval_seconds=minimum_interval_seconds,
        description=description,
        default_status=default_status,
        request_job=request_job,
        request_jobs=request_jobs,
        tags=tags,
        metadata=metadata,
        timeout_seconds=timeout_seconds,
        batch_size=batch_size,
        retry_policy=retry_policy,
        for_failure=True,
    )
    return decorate(name) if callable(name) else decorate


def _decorator(
    run_status: DagsterRunStatus | Sequence[DagsterRunStatus], name: str | None, **arguments: Any
) -> RunStatusDecorator:
    def decorate(function: Callable[..., S]) -> RunStatusSensorDefinition[S]:
        checks.function("fn", function)
        return RunStatusSensorDefinition(
            name=function.__name__ if name is None else name,
            run_status=run_status,
            run_status_sensor_fn=function,
            **arguments,
        )

    return decorate


def _monitoring(
    monitored_jobs: Sequence[Monitored] | None,
    job_selection: Sequence[Monitored] | None,
    all_code_locations: bool | None,
    all_repositories: bool | None,
) -> tuple[Sequence[Monitored] | None, bool]:
    """Return which jobs are monitored, and whether all are, from the old words and the new."""
    monitored, jobs_word = monitored_jobs, "monitored_jobs"
    if monitored is None:
        monitored, jobs_word = job_selection, "job_selection"
    for word, everywhere in (
        ("monitor_all_code_locations", all_code_locations),
        ("monitor_all_repositories", all_repositories),
    ):
        if everywhere and monitored:
            raise DagsterInvalidDefinitionError(f"Cannot specify both {word} and {jobs_word}.")
    return monitored, bool(all_code_locations or all_repositories)
