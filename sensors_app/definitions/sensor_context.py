"""What a sensor's function gets as its context."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Self

from sensors_app.definitions.context_resources import ContextResources
from sensors_app.errors import CheckError, DagsterInvariantViolationError, ParameterCheckError
from sensors_app.execution.logs import STDERR, user_logger
from sensors_app.execution.resources import ScopedResources
from sensors_app.model import checks
from sensors_app.model.pushed import PushedEvent
from sensors_app.ports import Instance


class SensorEvaluationContext:
    """One evaluation of a sensor: what is known from those before it, and what it wants kept.

    Args:
        instance_ref: Where runs are kept, or None; the name is Dagster's.
        last_tick_completion_time: When the last tick of the sensor ended, in seconds since the
            epoch; None if there was none.
        last_run_key: The last run key for which the sensor got a run; None if there is none.
        cursor: What the sensor last kept; None if it has kept nothing.
        repository_name: The code location's repository.
        repository_def: The code location's definitions.
        instance: Where runs are kept, if ``instance_ref`` does not say.
        sensor_name: The sensor.
        last_sensor_start_time: When the sensor was last started, in seconds since the epoch.
        resources: What the function may read, by key: resources or values.
        events: What was pushed to the sensor, oldest first.
        log_handler: Gets what the function logs, in place of stderr.

    Raises:
        ParameterCheckError: The cursor, a name or the run key is no text.
    """

    def __init__(
        self,
        instance_ref: Instance | None,
        last_tick_completion_time: float | None = None,
        last_run_key: str | None = None,
        cursor: str | None = None,
        *,
        repository_name: str | None = None,
        repository_def: Any = None,
        instance: Instance | None = None,
        sensor_name: str | None = None,
        last_sensor_start_time: float | None = None,
        resources: Mapping[str, Any] | None = None,
        events: Sequence[PushedEvent] = (),
        log_handler: logging.Handler | None = None,
    ) -> None:
        self._instance = instance if instance is not None else instance_ref
        self._last_tick_completion_time = last_tick_completion_time
        self._last_run_key = checks.optional("last_run_key", last_run_key, str)
        self._cursor = checks.optional("cursor", cursor, str)
        self._repository_name = checks.optional("repository_name", repository_name, str)
        self._repository_def = repository_def
        self._sensor_name = checks.optional("sensor_name", sensor_name, str)
        self._last_sensor_start_time = last_sensor_start_time
        self._events = tuple(checks.members("events", events, PushedEvent))
        self._log_handler = log_handler
        self._log: logging.Logger | None = None
        self._cursor_updated = False
        self._resources = ContextResources(resources, self._instance, "build_sensor_context(...)")

    def __enter__(self) -> Self:
        self._resources.enter()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._resources.leave()

    @property
    def context_resources(self) -> ContextResources:
        """The resources it was made with, for contexts made from this one."""
        return self._resources

    @property
    def resources(self) -> ScopedResources:
        """The resources it was made with, as attributes; made when they are first read.

        Raises:
            DagsterInvariantViolationError: One has to be ended, and the context was not entered.
            DagsterResourceFunctionError: A resource's function raised.
        """
        return self._resources.get()

    @property
    def instance(self) -> Instance:
        """Where runs are kept.

        Raises:
            DagsterInvariantViolationError: The context was made without one.
        """
        if self._instance is None:
            raise DagsterInvariantViolationError(
                "Attempted to initialize dagster instance, but no instance reference was provided. "
                "Pass one: build_sensor_context(instance=DagsterInstance.ephemeral())."
            )
        return self._instance

    @property
    def cursor(self) -> str | None:
        """What the sensor last kept; None if it has kept nothing, which is not the empty text."""
        return self._cursor

    def update_cursor(self, cursor: str | None) -> None:
        """Keep a text for the next evaluation; None forgets what was kept.

        Raises:
            ParameterCheckError: It is no text.
        """
        self._cursor = checks.optional("cursor", cursor, str)
        self._cursor_updated = True

    @property
    def events(self) -> Sequence[PushedEvent]:
        """What was pushed to the sensor and no tick has dealt with yet, oldest first.

        They are gone when this tick commits; if it fails, the next one sees them again.
        """
        return self._events

    @property
    def cursor_updated(self) -> bool:
        """Whether :meth:`update_cursor` was called."""
        return self._cursor_updated

    @property
    def log(self) -> logging.Logger:
        """Where the sensor logs; its lines are kept with the tick."""
        if self._log is None:
            self._log = user_logger(STDERR if self._log_handler is None else self._log_handler)
        return self._log

    @property
    def sensor_name(self) -> str:
        """The sensor.

        Raises:
            CheckError: The context was made without a name.
        """
        if self._sensor_name is None:
            raise CheckError(
                "Expected non-None value: Only valid when sensor name provided. "
                "Pass it: build_sensor_context(sensor_name=...)."
            )
        return self._sensor_name

    @property
    def last_run_key(self) -> str | None:
        """The last run key for which the sensor got a run."""
        return self._last_run_key

    @property
    def last_tick_completion_time(self) -> float | None:
        """When the last tick ended, in seconds since the epoch; None if there was none."""
        return self._last_tick_completion_time

    # What Dagster called it before.
    last_completion_time = last_tick_completion_time

    @property
    def last_sensor_start_time(self) -> float | None:
        """When the sensor was last started, in seconds since the epoch; None if not known."""
        return self._last_sensor_start_time

    @property
    def is_first_tick_since_sensor_start(self) -> bool:
        """Whether no tick has ended since the sensor was last started."""
        if self._last_tick_completion_time is None:
            return True
        if self._last_sensor_start_time is None:
            return False
        return self._last_tick_completion_time < self._last_sensor_start_time

    @property
    def repository_name(self) -> str | None:
        """The code location's repository, if the context was made with it."""
        return self._repository_name

    @property
    def repository_def(self) -> Any:
        """The code location's definitions, if the context was made with them."""
        return self._repository_def


def build_sensor_context(
    instance: Instance | None = None,
    cursor: str | None = None,
    repository_name: str | None = None,
    repository_def: Any = None,
    sensor_name: str | None = None,
    resources: Mapping[str, Any] | None = None,
    *,
    last_sensor_start_time: float | None = None,
    events: Sequence[PushedEvent] = (),
) -> SensorEvaluationContext:
    """Return a context to call a sensor with in a test.

    Args:
        instance: Where runs are kept; None makes ``context.instance`` raise.
        cursor: What the sensor is to find as its cursor.
        repository_name: The code location's repository.
        repository_def: The code location's definitions.
        sensor_name: The sensor; None makes ``context.sensor_name`` raise.
        resources: What the sensor may read, by key: resources or values. Those that have to be
            ended need ``with build_sensor_context(...) as context``.
        last_sensor_start_time: When the sensor was last started, in seconds since the epoch.
        events: What was pushed to it, oldest first.

    Raises:
        ParameterCheckError: An argument has the wrong type.
    """
    if instance is not None and not isinstance(instance, Instance):
        raise ParameterCheckError(
            f'Param "instance" is not a DagsterInstance. '
            f"Got {instance!r} which is type {type(instance)}."
        )
    return SensorEvaluationContext(
        instance_ref=None,
        cursor=cursor,
        repository_name=repository_name,
        repository_def=repository_def,
        instance=instance,
        sensor_name=sensor_name,
        last_sensor_start_time=last_sensor_start_time,
        resources=resources,
        events=events,
    )
