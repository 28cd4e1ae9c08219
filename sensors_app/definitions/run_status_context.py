"""What the function of a run-status sensor gets as its context."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from sensors_app.definitions.context_resources import ContextResources
from sensors_app.definitions.event_context import EventSensorContext
from sensors_app.errors import ParameterCheckError
from sensors_app.model import checks
from sensors_app.model.events import DagsterEvent, DagsterEventType
from sensors_app.model.runs import DagsterRun
from sensors_app.ports import Instance


class RunStatusSensorContext(EventSensorContext):
    """One run that reached the status that a sensor waits for.

    Args:
        sensor_name: The sensor.
        dagster_run: The run, as it is now.
        dagster_event: The event that brought the status about.
        instance: Where runs are kept.
        logger: Where the function logs; None for stderr.
        partition_key: The partition that the run is of.
        repository_def: The code location's definitions.
        resources: What the function may read, by key: resources or values; or those of another
            context, which makes and ends them.

    Raises:
        ParameterCheckError: An argument has the wrong type.
    """

    builder = "build_run_status_sensor_context(...)"

    def __init__(
        self,
        sensor_name: str,
        dagster_run: DagsterRun,
        dagster_event: DagsterEvent,
        instance: Instance | None,
        *,
        logger: logging.Logger | None = None,
        partition_key: str | None = None,
        repository_def: Any = None,
        resources: Mapping[str, Any] | ContextResources | None = None,
    ) -> None:
        super().__init__(
            sensor_name,
            instance,
            logger=logger,
            repository_def=repository_def,
            resources=resources,
        )
        self._dagster_run = checks.instance_of("dagster_run", dagster_run, DagsterRun)
        self._dagster_event = checks.instance_of("dagster_event", dagster_event, DagsterEvent)
        self._partition_key = checks.optional("partition_key", partition_key, str)

    @property
    def dagster_run(self) -> DagsterRun:
        """The run, as it is now: for a sensor of an early status it may have ended since."""
        return self._dagster_run

    @property
    def dagster_event(self) -> DagsterEvent:
        """The event that brought the status about."""
        return self._dagster_event

    @property
    def partition_key(self) -> str | None:
        """The partition that the run is of; None if it is of none."""
        return self._partition_key

    @property
    def retry_number(self) -> int:
        """Which retry of a failed run the run is; 0 if it is none."""
        return self._dagster_run.retry_number

    @property
    def will_retry(self) -> bool:
        """Whether the run failed and will be run again, by itself."""
        return self._dagster_run.will_retry

    def for_run_failure(self) -> "RunFailureSensorContext":
        """Return it as the function of a run-failure sensor gets it."""
        return RunFailureSensorContext(
            self._sensor_name,
            self._dagster_run,
            self._dagster_event,
            self._instance,
            logger=self._log,
            partition_key=self._partition_key,
            repository_def=self._repository_def,
            resources=self._resources,
        )


class RunFailureSensorContext(RunStatusSensorContext):
    """One run that failed."""

    @property
    def failure_event(self) -> DagsterEvent:
        """The event that ended the run; its ``message`` says why."""
        return self._dagster_event

    def get_step_failure_events(self) -> Sequence[DagsterEvent]:
        """Return the events of the ops that failed, oldest first, from the run's log."""
        events = (entry.dagster_event for entry in self.instance.all_logs(self._dagster_run.run_id))
        return [
            event
            for event in events
            if event is not None and event.event_type is DagsterEventType.STEP_FAILURE
        ]


def build_run_status_sensor_context(
    sensor_name: str,
    dagster_event: DagsterEvent,
    dagster_instance: Instance,
    dagster_run: DagsterRun,
    *,
    resources: Mapping[str, Any] | None = None,
    partition_key: str | None = None,
    repository_def: Any = None,
) -> RunStatusSensorContext:
    """Return a context to call a run-status sensor with in a test.

    Args:
        sensor_name: The sensor.
        dagster_event: An event of the run, such as ``result.get_run_success_event()``.
        dagster_instance: Where the run is kept.
        dagster_run: The run, such as ``result.dagster_run``.
        resources: What the sensor may read, by key: resources or values.
        partition_key: The partition that the run is of.
        repository_def: The code location's definitions.

    Raises:
        ParameterCheckError: An argument has the wrong type.
    """
    if not isinstance(dagster_instance, Instance):
        raise ParameterCheckError(
            'Param "instance" is not a DagsterInstance. '
            f"Got {dagster_instance!r} which is type {type(dagster_instance)}."
        )
    return RunStatusSensorContext(
        sensor_name,
        dagster_run,
        dagster_event,
        dagster_instance,
        partition_key=partition_key,
        repository_def=repository_def,
        resources=resources,
    )
